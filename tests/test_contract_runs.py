"""What every ledger promises of runs and their rows: loading, counting, continuing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from builders import (
    START,
    a_contact,
    a_new_run,
    a_reject,
    a_run,
    a_settlement,
    awaited,
    contacts,
    number_of,
    outcomes,
    work_of,
)

from dialer.domain.call import MOVES, OPEN, Accepted, Outcome, Refused, Told, Unclear
from dialer.domain.run import Decision, Result, Run
from dialer.errors import Hint, LedgerError
from dialer.ledger.port import open_ledger

LATER = START + timedelta(hours=1)


@pytest.fixture
def ledger_path(any_ledger_path):
    return any_ledger_path


def dial(ledger, run, *answers, now=START):
    """Give the next contacts these answers; None leaves a call open."""
    work = work_of(ledger, run)
    claims = awaited(work.turn((), want=len(answers), now=now))
    settled = [
        a_settlement(claim, answer, at=now) for claim, answer in zip(claims, answers, strict=True) if answer is not None
    ]
    awaited(work.turn(settled, want=0, now=now))


def broken_rows(good):
    """Hand over some rows, and then fail as a list does that ends in the middle."""
    yield good
    raise KeyboardInterrupt


def half_load(ledger, **changes):
    with pytest.raises(KeyboardInterrupt):
        ledger.load(a_new_run(**changes), broken_rows(contacts(3)), now=START)


def test_a_loaded_run_is_told_as_it_was_given(ledger):
    given = a_new_run(settings={"name": "Frühling", "hours": None}, headings=("phone", "naïve, “x”"))
    run = ledger.load(given, [contacts(3), [a_reject(5)]], now=START)
    assert run == Run(
        number=1,
        rows=4,
        started_at=START,
        ended_at=None,
        abandoned_at=None,
        campaign="spring",
        provider="sandbox",
        list_path=Path("lists/spring.csv"),
        digest="d1",
        results=Path("lists/spring.results.csv"),
        headings=("phone", "naïve, “x”"),
        settings={"name": "Frühling", "hours": None},
    )


def test_runs_are_numbered_and_listed_newest_first(ledger):
    for digest in ("d1", "d2", "d3"):
        a_run(ledger, contacts(1), digest=digest)
    assert [(run.number, run.digest) for run in ledger.runs()] == [(3, "d3"), (2, "d2"), (1, "d1")]


def test_every_row_is_told_in_the_lists_order_with_its_own_cells(ledger):
    cells = ("007", " NA ", "=1+1", "a\nb", "")
    a_run(ledger, [a_contact(2), a_reject(3, cells=cells), a_contact(9)])
    assert list(ledger.results(1)) == [
        Result(row=2, cells=(number_of(2), "Ann"), number=number_of(2), outcome=Outcome.PENDING),
        Result(row=3, cells=cells, number="", outcome=Outcome.INVALID, error="phone: too short"),
        Result(row=9, cells=(number_of(9), "Ann"), number=number_of(9), outcome=Outcome.PENDING),
    ]


def test_rows_given_out_of_order_are_told_in_order(ledger):
    ledger.load(a_new_run(), [[a_contact(7), a_contact(3)], [a_contact(5)]], now=START)
    assert list(outcomes(ledger, 1)) == [3, 5, 7]


def test_results_are_read_past_a_page(ledger):
    a_run(ledger, contacts(2501))
    assert [result.row for result in ledger.results(1)] == list(range(2, 2503))


def test_counts_add_up_to_the_rows(ledger):
    run = a_run(ledger, [*contacts(5), a_reject(8), a_reject(9, outcome=Outcome.DUPLICATE)])
    dial(ledger, 1, Accepted("c"), Refused("no"), None)
    assert ledger.counts(1) == {"placed": 1, "rejected": 1, "unknown": 1, "pending": 2, "invalid": 1, "duplicate": 1}
    assert sum(ledger.counts(1).values()) == run.rows


def test_counts_of_a_run_that_never_was_are_empty(ledger):
    assert ledger.counts(77) == {}


def test_statuses_are_counted_over_placed_calls(ledger):
    a_run(ledger, contacts(5))
    dial(ledger, 1, Accepted("a", "ringing"), Accepted("b", "queued"), Accepted("c", "queued"), Refused("no"))
    assert list(ledger.statuses(1).items()) == [("queued", 2), ("ringing", 1)]


def test_everything_is_there_after_reopening(ledger_path):
    with open_ledger(ledger_path) as ledger:
        a_run(ledger, contacts(4))
        dial(ledger, 1, Accepted("c", "queued"), Unclear("lost"), None)
        before = (ledger.run(1), list(ledger.results(1)), ledger.counts(1))
    with open_ledger(ledger_path, create=False) as ledger:
        assert (ledger.run(1), list(ledger.results(1)), ledger.counts(1)) == before


def test_the_latest_run_is_found_without_its_number(ledger):
    a_run(ledger, contacts(1))
    a_run(ledger, contacts(1), campaign="autumn")
    assert (ledger.run().number, ledger.run(1).number) == (2, 1)


def test_a_single_call_is_never_the_latest_run(ledger):
    a_run(ledger, contacts(1))
    a_run(ledger, contacts(1), list_path=None, results=None, digest="")
    assert (ledger.run().number, ledger.run(2).number) == (1, 2)


@pytest.mark.parametrize(("number", "missing"), [(None, "no run yet"), (5, "no run 5")])
def test_a_run_that_is_not_there_is_said_so(ledger, number, missing):
    with pytest.raises(LedgerError, match=f"has {missing}$") as caught:
        ledger.run(number)
    assert caught.value.hint == Hint(("runs",), "lists what it has")


def test_an_unfinished_run_of_the_same_list_is_found(ledger):
    a_run(ledger, contacts(2))
    dial(ledger, 1, Accepted("c"))
    assert ledger.unfinished("spring", "d1").number == 1


@pytest.mark.parametrize(("campaign", "digest"), [("autumn", "d1"), ("spring", "d2")])
def test_a_run_of_another_campaign_or_list_is_not_continued(ledger, campaign, digest):
    a_run(ledger, contacts(2))
    assert ledger.unfinished(campaign, digest) is None


def test_an_abandoned_run_is_not_continued(ledger):
    a_run(ledger, contacts(2))
    ledger.abandon(1, now=LATER)
    assert (ledger.unfinished("spring", "d1"), ledger.run(1).abandoned_at) == (None, LATER)


def test_a_finished_run_is_not_continued(ledger):
    a_run(ledger, contacts(1))
    dial(ledger, 1, Unclear("lost"))
    assert ledger.close_if_over(1, now=LATER)
    assert (ledger.unfinished("spring", "d1"), ledger.run(1).ended_at) == (None, LATER)


def test_the_latest_of_several_unfinished_runs_is_continued(ledger):
    a_run(ledger, contacts(1))
    a_run(ledger, contacts(1))
    assert ledger.unfinished("spring", "d1").number == 2


def test_a_run_that_finished_does_not_hide_an_older_one(ledger):
    a_run(ledger, contacts(2))
    a_run(ledger, contacts(1))
    dial(ledger, 2, Accepted("c"))
    ledger.close_if_over(2, now=LATER)
    assert ledger.unfinished("spring", "d1").number == 1


def test_a_run_with_rows_left_is_not_closed(ledger):
    a_run(ledger, contacts(2))
    dial(ledger, 1, Accepted("c"))
    assert not ledger.close_if_over(1, now=LATER)
    assert ledger.run(1).ended_at is None


def test_the_moment_a_run_ended_does_not_move(ledger):
    a_run(ledger, contacts(1))
    dial(ledger, 1, Accepted("c"))
    ledger.close_if_over(1, now=START)
    ledger.close_if_over(1, now=LATER)
    assert ledger.run(1).ended_at == START


@pytest.mark.parametrize("rows", [[], [a_reject(2), a_reject(3)]])
def test_a_list_with_nothing_to_dial_is_over_at_once(ledger, rows):
    run = a_run(ledger, rows)
    assert (run.rows, run.ended_at) == (len(rows), START)


def test_a_half_loaded_run_does_not_count_as_one(ledger):
    half_load(ledger)
    assert (list(ledger.runs()), ledger.unfinished("spring", "d1")) == ([], None)
    with pytest.raises(LedgerError, match="no run 1"):
        ledger.run(1)


def test_a_half_loaded_run_is_swept_by_the_next_of_its_campaign(ledger):
    half_load(ledger)
    run = a_run(ledger, contacts(2))
    assert (run.number, ledger.counts(1), ledger.counts(2)) == (2, {}, {"pending": 2})


def test_a_list_another_campaign_is_loading_is_left_alone(ledger):
    half_load(ledger, campaign="autumn")
    a_run(ledger, contacts(2))
    assert (ledger.counts(1), ledger.counts(2)) == ({"pending": 3}, {"pending": 2})


def test_a_runs_number_is_never_given_twice(ledger):
    half_load(ledger)
    half_load(ledger)
    assert a_run(ledger, contacts(1)).number == 3


def test_a_row_given_twice_makes_no_run(ledger):
    with pytest.raises(LedgerError, match=r"(?i)unique constraint"):
        a_run(ledger, [a_contact(2), a_contact(2)])
    assert list(ledger.runs()) == []


def test_every_outcome_but_ready_can_be_written(ledger):
    rejects = [outcome for outcome in Outcome if outcome not in {Outcome.READY, Outcome.PENDING, Outcome.PLACED}]
    a_run(ledger, [a_reject(row, outcome=outcome) for row, outcome in enumerate(rejects, start=2)])
    assert outcomes(ledger, 1) == dict(enumerate(map(str, rejects), start=2))


def test_every_outcome_that_is_final_has_no_way_out_but_unknown_and_placed():
    final = {outcome for outcome in MOVES if outcome not in OPEN}
    assert {outcome for outcome in final if MOVES[outcome]} == {Outcome.UNKNOWN, Outcome.PLACED}
    assert MOVES[Outcome.PLACED] == {Outcome.REDIAL}


def test_a_closed_ledger_fails_as_a_ledger(ledger_path):
    with open_ledger(ledger_path) as ledger:
        a_run(ledger, contacts(1))
    with pytest.raises(LedgerError, match=r"ledger\.db failed: Cannot operate on a closed database"):
        ledger.counts(1)


def counted_anew(ledger, run):
    """What the rows themselves say, whatever is kept of their counts."""
    every = [result.outcome for result in ledger.results(run)]
    return {outcome: every.count(outcome) for outcome in every}


def test_the_counts_of_a_closed_run_go_on_being_those_of_its_rows(ledger):
    run = a_run(ledger, [*contacts(3), a_reject(5)])
    dial(ledger, run.number, Accepted("c-1", "queued"), Unclear("lost"), Refused("no"))
    ledger.close_if_over(run.number, now=LATER)
    seen = [(ledger.counts(run.number), counted_anew(ledger, run.number), ledger.statuses(run.number))]

    awaited(ledger.placed(run.number, final=()).set_statuses([Told(2, "c-1", "completed", True)]))
    seen.append((ledger.counts(run.number), counted_anew(ledger, run.number), ledger.statuses(run.number)))
    ledger.settle(run.number, Decision(outcome=Outcome.REJECTED, who="Ann", at=LATER), row=3)
    seen.append((ledger.counts(run.number), counted_anew(ledger, run.number), ledger.statuses(run.number)))

    assert [counts == anew for counts, anew, _ in seen] == [True, True, True]
    assert [statuses for _, _, statuses in seen] == [{"queued": 1}, {"completed": 1}, {"completed": 1}]
    assert seen[-1][0] == {Outcome.PLACED: 1, Outcome.REJECTED: 2, Outcome.INVALID: 1}


def test_only_the_newest_runs_are_fetched_where_that_is_asked(ledger):
    for digest in ("d1", "d2", "d3"):
        a_run(ledger, [], digest=digest)

    assert [[run.number for run in ledger.runs(newest=newest)] for newest in (2, None)] == [[3, 2], [3, 2, 1]]
