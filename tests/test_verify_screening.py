"""`dialer verify` on who was rung: hours, caps and do-not-call, by the rules that the run recorded it went by."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

pytest_plugins = ("commands",)

ANN, BOB = "+12125550101", "+12125550102"
LAWFUL = "nobody was dialled who was suppressed, out of hours or over a cap"
LISTED = (
    "INSERT INTO suppression (number, who, added_at, removed_at) SELECT number, 'ann', {} FROM attempt WHERE row = 3"
)
ALWAYS_OPEN = """
name = "open"
[hours]
windows = [{ country = "SE", mon_fri = "00:00-24:00", sat = "00:00-24:00", sun = "00:00-24:00", source = "test" }]
"""
STOCKHOLM = "+46812345678"


def lawful(dialer, *, code=1):
    """Verify, and tell what is said of the promise: its state and where it is broken."""
    promises = dialer.here("verify", "--json", code=code).json["promises"]
    (told,) = (promise for promise in promises if promise["promise"] == LAWFUL)
    return told["state"], [(breach["row"], breach["expected"]) for breach in told["breaches"]]


def change(dialer, *statements):
    with closing(sqlite3.connect(dialer.home / "ledger.db")) as db, db:
        for sql, values in statements:
            db.execute(sql, values)


def at(*moment):
    return (datetime(*moment, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.fixture
def run(dialling):
    """A run of two rows that nothing held back, and whose hours were enforced."""
    dialling.write_campaign(ALWAYS_OPEN)
    dialling.write_list([[STOCKHOLM], ["+46812345679"]])
    dialling.here("run", "list.csv", "-c", "campaign.toml", "--region", "SE", "--rate", 500)
    return dialling


def test_calls_within_their_hours_are_proved(run):
    assert lawful(run, code=0) == ("holds", [])


def test_a_call_outside_the_recorded_hours_is_named(run):
    night = '{"country":"SE","mon_fri":"08:00-09:00","sat":"closed","sun":"closed","source":"test"}'
    change(
        run,
        ("UPDATE session SET screening = json_set(screening, '$.rules.hours.windows', json(?))", (f"[{night}]",)),
        ("UPDATE session SET started_at = ?", (at(2026, 11, 22, 1),)),
        ("UPDATE run SET started_at = ?, loaded_at = ?", (at(2026, 11, 22, 1), at(2026, 11, 22, 1))),
        (
            "UPDATE attempt SET claimed_at = ?, sent_at = ?, ended_at = ? WHERE row = 2",
            (at(2026, 11, 22, 2), at(2026, 11, 22, 2), at(2026, 11, 22, 2, 1)),
        ),
        ("UPDATE contact SET called_at = ? WHERE row = 2", (at(2026, 11, 22, 2),)),
    )
    state, breaches = lawful(run)
    assert (state, breaches[0]) == ("broken", (2, "a call within calling hours"))


def test_a_call_to_a_number_that_was_on_the_list_is_named(run):
    change(run, (LISTED.format("claimed_at - 1, NULL"), ()))
    assert lawful(run) == ("broken", [(3, "no call: the number was on the do-not-call list")])


@pytest.mark.parametrize(
    "when", ["claimed_at + 1, NULL", "claimed_at - 9, claimed_at - 1"], ids=["added after", "removed before"]
)
def test_a_number_that_was_free_at_the_moment_is_no_breach(run, when):
    change(run, (LISTED.format(when), ()))
    assert lawful(run, code=0) == ("holds", [])


def test_a_second_run_within_the_gap_is_named(dialling):
    dialling.write_campaign(ALWAYS_OPEN + '[redial]\nafter = "0s"\ncaps = []\n')
    dialling.write_list([[STOCKHOLM]])
    for _ in range(2):
        dialling.here("run", "list.csv", "-c", "campaign.toml", "--list-again")
    assert lawful(dialling, code=0) == ("holds", [])
    change(dialling, ("UPDATE session SET screening = json_set(screening, '$.rules.after', '3600000ms')", ()))
    assert lawful(dialling) == ("broken", [(2, "no call so soon: the campaign's redial gap")])


def test_a_call_over_a_cap_is_named_with_the_rule(dialling):
    dialling.write_campaign(ALWAYS_OPEN + '[redial]\nafter = "0s"\ncaps = []\n')
    dialling.write_list([[STOCKHOLM]])
    for _ in range(2):
        dialling.here("run", "list.csv", "-c", "campaign.toml", "--list-again")
    cap = '[{"calls":1,"within":"3600000ms"}]'
    change(dialling, ("UPDATE session SET screening = json_set(screening, '$.rules.caps', json(?))", (cap,)))
    assert lawful(dialling) == ("broken", [(2, "no call so soon: 1 call in 1 hour (the campaign's cap)")])


@pytest.mark.parametrize(
    "spoilt",
    ["json_remove(screening, '$.rules')", "json_set(screening, '$.rules.hours', 5)"],
    ids=["no rules", "no such rules"],
)
def test_rules_that_are_not_recorded_are_not_proved(run, spoilt):
    change(run, (f"UPDATE session SET screening = {spoilt}", ()))
    assert lawful(run)[0] == "not proved"


def test_hours_of_other_tables_are_not_proved(run):
    change(run, ("UPDATE session SET screening = json_set(screening, '$.tzdata', '1999a')", ()))
    assert lawful(run)[0] == "not proved"


def test_a_forced_call_is_held_to_what_it_recorded(dialling):
    ran = dialling.here("call", ANN, "--force", "--json").json
    told = dialling.here("verify", ran["run"], "--json").json
    assert {promise["state"] for promise in told["promises"]} == {"holds"}
