"""What earlier nights left open, when a new list comes: by a clock that is handed in, the provider's log as judge."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import pytest
from builders import (
    START,
    a_contact,
    a_new_run,
    a_run,
    a_settlement,
    awaited,
    contacts,
    number_of,
    outcomes,
    work_of,
)
from truth import Rule, numbers

from dialer.actions import run as running
from dialer.actions.verify.closings import look_at_closings
from dialer.actions.verify.findings import Findings
from dialer.domain.call import Accepted, Outcome, Told
from dialer.domain.campaign import AgainRules
from dialer.domain.carry import CarryTerms, Closing, OpenRow, Person, closings
from dialer.domain.redial import RedialTerms
from dialer.domain.verify.promises import Promise
from dialer.errors import DeclinedError, Exit, RefusedError
from dialer.ledger.port import open_ledger
from dialer.session.choices import Choices
from dialer.session.request import Request

pytest_plugins = ("commands",)

MON = datetime.fromisoformat("2026-11-23T18:00+00:00")
DAY = timedelta(days=1)
TUE, WED, THU, FRI = (MON + days * DAY for days in (1, 2, 3, 4))
A, B, C, D, E, F = numbers(6)
HEADINGS = ("account", "phone")


class Nights:
    """A nightly campaign, night after night, each with a list of its own."""

    def __init__(self, dialer, truth):
        self.dialer, self.truth = dialer, truth
        self.rules = '[list]\nkey = "account"\n[run]\ncarry = "first"\n'

    def prepare(self, at, rows, *, name, **more):
        (self.dialer.home / "list.csv").unlink(missing_ok=True)
        file = self.dialer.write_campaign(f'name = "nightly"\n{self.rules}')
        path = self.dialer.write_list(rows, headings=HEADINGS).rename(self.dialer.home / f"{name or at.date()}.csv")
        began = monotonic()
        request = Request(
            choices=Choices(campaign=file, ledger=self.dialer.home / "ledger.db", rate=1000),
            contacts=path,
            now=lambda: at + timedelta(seconds=monotonic() - began),
            **more,
        )
        env = {word: value for word, value in self.dialer.env.items() if not word.startswith("DIALER_")}
        return running.prepare(request, env)

    def dial(self, at, rows, *, name="", **more):
        """Dial a list; give its summary, and whom the provider heard of, in this order."""
        before = len(self.truth.calls)
        prepared = self.prepare(at, rows, name=name, **more)
        summary = asyncio.run(running.dial(prepared))
        return summary, [call.number for call in self.truth.calls[before:]]

    def left(self, at, rows, *, placed=0, name=""):
        """Dial the first so many of a list, and leave the others open."""
        return self.dial(at, rows, limit=placed + 1, name=name)

    def rows(self, run):
        with open_ledger(self.dialer.home / "ledger.db") as ledger:
            return {each.row: (str(each.outcome), each.error) for each in ledger.results(run)}

    def states(self):
        with open_ledger(self.dialer.home / "ledger.db") as ledger:
            return {run.number: run.state for run in ledger.runs()}

    def proved(self, *runs):
        """Prove the runs, their results files among all else."""
        for run in runs:
            told = self.dialer.here("verify", run, "--json", code=None).json
            assert {promise["state"] for promise in told["promises"]} == {"holds"}, (run, told)


@pytest.fixture
def nights(dialling, truth):
    return Nights(dialling, truth)


def told(summary):
    return [(each.run, {str(word): count for word, count in each.outcomes.items()}) for each in summary.carried]


REPLACED, EXPIRED = Outcome.REPLACED, Outcome.EXPIRED


def decide(still_open, listed, *, run=9, now=THU, **terms):
    """Decide of open rows, given as (run, row, key, number, began), beside a list of (row, key, number)."""
    known = [OpenRow(run, Person(row, key, number), began) for run, row, key, number, began in still_open]
    chosen = CarryTerms(**{"carries": True, "within": 3 * DAY, "vanished": True} | terms)
    return list(closings(known, [Person(*each) for each in listed], chosen, run=run, now=now))


def test_who_is_on_both_lists_is_dialled_by_the_newer_row_whether_key_or_number_tells():
    assert decide(
        [(7, 2, "a", A, WED), (7, 3, "b", B, WED), (7, 4, "", C, WED), (7, 5, "d", D, WED)],
        [(2, "x", F), (3, "a", E), (4, "z", B), (5, "", C)],
    ) == [
        Closing(7, 2, REPLACED, "replaced by row 3 of run 9", (9, 3)),
        Closing(7, 3, REPLACED, "replaced by row 4 of run 9", (9, 4)),
        Closing(7, 4, REPLACED, "replaced by row 5 of run 9", (9, 5)),
    ]


def test_a_key_that_looks_like_a_number_is_none():
    assert decide([(7, 2, "", A, WED)], [(2, A, B)]) == []


def test_of_two_earlier_runs_with_the_same_person_the_newer_row_stays():
    assert decide([(6, 2, "a", A, TUE), (7, 2, "a", B, WED), (7, 3, "c", C, WED)], []) == [
        Closing(6, 2, REPLACED, "replaced by row 2 of run 7", (7, 2))
    ]


def test_who_is_closed_stands_in_nobodys_place():
    assert decide([(6, 2, "", A, TUE), (7, 2, "a", A, WED)], [(2, "a", B)]) == [
        Closing(7, 2, REPLACED, "replaced by row 2 of run 9", (9, 2))
    ]


@pytest.mark.parametrize(("began", "expires"), [(MON, False), (MON - timedelta(seconds=1), True)])
def test_what_is_older_than_carry_for_expires(began, expires):
    found = decide([(7, 2, "", A, began)], [])
    assert found == ([Closing(7, 2, EXPIRED, "open when run 9 was begun, and older than 72 h 0 min")] * expires)


def test_who_has_vanished_from_the_list_expires_unless_told_otherwise():
    assert decide([(7, 2, "", A, WED)], [(2, "", B)], vanished=False) == [
        Closing(7, 2, EXPIRED, "not on the list of run 9 any more")
    ]


def test_where_nothing_is_carried_everything_is_closed():
    assert decide([(7, 2, "", A, WED), (7, 3, "", B, WED)], [(2, "", B)], carries=False) == [
        Closing(7, 2, EXPIRED, "open when run 9 was begun, and not carried"),
        Closing(7, 3, REPLACED, "replaced by row 2 of run 9", (9, 2)),
    ]


def test_a_list_of_no_rows_replaces_nobody():
    assert decide([(7, 2, "", A, WED)], []) == []


# In the ledger


def busy(ledger, rows=2):
    """Call the rows of a run that are busy, and are to be called again in a quarter of an hour."""
    run = a_run(ledger, contacts(rows), now=START).number
    work = work_of(ledger, run)
    claims = awaited(work.turn((), want=rows, now=START))
    awaited(work.turn([a_settlement(each, Accepted(f"c-{each.row}", "queued")) for each in claims], want=0, now=START))
    rules = AgainRules.model_validate({"on": {"busy": {"after": "15m", "tries": 2}}})
    terms = RedialTerms(rules=rules, now=lambda: START, reached={"completed"})
    placed = ledger.placed(run, final={"busy"}, redial=terms)
    awaited(placed.set_statuses([Told(each.row, f"c-{each.row}", "busy", is_final=True) for each in claims]))
    assert outcomes(ledger, run) == dict.fromkeys(range(2, rows + 2), "redial")
    return run


CARRIED = CarryTerms(carries=True, within=3 * DAY)


def flaws(ledger, run):
    with ledger.evidence(run) as evidence:
        found = Findings(evidence)
        look_at_closings(found, evidence)
        return [*found[Promise.RECORDS].breaches, *evidence.damages()]


def test_who_was_to_be_called_again_and_is_closed_stays_placed_with_the_last_word(ledger):
    busy(ledger)
    new = a_new_run(digest="d2")
    ledger.load(new, [[a_contact(5, number=number_of(2))]], now=START + DAY / 24, carry=CARRIED)

    assert [(each.outcome, each.call_id, each.status, each.error) for each in ledger.results(1)] == [
        ("placed", "c-2", "busy", ""),
        ("placed", "c-3", "busy", ""),
    ]
    assert ledger.closed_by(2) == {Outcome.PLACED: 2}
    assert flaws(ledger, 1) == []


def test_who_was_to_be_called_again_is_so_once_more_where_the_newer_run_is_taken_back(ledger):
    busy(ledger)
    before = [*ledger.results(1)]
    ledger.load(a_new_run(digest="d2"), [[a_contact(5)]], now=START + DAY / 24, carry=CARRIED)
    ledger.discard(2, instead_of=None)

    assert [*ledger.results(1)] == before
    assert flaws(ledger, 1) == []


def test_who_is_carried_is_still_to_be_called_again(ledger):
    busy(ledger)
    terms = CarryTerms(carries=True, within=3 * DAY, vanished=True)
    ledger.load(a_new_run(digest="d2"), [[a_contact(5, number=number_of(2))]], now=START + DAY / 24, carry=terms)

    assert outcomes(ledger, 1) == {2: "placed", 3: "redial"}


# Whole nights


def test_one_has_a_new_number_one_stays_and_one_has_vanished(nights):
    nights.left(MON, [("1", A), ("2", B), ("3", C), ("4", D)])
    summary, heard = nights.dial(TUE, [("2", E), ("3", C), ("5", F)])

    assert Counter(heard) == Counter([E, C, F])
    assert nights.rows(1) == {
        2: ("placed", ""),
        3: ("replaced", "replaced by row 2 of run 2"),
        4: ("replaced", "replaced by row 3 of run 2"),
        5: ("expired", "not on the list of run 2 any more"),
    }
    assert (summary.outcomes, summary.closed, told(summary)) == (
        {Outcome.PLACED: 3},
        {REPLACED: 2, EXPIRED: 1},
        [(1, {})],
    )
    assert (summary.exit_code, nights.states()) == (Exit.DONE, {1: "finished", 2: "finished"})
    nights.proved(1, 2)


@pytest.mark.parametrize("order", ["first", "last"])
def test_who_is_not_on_the_new_list_is_dialled_before_or_after_it(nights, order):
    nights.rules = f'[run]\ncarry = "{order}"\ncarry_vanished = true\n'
    nights.left(MON, [("1", A), ("2", B)])
    nights.left(TUE, [("3", C), ("4", D)])
    nights.truth.tell(Rule(number=D, status=404, body={"error": "No Such Number"}))
    summary, heard = nights.dial(WED, [("5", E)])

    assert heard == ([B, D, E] if order == "first" else [E, B, D])
    assert told(summary) == [(1, {"placed": 1}), (2, {"rejected": 1})]
    assert (summary.outcomes, summary.exit_code) == ({Outcome.PLACED: 1}, Exit.PROBLEMS)
    assert [each.results.name for each in summary.carried] == ["2026-11-23.results.csv", "2026-11-24.results.csv"]
    assert nights.states() == {1: "finished", 2: "finished", 3: "finished"}
    nights.proved(1, 2, 3)


def test_what_a_summary_says_tells_tonights_from_the_others(nights):
    nights.rules = '[run]\ncarry = "first"\ncarry_vanished = true\n'
    nights.left(MON, [("1", A), ("2", B), ("3", C)])
    summary, _ = nights.dial(TUE, [("2", B), ("4", D)])

    lines = summary.as_text().splitlines()
    assert lines[0] == "run 2 of nightly: 2 rows"
    assert "rows that earlier runs had left open, closed by this list: 1 replaced" in lines
    results = nights.dialer.home / "2026-11-23.results.csv"
    assert f"carried from run 1 of 2026-11-23: 1 row (1 placed); results: {results}" in lines
    known = json.loads(summary.as_json())
    assert (known["rows"], known["outcomes"], known["closed"]) == (2, {"placed": 2}, {"replaced": 1})
    assert known["carried"] == [
        {"run": 1, "rows": 1, "outcomes": {"placed": 1}, "results": str(results), "exit_code": 0, "reason": ""}
    ]


def test_check_says_what_would_become_of_them(nights):
    nights.rules += "carry_vanished = true\n"
    nights.left(MON, [("1", A), ("2", B), ("3", C)])
    path = nights.dialer.write_list([("2", D)], headings=HEADINGS)
    words = ("check", path, "-c", "campaign.toml", "--at", TUE.isoformat(), "--json")
    nights.dialer.write_campaign(f'name = "nightly"\n{nights.rules}')

    notes = nights.dialer.here(*words, code=0).json["notes"]
    assert "2 rows that earlier runs have left open would be: 1 replaced, 1 dialled" in notes


def test_check_of_a_list_that_is_gone_on_with_speaks_of_no_open_rows(nights):
    nights.left(MON, [("1", A), ("2", B)])
    path = nights.dialer.home / "2026-11-23.csv"
    told = nights.dialer.here("check", path, "-c", "campaign.toml", "--at", TUE.isoformat(), "--json", code=0).json

    assert not any("have left open" in note for note in told["notes"])


def test_without_a_word_of_it_earlier_runs_stay_as_they_are(nights):
    nights.rules = ""
    nights.left(MON, [("1", A), ("2", B)])
    summary, heard = nights.dial(TUE, [("2", B), ("3", C)])

    assert heard == [B, C]
    assert nights.rows(1)[3] == ("pending", "")
    assert (list(summary.carried), summary.closed) == ([], {})


def test_where_none_is_carried_all_are_closed_and_their_run_ends(nights):
    nights.rules = '[run]\ncarry = "no"\n'
    nights.left(MON, [("1", A), ("2", B)])
    summary, heard = nights.dial(TUE, [("3", C)])

    assert (heard, summary.closed, summary.exit_code) == ([C], {EXPIRED: 1}, Exit.DONE)
    assert nights.states() == {1: "finished", 2: "finished"}
    nights.proved(1, 2)


def test_what_may_have_rung_is_never_carried(nights):
    nights.rules = '[run]\ncarry = "first"\ncarry_vanished = true\n'
    nights.truth.tell(Rule(number=A, cut=True))
    nights.dial(MON, [("1", A)])
    _, heard = nights.dial(TUE, [("2", B)])

    assert (heard, nights.rows(1)[2][0]) == ([B], "unknown")


def test_a_number_that_was_rung_within_the_gap_is_not_rung_again_by_either_run(nights):
    nights.rules = '[run]\ncarry = "last"\ncarry_vanished = true\n[list]\nkey = "account"\n'
    nights.left(MON, [("1", A), ("2", B)])
    nights.left(MON + DAY / 2, [("3", B), ("4", C)], name="noon")
    _, heard = nights.dial(MON + DAY * 0.8, [("5", D)], name="evening")

    assert heard == [D, C]
    assert nights.rows(1)[3] == ("replaced", "replaced by row 2 of run 2")


def test_of_two_rows_of_a_key_in_one_list_the_dialled_one_replaces(nights):
    nights.left(MON, [("1", A), ("2", B)])
    _, heard = nights.dial(TUE, [("2", C), ("2", D), ("", E)])

    assert (heard, nights.rows(1)[3][1]) == ([C, E], "replaced by row 2 of run 2")


def test_a_row_that_says_not_to_call_stands_in_the_place_of_an_older_one(nights):
    nights.rules += "carry_vanished = true\n"
    nights.left(MON, [("1", A), ("2", B)])
    _, heard = nights.dial(TUE, [("2", "do not call"), ("3", C)])

    assert (heard, nights.rows(1)[3]) == ([C], ("replaced", "replaced by row 2 of run 2"))


def test_a_night_without_the_key_column_leaves_everything_as_it_was(nights):
    nights.left(MON, [("1", A), ("2", B)])
    (nights.dialer.home / "bad.csv").write_text(f"phone\n{C}\n")
    ran = nights.dialer.here("run", "bad.csv", "-c", "campaign.toml", code=2)

    assert "the list has no key column 'account'" in ran.err
    assert (nights.rows(1)[3][0], nights.states()) == ("pending", {1: "unfinished"})


@pytest.mark.parametrize("rows", [[], [("1", "nobody")]])
def test_a_night_with_nobody_to_dial_closes_nothing(nights, rows):
    nights.left(MON, [("1", A), ("2", B)])
    with pytest.raises(RefusedError):
        nights.dial(TUE, rows)

    assert (nights.rows(1)[3][0], nights.states()) == ("pending", {1: "unfinished"})


def test_a_no_before_the_first_call_takes_back_what_the_list_had_closed(nights):
    nights.left(MON, [("1", A), ("2", B), ("3", C)])
    before = nights.rows(1)
    with pytest.raises(DeclinedError):
        nights.dial(TUE, [("2", D)], agreed=lambda _: False)

    assert (nights.rows(1), nights.states()) == (before, {1: "unfinished"})
    _, heard = nights.dial(TUE, [("2", D)])
    assert heard == [D]


def test_a_run_that_cannot_be_gone_on_with_keeps_nobody_else_from_their_turn(nights):
    nights.rules = '[run]\ncarry = "first"\ncarry_vanished = true\n'
    nights.left(MON, [("1", A), ("2", B)])
    with open_ledger(nights.dialer.home / "ledger.db") as ledger:
        ledger._db.execute("UPDATE run SET results = '/no/such/folder/r.csv' WHERE id = 1")
    summary, heard = nights.dial(TUE, [("3", C)])

    assert (heard, summary.exit_code) == ([C], Exit.LEFT)
    assert "carried from run 1 of 2026-11-23: 1 row (1 pending); not gone on with: " in summary.as_text()


def test_what_ends_an_earlier_run_by_force_ends_tonights_before_it_begins(nights):
    nights.rules = '[run]\ncarry = "first"\ncarry_vanished = true\n'
    nights.left(MON, [("1", A), ("2", B)])
    nights.truth.tell(Rule(status=403))
    summary, _ = nights.dial(TUE, [("3", C)])

    assert (summary.exit_code, summary.outcomes) == (Exit.LEFT, {Outcome.PENDING: 1})
    assert C not in {call.number for call in nights.truth.calls}
    nights.proved(1, 2)


def test_a_trial_of_a_few_leaves_earlier_runs_alone(nights):
    nights.rules = '[run]\ncarry = "last"\ncarry_vanished = true\n'
    nights.left(MON, [("1", A), ("2", B)])
    _, heard = nights.dial(TUE, [("3", C), ("4", D)], limit=1)

    assert (heard, nights.rows(1)[3][0]) == ([C], "pending")


def test_the_pace_holds_over_the_end_of_one_run_and_the_beginning_of_the_next(nights):
    nights.rules = '[run]\ncarry = "first"\ncarry_vanished = true\n'
    for night, name in enumerate(["one", "two"]):
        nights.left(
            MON + night * DAY, [(f"{night}{at}", n) for at, n in enumerate(numbers(60)[30 * night :][:30])], name=name
        )
    prepared = nights.prepare(WED, [("x", numbers(61)[60])], name="three")
    slow = prepared.plan.campaign.pace.model_copy(update={"calls_per_second": 20.0})
    plan = replace(prepared.plan, campaign=prepared.plan.campaign.model_copy(update={"pace": slow}))
    before = len(nights.truth.requests)
    asyncio.run(running.dial(replace(prepared, plan=plan)))

    left = [request.at for request in nights.truth.requests[before:] if request.number]
    assert len(left) == 59
    assert all(later - sooner >= 0.95 for sooner, later in zip(left, left[20:], strict=False))


MOMENTS = {
    "begun": ("SELECT 1 FROM run WHERE id = 2", False),
    "read": ("SELECT 1 FROM list_row WHERE run = 2", False),
    "loaded": ("SELECT 1 FROM run WHERE id = 2 AND loaded_at IS NOT NULL", True),
    "dialling": ("SELECT 1 FROM session WHERE run = 2", True),
    "called": ("SELECT 1 FROM attempt WHERE run = 2", True),
}
"""What another process sees of the second night when it kills it, and whether what was open has been decided then."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_of_loading_leaves_the_old_state_or_the_new(nights, dialer, moment):
    nights.rules = '[list]\nkey = "account"\n[run]\ncarry = "first"\n'
    nights.left(MON, [("1", A), ("2", B), ("3", C)])
    old = nights.rows(1)
    file = dialer.write_campaign(f'name = "nightly"\n{nights.rules}')
    path = dialer.write_list([("2", D), *((f"x{at}", "12") for at in range(9000))], headings=HEADINGS)
    seen, is_decided = MOMENTS[moment]
    with dialer.started("run", path, "-c", file, "--rate", 1000) as process:
        with closing(sqlite3.connect(dialer.home / "ledger.db")) as db:
            while process.poll() is None and not db.execute(seen).fetchone():
                pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    states = nights.states()
    assert (2 in states, nights.rows(1) == old) in {(True, False), (False, True)}
    assert 2 in states or not is_decided

    dialer.here("run", path, "-c", file, "--rate", 1000, "--json", code=None)

    assert nights.rows(1) == {
        2: ("placed", ""),
        3: ("replaced", f"replaced by row 2 of run {max(nights.states())}"),
        4: ("expired", f"not on the list of run {max(nights.states())} any more"),
    }
    heard = Counter(call.number for call in nights.truth.calls)
    assert (heard[B], heard[C], heard[D]) == (0, 0, min(heard[D], 1))
    nights.proved(*nights.states())


TAMPERED = {
    "UPDATE contact SET outcome = 'expired' WHERE run = 2 AND row = 3": "a newer list that closed",
    "DELETE FROM closing WHERE row = 3": "a newer list that closed",
    "UPDATE closing SET outcome = 'expired' WHERE row = 3": "a newer list closed the row",
    "UPDATE contact SET error = 'replaced by row 7 of run 2' WHERE run = 1 AND row = 3": "error: ",
    "UPDATE closing SET by_run = 1 WHERE row = 3": "a later run of the campaign",
    "UPDATE closing SET instead_row = 3 WHERE row = 3": "the same person",
    "UPDATE closing SET instead_row = 99 WHERE row = 3": "the same person",
    "UPDATE closing SET at = 'x' WHERE row = 3": "",
    "UPDATE closing SET from_outcome = 'placed' WHERE row = 3": "",
    "UPDATE contact SET outcome = 'pending', error = '' WHERE run = 1 AND row = 4": "a newer list closed the row",
}


@pytest.mark.parametrize("statement", TAMPERED)
def test_verify_names_what_was_closed_by_nobody_or_otherwise(nights, statement):
    nights.left(MON, [("1", A), ("2", B), ("3", C)])
    nights.dial(TUE, [("2", D), ("4", E)])
    with open_ledger(nights.dialer.home / "ledger.db") as ledger:
        ledger._db.execute("PRAGMA ignore_check_constraints = ON")
        ledger._db.execute("PRAGMA foreign_keys = OFF")
        ledger._db.execute(statement)

    ran = nights.dialer.here("verify", 2 if "run = 2" in statement else 1, code=1)

    assert TAMPERED[statement] in ran.out


# Who was reached


def reached_on_monday(nights, word="completed"):
    """Dial A and B on Monday; the provider's last word on A is that it picked up."""
    nights.rules = '[run]\nreached = "30d"\n'
    nights.dial(MON, [("1", A), ("2", B)])
    with open_ledger(nights.dialer.home / "ledger.db") as ledger:
        ledger._db.execute("UPDATE contact SET status = ? WHERE number = ?", (word, A))


def test_who_was_reached_by_the_campaign_is_not_dialled_within_that_time(nights):
    reached_on_monday(nights)
    summary, heard = nights.dial(THU, [("7", A), ("2", B)])

    assert (heard, summary.outcomes) == ([B], {Outcome.PLACED: 1, Outcome.REACHED: 1})
    assert nights.rows(2)[2] == (
        "reached",
        "this campaign reached the number at 2026-11-23 18:00 UTC; again after 2026-12-23 18:00 UTC",
    )
    assert summary.exit_code is Exit.DONE
    nights.proved(2)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("at", "word"), [(MON + 31 * DAY, "completed"), (THU, "failed"), (THU, "queued"), (THU, "")])
def test_who_was_not_or_longer_ago_is_dialled(nights, at, word, again):
    reached_on_monday(nights, word)
    _, heard = nights.dial(at, [("1", A)], again=again)

    assert heard == [A]


def test_who_picked_up_was_reached_whatever_was_said_of_the_call_afterwards(nights):
    reached_on_monday(nights, "failed")
    with open_ledger(nights.dialer.home / "ledger.db") as ledger:
        ledger._db.execute("UPDATE contact SET reached_by = 1 WHERE number = ?", (A,))

    assert nights.dial(THU, [("1", A), ("7", C)])[1] == [C]


def test_again_does_not_ring_who_was_reached(nights):
    reached_on_monday(nights)
    with pytest.raises(RefusedError, match="1 reached"):
        nights.dial(TUE, [("1", A)], again=True)


def test_another_campaign_that_reached_somebody_is_another_campaign(nights):
    reached_on_monday(nights)
    with open_ledger(nights.dialer.home / "ledger.db") as ledger:
        ledger._db.execute("UPDATE run SET campaign = 'other'")
    assert nights.dial(TUE, [("1", A)])[1] == [A]


def test_check_shows_who_was_reached(nights):
    reached_on_monday(nights)
    path = nights.dialer.write_list([["1", A], ["2", B]], headings=HEADINGS)
    ran = nights.dialer.here("check", path, "-c", "campaign.toml", "--at", TUE.isoformat(), "--json", code=0)

    assert ran.json["outcomes"] == {"ready": 1, "reached": 1}


def test_a_provider_that_does_not_tell_who_picked_up_is_refused(dialling):
    file = dialling.write_campaign('name = "nightly"\nprovider = "cxone_scripts"\n[run]\nreached = "30d"\n')
    ran = dialling.here("check", dialling.write_list([[A]]), "-c", file, code=2)

    assert "[run] reached cannot be kept: cxone_scripts does not tell who picked up; leave it out" in ran.err
