"""On a terminal nobody is rung before a person has said yes; elsewhere nobody is asked."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import a_contact, a_run
from truth import Rule, numbers

from dialer.domain.campaign import Campaign
from dialer.errors import DeclinedError
from dialer.ledger.session_terms import SessionTerms
from dialer.providers.port import find_adapter
from dialer.session.choices import Choices
from dialer.session.confirmation import agree_to_call, agree_to_redial, agree_to_run
from dialer.session.plan import Plan

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)
NOW = datetime(2026, 3, 5, 17, tzinfo=UTC)
NUMBER = numbers(1)[0]


def runs_of(dialling):
    return [(run["run"], run["state"], run["outcomes"]) for run in dialling.here("runs", "--json").json["runs"]]


# The commands, at a real terminal


def test_a_run_asks_on_a_terminal_and_a_yes_rings(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(3))

    ran = dialling.at_a_terminal("run", contacts, answer="y\n")

    shown = " ".join(ran.err.split())
    assert "about to ring 3 people of list.csv, run 1 of the campaign list" in shown
    assert "as +12025550100, by the flow 11111111-2222-3333-4444-555555555555 of cxone" in shown
    assert "at 5 a second at the most, until about " in shown
    assert sorted(number for number, _ in truth.rang) == numbers(3)


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x03", "\x04"], ids=["no", "return", "Ctrl-C", "Ctrl-D"])
def test_without_a_yes_nobody_is_rung_and_nothing_is_begun(dialling, truth, answer):
    contacts = dialling.write_list([number] for number in numbers(3))

    ran = dialling.at_a_terminal("run", contacts, answer=answer, code=6)

    assert "error: nobody was rung: the answer was no" in ran.err
    assert (truth.requests, runs_of(dialling), (dialling.home / "list.results.csv").exists()) == ([], [], False)


def test_after_a_no_the_same_command_begins_and_rings(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(3))
    dialling.at_a_terminal("run", contacts, answer="n\n", code=6)

    dialling.at_a_terminal("run", contacts, *FAST, answer="y\n")

    assert sorted(number for number, _ in truth.rang) == numbers(3)


@pytest.mark.parametrize("words", [("run", "list.csv"), ("resume",)], ids=["run", "resume"])
def test_a_no_leaves_an_open_run_as_it_was_and_says_how_to_go_on(dialling, truth, words):
    contacts = dialling.write_list([number] for number in numbers(3))
    dialling.here("run", contacts, *FAST, "--limit", 1, code=None)
    before = runs_of(dialling)

    ran = dialling.at_a_terminal(*words, answer="n\n", code=6)

    assert "about to ring 2 people" in ran.err
    assert "dialer resume 1 goes on with the run" in ran.err
    assert (len(truth.rang), runs_of(dialling)) == (1, before)


def test_each_of_several_open_runs_is_asked_about_and_a_no_says_how_to_go_on(dialling, truth):
    for name, count in (("one", 3), ("two", 4)):
        dialling.write_list([number] for number in numbers(count)).rename(dialling.home / f"{name}.csv")
        dialling.here(
            "run", f"{name}.csv", "-c", dialling.write_campaign('name = "x"\n'), "--limit", 1, "--again", code=None
        )

    ran = dialling.at_a_terminal("resume", "--again", "--ledger", "ledger.db", answer="n\nn\n", code=6)

    for number in (1, 2):
        assert (
            f"error: run {number}: nobody was rung: the answer was no; dialer resume {number} --ledger ledger.db"
            in " ".join(ran.err.split())
        )
    assert len(truth.rang) == 2


def test_a_no_to_beginning_again_keeps_the_run_that_was_open(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(3))
    dialling.here("run", contacts, *FAST, "--limit", 1, code=None)
    before = runs_of(dialling)

    dialling.at_a_terminal("run", contacts, "--new", "--again", answer="n\n", code=6)

    assert (len(truth.rang), runs_of(dialling)) == (1, before)


def test_a_limit_is_what_is_asked_about(dialling):
    contacts = dialling.write_list([number] for number in numbers(9))

    assert "about to ring 4 people" in dialling.at_a_terminal("run", contacts, "--limit", 4, answer="n\n", code=6).err


def test_a_no_to_dialling_again_leaves_what_may_have_rung_unknown(dialling, truth):
    truth.tell(Rule(number=NUMBER, status=500))
    contacts = dialling.write_list([number] for number in numbers(3))
    dialling.here("run", contacts, *FAST, code=1)
    before = runs_of(dialling)

    ran = dialling.at_a_terminal("resume", "--redial-unknown", answer="n\n", code=6)

    assert "1 of them may have been rung already" in ran.err
    assert runs_of(dialling) == before


@pytest.mark.parametrize(("answer", "code", "rung"), [("y\n", 0, [NUMBER]), ("n\n", 6, [])])
def test_one_call_asks_as_well(dialling, truth, answer, code, rung):
    ran = dialling.at_a_terminal("call", NUMBER, answer=answer, code=code)

    assert f"about to ring {NUMBER}\n" in ran.err
    assert [number for number, _ in truth.rang] == rung


@pytest.mark.parametrize(
    "words",
    [
        ("run", "list.csv", "--yes"),
        ("run", "list.csv", "--sandbox"),
        ("run", "list.csv", "--dry-run"),
        ("call", NUMBER, "--yes"),
        ("call", NUMBER, "--sandbox"),
        ("resume", "--yes"),
    ],
    ids=" ".join,
)
def test_nobody_is_asked_who_said_yes_or_rings_nobody(dialling, words):
    dialling.write_list([number] for number in numbers(3))
    if words[0] == "resume":
        dialling.here("run", "list.csv", *FAST, "--limit", 1, code=None)

    assert "[y/N]" not in dialling.at_a_terminal(*words, code=None).err


def test_where_nobody_would_be_rung_nobody_is_asked(dialling):
    contacts = dialling.write_list([["nobody"]])

    assert "[y/N]" not in dialling.at_a_terminal("run", contacts, code=None).err


def test_without_a_terminal_nobody_is_asked(dialling, truth):
    dialling("run", dialling.write_list([[NUMBER]]))

    assert [number for number, _ in truth.rang] == [NUMBER]


def test_the_answer_in_json_stays_one_object(dialling):
    ran = dialling.at_a_terminal("run", dialling.write_list([[NUMBER]]), "--json", answer="n\n", code=6)

    assert json.loads(ran.out) == {"errors": ["nobody was rung: the answer was no"], "exit_code": 6}


# What is said


@pytest.fixture
def run_of_list(ledger):
    return a_run(ledger, [a_contact(2)], list_path=Path("lists/spring.csv"), campaign="spring")


def planned(**keys):
    return Plan(
        campaign=Campaign.model_validate({"name": "spring", **keys}),
        choices=Choices(),
        flow_id="renewal",
        caller_number="+12025550100",
        adapter=find_adapter("cxone"),
        env={},
        ledger=Path("ledger.db"),
    )


def asked(agree, *words, **named):
    """What a person was asked who said no."""
    questions = []
    with pytest.raises(DeclinedError):
        agree(questions.append, *words, **named)
    (question,) = questions
    return question.splitlines()


@pytest.fixture
def in_utc(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("keys", "opens", "told"),
    [
        ({}, {NOW: 3000}, "until about Thu 2026-03-05 17:10 UTC (10 min)"),
        ({"pace": {"calls_per_second": 0.5}}, {NOW: 1}, "until about Thu 2026-03-05 17:00 UTC (2 s)"),
        ({}, {NOW: 5, NOW + timedelta(hours=20): 5}, "until about Fri 2026-03-06 13:00 UTC (20 h 0 min)"),
        (
            {"hours": {"deadline": "17:05", "timezone": "UTC"}},
            {NOW: 3000},
            "until about Thu 2026-03-05 17:10 UTC (10 min); it stops at the deadline, Thu 2026-03-05 17:05 UTC",
        ),
        (
            {"hours": {"deadline": "18:00", "timezone": "UTC"}},
            {NOW: 3000},
            "until about Thu 2026-03-05 17:10 UTC (10 min)",
        ),
    ],
)
def test_the_question_says_until_when(run_of_list, in_utc, keys, opens, told):
    plan = planned(**keys)

    *_, until, question = asked(agree_to_run, run_of_list, plan, lambda _: opens, now=NOW)

    assert until == f"at {plan.campaign.pace.calls_per_second:g} a second at the most, {told}"
    assert question == ("ring this person?" if sum(opens.values()) == 1 else "ring them?")


def test_the_questions_are_whole(run_of_list, in_utc):
    plan = planned()
    by = "as +12025550100, by the flow renewal of cxone"
    until = "at 5 a second at the most, until about Thu 2026-03-05 17:00 UTC (less than a second)"

    assert asked(agree_to_run, run_of_list, plan, lambda _: {NOW: 1}, now=NOW) == [
        "about to ring 1 person of spring.csv, run 1 of the campaign spring",
        by,
        until,
        "ring this person?",
    ]
    assert asked(agree_to_redial, run_of_list, plan, {"unknown": 2, "pending": 2, "placed": 9}, now=NOW) == [
        "about to ring up to 4 people of spring.csv, run 1 of the campaign spring",
        by,
        until,
        "2 of them may have been rung already",
        "ring them?",
    ]
    assert asked(agree_to_call, plan, NUMBER) == [f"about to ring {NUMBER}", by, "ring this person?"]
    assert asked(agree_to_call, replace(plan, caller_number=""), NUMBER)[1] == "by the flow renewal of cxone"


# Whom a session would ring


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (SessionTerms(), {NOW: 3}),
        (SessionTerms(limit=2), {NOW: 2}),
        (SessionTerms(wait=True), {NOW: 3, NOW + timedelta(hours=5): 2}),
    ],
    ids=["now", "limit", "wait"],
)
def test_a_session_counts_whom_it_will_ring_and_from_when(ledger, terms, expected):
    run = a_run(ledger, [a_contact(row) for row in range(2, 7)], now=NOW)
    work = ledger.work(run.number, terms, now=NOW)
    opens = round((NOW + timedelta(hours=5)).timestamp() * 1_000_000)
    ledger._db.execute("UPDATE contact SET outcome = 'deferred', due = ? WHERE row > 4", [opens])

    assert work.openings(NOW) == Counter(expected)
