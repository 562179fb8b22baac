"""`prune` and `forget`: people leave the ledger, counts and proofs stay, and whom a cap protects is still protected."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from builders import START, a_contact, a_reject, a_run, a_settlement, awaited, contacts, number_of, outcomes, work_of
from truth import Rule, numbers

from dialer.domain.call import Accepted, Outcome, Unclear
from dialer.domain.campaign import KeepRules
from dialer.domain.retention import Closed, Taken, due
from dialer.domain.run import Decision
from dialer.domain.screening.candidate import Candidate
from dialer.errors import LedgerError
from dialer.ledger.port import hold, open_ledger
from dialer.session.retention import prune

pytest_plugins = ("commands",)

DAY = timedelta(days=1)
YEAR = 366 * DAY
ALL = KeepRules(cells=DAY, rows=DAY)
RULES = {"rules": {"hours": None, "after": "86400000ms", "caps": [{"calls": 3, "within": "2592000000ms"}]}}


def a_night(ledger, rows, *answers, now=START, ends=True, **changes):
    """Load rows and give the first of them these answers."""
    run = a_run(ledger, rows, now=now, provider="cxone", **changes)
    ledger.begin_session(run, calls_per_second=5, screening=RULES, now=now)
    work = work_of(ledger, run.number, now=now)
    claims = awaited(work.turn((), want=len(answers), now=now))
    settled = [a_settlement(claim, answer, at=now) for claim, answer in zip(claims, answers, strict=True)]
    awaited(work.turn(settled, want=0, now=now))
    assert ledger.close_if_over(run.number, now=now) == ends
    return run.number


def bytes_of(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def known_calls(ledger, number, *, now=START + DAY):
    facts = ledger.past(None, sandbox=False).facts([Candidate(number)], since=now - 30 * DAY)
    return facts[number].calls if number in facts else ()


# What is due


@pytest.mark.parametrize(
    ("keep", "age", "taken", "expected"),
    [
        ({}, 1000, (), []),
        ({"cells": "90d"}, 90, (), []),
        ({"cells": "90d"}, 91, (), [Taken.CELLS]),
        ({"cells": "90d"}, 91, ("cells",), []),
        ({"cells": "90d", "rows": "400d"}, 401, ("cells",), [Taken.ROWS]),
        ({"cells": "90d", "rows": "400d"}, 401, ("rows",), []),
        ({"rows": "1d"}, 30, (), []),
        ({"rows": "1d"}, 31, (), [Taken.ROWS]),
        ({"cells": "1d", "rows": "1d"}, 30, (), [Taken.CELLS]),
        ({"results": "10d"}, 11, ("rows",), [Taken.RESULTS]),
        ({"results": "10d"}, 11, ("results",), []),
    ],
)
def test_what_is_kept_for_long_enough_is_due_and_rows_never_before_a_cap_lets_them(keep, age, taken, expected):
    closed = Closed(run=1, campaign="spring", at=START, rows=3, taken=frozenset(taken))

    found = due([closed], KeepRules.model_validate(keep), reach=30 * DAY, now=START + age * DAY)

    assert [what for _, what in found] == expected


# Pruned


def test_pruned_cells_leave_no_byte_and_everything_that_is_no_person(ledger):
    run = a_night(
        ledger,
        [*contacts(3), a_reject(5, cells=("0", "Bobby"))],
        Accepted("c-1", "queued"),
        Unclear("lost"),
        Unclear("Ann"),
    )
    before = ledger.counts(run)

    told = prune(ledger, None, KeepRules(cells=DAY), now=START + 2 * DAY)

    left = bytes_of(ledger.address.parent)
    assert (told.runs, told.rows, told.notes) == ({"cells": 1}, {"cells": 4}, [])
    assert ([word in left for word in (b'"Ann"', b"Bobby")], ledger.counts(run)) == ([False, False], before)
    assert [(result.number, result.cells, result.error) for result in ledger.results(run)][:1] == [
        (number_of(2), (), "")
    ]
    assert len(known_calls(ledger, number_of(2))) == 1


def test_pruned_rows_leave_no_byte_and_their_counts(ledger):
    run = a_night(ledger, contacts(30), *[Accepted(f"c-{at}", "queued") for at in range(30)])

    told = prune(ledger, None, ALL, now=START + YEAR)

    left = bytes_of(ledger.address.parent)
    assert (told.runs, told.rows) == ({"rows": 1}, {"rows": 30})
    assert [number for number in map(number_of, range(2, 32)) if number.encode() in left] == []
    assert (ledger.counts(run), list(ledger.results(run)), ledger.run(run).rows) == ({Outcome.PLACED: 30}, [], 30)


def test_rows_are_kept_as_long_as_a_cap_on_record_looks_back(ledger):
    a_night(ledger, contacts(1), Accepted("c-1", "queued"))

    told = prune(ledger, None, KeepRules(rows=DAY), now=START + 29 * DAY)

    assert told.runs == {}
    assert told.notes == ["rows are kept for 30 days: redial gaps and caps look back so far"]
    assert len(known_calls(ledger, number_of(2), now=START + 29 * DAY)) == 1


def test_a_longer_cap_of_any_campaign_keeps_the_rows_of_all(ledger):
    a_night(ledger, contacts(1), Accepted("c-1", "queued"))
    other = a_run(ledger, [a_contact(9)], campaign="other", provider="cxone", now=START + 40 * DAY)
    rules = {"rules": {"hours": None, "after": None, "caps": [{"calls": 1, "within": "5184000000ms"}]}}
    ledger.begin_session(other, calls_per_second=5, screening=rules, now=START + 40 * DAY)

    kept = prune(ledger, None, KeepRules(rows=DAY), now=START + 59 * DAY).runs
    gone = prune(ledger, None, KeepRules(rows=DAY), now=START + 61 * DAY).runs

    assert (kept, gone) == ({}, {"rows": 1})


def test_a_run_with_work_left_is_not_pruned(ledger):
    a_night(ledger, contacts(2), Accepted("c-1", "queued"), ends=False)

    assert prune(ledger, None, ALL, now=START + 5 * YEAR).runs == {}
    assert outcomes(ledger, 1) == {2: "placed", 3: "pending"}


def test_only_the_campaign_that_is_named_is_pruned(ledger):
    for campaign in ("spring", "summer"):
        a_night(ledger, contacts(1), Accepted("c-1", "queued"), campaign=campaign)

    told = prune(ledger, "summer", ALL, now=START + YEAR)

    assert (told.runs, outcomes(ledger, 1), outcomes(ledger, 2)) == ({"rows": 1}, {2: "placed"}, {})


def test_a_dry_run_says_the_same_and_changes_nothing(ledger):
    a_night(ledger, contacts(2), Accepted("c-1", "queued"), Accepted("c-2", "queued"))
    before = list(ledger.results(1))

    dry = prune(ledger, None, ALL, now=START + YEAR, dry_run=True)

    assert (dry.told, list(ledger.results(1))) == ("the rows of 1 run (2 rows)", before)
    assert prune(ledger, None, ALL, now=START + YEAR).told == dry.told
    assert prune(ledger, None, ALL, now=START + YEAR).told == ""


def test_nobody_is_dialled_again_from_a_run_whose_cells_are_gone(ledger):
    a_night(ledger, contacts(1), Unclear("lost"))
    prune(ledger, None, KeepRules(cells=DAY), now=START + 2 * DAY)

    with pytest.raises(LedgerError, match="run 1 was pruned"):
        ledger.settle(1, Decision(outcome=Outcome.PENDING, who="Ann", at=START + 3 * DAY))
    assert ledger.settle(1, Decision(outcome=Outcome.REJECTED, who="Ann", at=START + 3 * DAY)) == 1


# By the command line


PEOPLE = [(number, f"Surname{at:03}", "street") for at, number in enumerate(numbers(14)[2:])]  # the first is the caller


def a_dialled_list(dialling, **rules):
    path = dialling.write_list(PEOPLE, headings=("phone", "last_name", "address"))
    dialling.here("run", path, "--rate", 1000, code=None)
    return path


def states(dialling, run=1):
    found = dialling.here("verify", run, "--json", code=None).json["promises"]
    return {each["promise"]: each["state"] for each in found}, [
        doubt for each in found for doubt in each["not_looked_at"]
    ]


def test_a_pruned_run_is_not_proved_and_never_broken(dialling, truth):
    truth.tell(Rule(number=PEOPLE[0][0], status=500), Rule(number=PEOPLE[1][0], status=400))
    a_dialled_list(dialling)
    dialling.here("settle", 1, 2, "rejected")
    results = (dialling.home / "list.results.csv").read_bytes()
    time.sleep(0.01)

    told = dialling.here("prune", "--older-than", "1ms", "--json").json

    found, doubts = states(dialling)
    assert (told["runs"], told["rows"], told["files"]) == ({"cells": 1}, {"cells": 12}, [])
    assert "broken" not in found.values()
    assert {promise.split()[0] for promise, state in found.items() if state == "not proved"} == {
        "every",
        "nobody",
        "the",
    }
    assert all(doubt.startswith("pruned: cells (12) on ") for doubt in doubts)
    assert "run 1 was pruned" in dialling.here("report", code=2).err
    assert (dialling.home / "list.results.csv").read_bytes() == results
    assert not [name for _, name, _ in PEOPLE if name.encode() in bytes_of_ledger(dialling)]


def bytes_of_ledger(dialling):
    return b"".join(path.read_bytes() for path in dialling.home.glob("*ledger.db*") if path.is_file())


def test_a_run_whose_rows_are_gone_is_listed_as_before_and_not_proved(dialling, truth):
    a_dialled_list(dialling)
    before = dialling.here("runs", "--json").json["runs"]
    with open_ledger(dialling.home / "ledger.db") as ledger:
        prune(ledger, None, ALL, now=datetime.now(UTC) + YEAR)

    found, doubts = states(dialling)

    assert dialling.here("runs", "--json").json["runs"] == before
    assert set(found.values()) == {"not proved"}
    assert all(doubt.startswith("pruned: rows (12) on ") for doubt in doubts)
    assert dialling.here("status", "--json", code=None).json["outcomes"] == {"placed": 12}
    assert not [number for number, _, _ in PEOPLE if number.encode() in bytes_of_ledger(dialling)]


def test_a_run_is_not_proved_lawful_where_earlier_calls_that_count_are_gone(dialling, truth):
    campaign = dialling.write_campaign(
        'name = "nightly"\n[hours]\nenforce = false\nreason = "nobody"\n[redial]\nafter = "30d"\n'
    )
    for night, listed in (("monday.csv", numbers(4)[:2]), ("tuesday.csv", numbers(4)[2:])):
        path = dialling.write_list([number] for number in listed).rename(dialling.home / night)
        dialling.here("run", path, "-c", campaign, "--rate", 1000)
    before = states(dialling, 2)
    with open_ledger(dialling.home / "ledger.db") as ledger:
        ledger.retention().take(1, Taken.ROWS, called_before=datetime.now(UTC) + DAY, who="Ann", now=datetime.now(UTC))

    found, doubts = states(dialling, 2)

    assert (set(before[0].values()), before[1]) == ({"holds"}, [])
    assert (set(found.values()), doubts) == ({"holds", "not proved"}, ["calls of earlier runs, which were pruned"])


def test_what_a_campaign_keeps_is_pruned_after_its_next_run(dialling, truth):
    campaign = dialling.write_campaign('name = "nightly"\n[keep]\ncells = "1ms"\nresults = "1ms"\nlogs = "90d"\n')
    for night, listed in (("monday.csv", numbers(4)[:2]), ("tuesday.csv", numbers(4)[2:])):
        path = dialling.write_list([number] for number in listed).rename(dialling.home / night)
        time.sleep(0.01)
        ran = dialling.here("run", path, "-c", campaign, "--rate", 1000)

    assert "pruned: the cells of 1 run (2 rows), 1 file" in ran.out
    assert {"monday.csv", "tuesday.csv", "tuesday.results.csv", "ledger.db.log"} <= dialling.files()
    assert "monday.results.csv" not in dialling.files()
    assert "broken" not in states(dialling, 1)[0].values()
    dialling.here("verify", 2)


def test_prune_by_hand_goes_by_the_file_of_each_campaign_on_record(dialling, truth):
    campaign = dialling.write_campaign('name = "nightly"\n')
    path = dialling.write_list([number] for number in numbers(2))
    dialling.here("run", path, "-c", campaign, "--rate", 1000)
    dialling.write_campaign('name = "nightly"\n[keep]\ncells = "1ms"\n')
    time.sleep(0.01)

    would, done, again = (
        dialling.here("prune", "--dry-run"),
        dialling.here("prune", "--compact"),
        dialling.here("prune"),
    )

    assert [ran.out.splitlines()[0] for ran in (would, done, again)] == [
        "would be taken: the cells of 1 run (2 rows)",
        "taken: the cells of 1 run (2 rows)",
        "taken: nothing",
    ]


@pytest.mark.parametrize("change", ["changed", "linked", "listed"])
def test_results_that_are_not_as_the_run_wrote_them_stay(dialling, truth, change):
    campaign = dialling.write_campaign('name = "nightly"\n[keep]\nresults = "1ms"\n')
    dialling.here("run", dialling.write_list([number] for number in numbers(2)), "-c", campaign, "--rate", 1000)
    results = dialling.home / "list.results.csv"
    if change == "changed":
        results.write_text("phone,name\n+12025550101,Ann\n", encoding="utf-8")
    elif change == "linked":
        results.symlink_to(results.rename(dialling.home / "elsewhere.csv"))
    else:
        os.utime(results, (time.time() + 60, time.time() + 60))
    time.sleep(0.01)

    assert dialling.here("prune", "--json").json["files"] == []
    assert results.exists()


def test_logs_go_once_nothing_was_written_to_them_for_long(dialling, truth):
    campaign = dialling.write_campaign('name = "nightly"\n[keep]\nlogs = "30d"\n')
    dialling.here("run", dialling.write_list([number] for number in numbers(2)), "-c", campaign, "--rate", 1000)
    log = dialling.home / "ledger.db.log"
    old, other = log.with_name("ledger.db.log.1"), log.with_name("ledger.db.log.2")
    old.write_bytes(log.read_bytes())
    other.write_text("a file of somebody's\n", encoding="utf-8")
    for path in (old, other):
        os.utime(path, (0, 0))

    assert dialling.here("prune", "--json").json["files"] == [str(old)]
    assert (log.exists(), old.exists(), other.exists()) == (True, False, True)


@pytest.mark.parametrize("words", [("--older-than", "soon"), ("--rows",), ("-c", "nowhere.toml")])
def test_what_cannot_be_meant_prunes_nothing(dialling, truth, words):
    a_dialled_list(dialling)

    dialling.here("prune", *words, code=2)

    assert len(dialling.results()) == 12


def pruned_runs(dialling):
    with closing(sqlite3.connect(dialling.home / "ledger.db")) as db:
        return db.execute("SELECT count(*) FROM pruned").fetchone()[0]


def until(happened):
    while not happened():
        time.sleep(0.001)


def test_a_prune_that_is_killed_leaves_each_run_whole_or_pruned(dialling, truth):
    path = dialling.write_list(PEOPLE, headings=("phone", "last_name", "address"))
    for _ in range(6):
        dialling.here("run", path, "--rate", 2000, "--list-again", "--new")
    with dialling.started("prune", "--older-than", "1ms") as process:
        until(lambda: pruned_runs(dialling) or process.poll() is not None)
        process.kill()
        process.communicate(timeout=20)

    with open_ledger(dialling.home / "ledger.db") as ledger:
        left = [{len(result.cells) for result in ledger.results(run)} for run in range(1, 7)]
        taken = {closed.run: closed.taken for closed in ledger.retention().closed()}

    assert [sizes for sizes in left if len(sizes) != 1] == []
    assert [sizes == {0} for sizes in left] == [bool(taken[run]) for run in range(1, 7)]
    dialling.here("prune", "--older-than", "1ms")
    assert "broken" not in states(dialling)[0].values()


# Forgotten


@pytest.fixture
def known(dialling, truth):
    """A list that was dialled, with hours, gaps and caps as they are by default."""
    path = dialling.write_list(PEOPLE, headings=("phone", "last_name", "address"))
    campaign = dialling.write_campaign(
        'name = "nightly"\n[hours]\nenforce = false\nreason = "nobody"\n[redial]\nafter = "24h"\n'
    )
    dialling.command = ("run", path, "-c", campaign, "--rate", 1000)
    dialling.here(*dialling.command)
    return dialling


def test_a_forgotten_person_is_in_no_byte_of_the_ledger_and_its_log(known):
    number, name, _ = PEOPLE[3]

    told = known.here("forget", number, "--json").json

    left = bytes_of_ledger(known)
    assert (told["rows"], told["runs"]) == (1, [1])
    assert [word.encode() in left for word in (number, name)] == [False, False]
    assert [one.encode() in left for one, _, _ in PEOPLE].count(True) == 11
    assert told["files"] == [str(known.home / "list.csv"), str(known.home / "list.results.csv")]


def test_a_run_with_somebody_forgotten_is_not_proved_and_never_broken(known):
    known.here("forget", PEOPLE[3][0])

    found, doubts = states(known)

    assert "broken" not in found.values()
    assert all(doubt.startswith("pruned: person (1) on ") for doubt in doubts)
    known.here("report")
    line = known.results()[3]
    assert (line["number"], line["last_name"], line["outcome"], line["row"]) == ("", "", "placed", "5")
    assert "broken" not in states(known)[0].values()


def test_caps_and_gaps_decide_of_a_forgotten_number_as_before(known, truth):
    before = known.here("preview", "list.csv", 5, "-c", "campaign.toml", "--json", code=None).json["verdict"]

    known.here("forget", PEOPLE[3][0])

    assert before["outcome"] == "recent"
    assert known.here("preview", "list.csv", 5, "-c", "campaign.toml", "--json", code=None).json["verdict"] == before
    known.here(*known.command, "--list-again", code=None)
    assert len(truth.rang) == 12


def test_once_no_cap_can_need_them_a_forgotten_persons_calls_are_nobodys(ledger):
    a_night(ledger, contacts(2), Accepted("c-1", "queued"), Accepted("c-2", "queued"))
    ledger.retention().forget([(1, 2)], called_since=START - DAY, who="Ann", now=START)
    counted = len(known_calls(ledger, number_of(2)))

    prune(ledger, None, KeepRules(cells=YEAR), now=START + 31 * DAY)

    left = len(known_calls(ledger, number_of(2)))
    assert (counted, left, outcomes(ledger, 1)) == (1, 0, {2: "placed", 3: "placed"})
    assert [result.number for result in ledger.results(1)] == ["", number_of(3)]


def test_who_is_forgotten_while_still_to_be_rung_is_not_rung(known, truth):
    truth.tell()
    path = known.write_list([number] for number in numbers(30)[20:28]).rename(known.home / "other.csv")
    known.here("run", path, "-c", "campaign.toml", "--limit", 2, "--rate", 1000, code=7)
    waiting = [line["number"] for line in known.results("other.results.csv") if line["outcome"] == "pending"]

    known.here("forget", waiting[0])
    known.here("resume")

    assert [number for number, _ in truth.rang if number in waiting] == waiting[1:]
    assert known.results("other.results.csv")[2]["outcome"] == "suppressed"


def test_a_do_not_call_entry_outlives_the_person(known):
    known.here("suppress", "add", PEOPLE[3][0])

    told = known.here("forget", PEOPLE[3][0])

    assert "the number stays on the do-not-call list of the ledger" in told.out
    assert PEOPLE[3][0] in known.here("suppress", "list").out


def test_nobody_is_forgotten_while_the_campaign_is_being_run(known):
    with hold(known.home / "ledger.db", "nightly", now=START):
        ran = known.here("forget", PEOPLE[3][0], code=4)

    assert "the campaign 'nightly' is being run by" in ran.err
    assert PEOPLE[3][0].encode() in bytes_of_ledger(known)


def test_who_is_in_no_run_is_said_to_be_in_none(known):
    told = known.here("forget", "+12125550142", "--json").json

    assert (told["rows"], told["runs"], told["files"]) == (0, [], [])
    assert known.here("forget", "nobody", code=2).err.startswith("error: 'nobody'")
