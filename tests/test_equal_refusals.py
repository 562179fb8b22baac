"""Which refusals are of a row and which are of the whole run, on a real ledger and a scripted provider."""

from __future__ import annotations

from collections import Counter

import pytest
from builders import HandClock, ScriptedProvider, a_bench, a_contact, a_run, contacts, number_of, outcomes, work_of

from dialer.domain.call import NotSent, Refused, RunMustStop, Throttled, Unclear
from dialer.engine.ending import End, Ending
from dialer.engine.equal_refusals import AT_FIRST, LATER, OF_NUMBERS, PUT_BACK

DONE = Ending(end=End.DONE)
NOT_FOUND = Refused("HTTP 404")
NUMBER = Refused("HTTP 400: Number Not Allowed", of_number=True)


def dialled(ledger, answers, *, rows=60, in_flight=1, run=None):
    """Dial a run in which the row of each key of `answers` is so answered, always."""
    if run is None:
        run = a_run(ledger, contacts(rows)).number
    provider = ScriptedProvider({number_of(row): [answer] for row, answer in answers.items()})
    clock = HandClock()
    clock.forward(3600.0 * len(list(ledger.results(run))))
    ending = a_bench(work_of(ledger, run, now=clock.now()), provider, clock=clock, in_flight=in_flight).run()
    return ending, provider


def every_row(answer, rows=60):
    return dict.fromkeys(range(2, rows + 2), answer)


@pytest.mark.parametrize("in_flight", [1, 4, 50])
@pytest.mark.parametrize(("answer", "enough"), [(NOT_FOUND, AT_FIRST), (NUMBER, OF_NUMBERS)])
def test_the_same_refusal_of_the_first_rows_stops_the_run_and_leaves_them_pending(ledger, answer, enough, in_flight):
    ending, provider = dialled(ledger, every_row(answer), in_flight=in_flight)
    assert (ending.end, ending.reason) == (End.REFUSED, f"{enough} rows in a row: {answer.reason}")
    assert ledger.counts(1) == {"pending": 60}
    assert len(provider.asked) < enough + in_flight


@pytest.mark.parametrize(
    ("answer", "how_many"), [(NOT_FOUND, AT_FIRST - 1), (NUMBER, OF_NUMBERS - 1), (NUMBER, AT_FIRST)]
)
def test_bad_rows_at_the_head_of_a_list_are_rejected_and_the_others_dialled(ledger, answer, how_many):
    ending, _ = dialled(ledger, every_row(answer, how_many))
    assert ending == DONE
    assert ledger.counts(1) == {"rejected": how_many, "placed": 60 - how_many}


def test_a_list_of_bad_rows_alone_is_rejected_while_it_is_short(ledger):
    assert dialled(ledger, every_row(NOT_FOUND, 4), rows=4)[0] == DONE
    assert ledger.counts(1) == {"rejected": 4}


def test_the_same_refusal_of_many_rows_in_a_row_stops_a_run_that_worked(ledger):
    refused = dict.fromkeys(range(20, 62), NOT_FOUND)
    ending, _ = dialled(ledger, refused)
    assert ending.end is End.REFUSED
    assert ledger.counts(1) == {"placed": 18, "pending": 42}
    refused = dict.fromkeys(range(20, 20 + LATER - 1), NOT_FOUND)
    assert dialled(ledger, refused)[0] == DONE
    assert ledger.counts(2) == {"placed": 60 - LATER + 1, "rejected": LATER - 1}


def test_numbers_that_the_provider_does_not_like_stop_no_run_that_worked(ledger):
    assert dialled(ledger, dict.fromkeys(range(3, 62), NUMBER))[0] == DONE
    assert ledger.counts(1) == {"placed": 1, "rejected": 59}


@pytest.mark.parametrize("between", [Refused("HTTP 404: other words"), Refused("HTTP 422")])
def test_other_words_or_another_status_begin_anew(ledger, between):
    answers = every_row(NOT_FOUND) | dict.fromkeys(range(5, 62, 4), between)
    assert dialled(ledger, answers)[0] == DONE
    assert ledger.counts(1) == {"rejected": 60}


@pytest.mark.parametrize("between", [Unclear("HTTP 500"), NotSent("refused"), Throttled("HTTP 429", 0.0)])
def test_what_says_nothing_of_rows_does_not_interrupt_a_row_of_refusals(ledger, between):
    ending, _ = dialled(ledger, every_row(NOT_FOUND) | {4: between})
    assert ending.end is End.REFUSED


@pytest.mark.parametrize(
    "words",
    [
        "HTTP 404: no route for {number}",
        "HTTP 404: not found (request 8f3a-{row})",
        "HTTP 404: Hello {name}, at 2026-03-02T15:00:{row}Z",
        "HTTP 404: Not {case}",
    ],
)
def test_refusals_are_the_same_but_for_numbers_ids_and_what_the_call_carried(ledger, words):
    people = [a_contact(row, parameters={"name": f"Ann{chr(60 + row)}"}) for row in range(2, 32)]
    a_run(ledger, people)
    answers = {
        row: Refused(
            words.format(
                number=number_of(row), row=row, name=f"Ann{chr(60 + row)}", case="Found" if row % 2 else "FOUND"
            )
        )
        for row in range(2, 32)
    }
    assert dialled(ledger, answers, run=1)[0].end is End.REFUSED
    assert ledger.counts(1) == {"pending": 30}


def test_a_resumed_run_tries_rows_that_were_not_tried_yet_first(ledger):
    bad = dict.fromkeys(range(2, 2 + AT_FIRST), NOT_FOUND)
    dialled(ledger, bad)
    ending, provider = dialled(ledger, bad, run=1)
    assert ending == DONE
    assert provider.asked == [number_of(row) for row in (*range(2 + AT_FIRST, 62), *bad)]
    assert outcomes(ledger, 1) == dict.fromkeys(bad, "rejected") | dict.fromkeys(range(2 + AT_FIRST, 62), "placed")


def test_a_list_that_is_bad_throughout_comes_to_an_end(ledger):
    a_run(ledger, contacts(20))
    tried = Counter()
    for _ in range(20):
        ending, provider = dialled(ledger, every_row(NOT_FOUND, 20), run=1)
        tried.update(provider.asked)
        if ending == DONE:
            break
    assert ending == DONE
    assert ledger.counts(1) == {"rejected": 20}
    assert set(tried.values()) == {PUT_BACK + 1}


def test_one_row_that_stops_each_run_keeps_nobody_from_their_turn(ledger):
    dialled(ledger, {2: RunMustStop("HTTP 403", "check the scope")}, rows=5)
    ending, provider = dialled(ledger, {2: RunMustStop("HTTP 403", "check the scope")}, run=1)
    assert ending.end is End.REFUSED
    assert provider.asked == [number_of(row) for row in (3, 4, 5, 6, 2)]
    assert outcomes(ledger, 1) == {2: "pending"} | dict.fromkeys((3, 4, 5, 6), "placed")
