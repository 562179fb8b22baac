"""What the engine promises, on a real ledger, a scripted provider and a clock that jumps."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from builders import (
    START,
    HandClock,
    ScriptedProvider,
    TroubledWork,
    a_bench,
    a_claim,
    a_run,
    a_settlement,
    awaited,
    contacts,
    gaps,
    in_jumping_time,
    most_in_any,
    number_of,
    outcomes,
    work_of,
)

from dialer.domain.call import (
    Accepted,
    HeldBack,
    NotSent,
    Refused,
    RunMustStop,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.engine.ending import End, Ending
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

STOPPED = Ending(end=End.INTERRUPTED, reason="stopped")
DONE = Ending(end=End.DONE)


def rows(ledger, run=1):
    """Tell of every row: its outcome, its tries and its error."""
    return {row.row: (str(row.outcome), row.attempts, row.error) for row in ledger.results(run)}


def the_only_number(*steps):
    return {number_of(2): steps}


async def until(happened):
    """Let the loop go on until something holds, for at most a minute of its clock."""
    for _ in range(60_000):
        if happened():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


def test_each_contact_is_dialled_once(ledger):
    run = a_run(ledger, contacts(25))
    provider = ScriptedProvider()
    assert a_bench(work_of(ledger, run.number), provider).run() == DONE
    assert sorted(provider.asked) == [number_of(row) for row in range(2, 27)]
    assert ledger.counts(run.number) == {"placed": 25}


def test_contacts_are_dialled_in_the_order_of_the_list(ledger):
    run = a_run(ledger, contacts(8))
    provider = ScriptedProvider()
    a_bench(work_of(ledger, run.number), provider, in_flight=1).run()
    assert provider.asked == [number_of(row) for row in range(2, 10)]


def test_a_call_carries_what_the_campaign_and_the_contact_say(ledger):
    run = a_run(ledger, contacts(1))
    provider = ScriptedProvider()
    a_bench(work_of(ledger, run.number), provider).run()
    (request,) = provider.requests
    assert (request.caller_number, request.called_number, request.flow_id, request.parameters) == (
        "+12025550100",
        number_of(2),
        "flow",
        {"name": "Ann"},
    )


def test_each_try_is_known_to_the_provider_by_the_token_that_is_on_disk(ledger):
    run = a_run(ledger, contacts(1))
    provider = ScriptedProvider({number_of(2): [NotSent("no route")]})
    a_bench(work_of(ledger, run.number), provider).run()
    with ledger.evidence(run.number) as evidence:
        ((_, tries),) = evidence.attempts()
    assert [request.token for request in provider.requests] == [each.token for each in tries]
    assert len({each.token for each in tries}) == len(tries) == 2


def test_proof_that_a_request_called_nobody_is_tried_again_and_counted_where_it_left(ledger):
    run = a_run(ledger, contacts(1))
    a_bench(work_of(ledger, run.number), ScriptedProvider({number_of(2): [NotSent("going down", left=True)]})).run()
    with ledger.evidence(run.number) as evidence:
        ((_, tries),) = evidence.attempts()
    assert [(each.answer, each.sent_at is None) for each in tries] == [("notsent", False), ("accepted", False)]
    assert rows(ledger) == {2: ("placed", 2, "")}


@pytest.mark.parametrize(("delay", "later"), [(2.0, 0.0), (30.0, 30.0)])
def test_nobody_new_is_called_while_the_provider_still_has_calls_to_make(ledger, delay, later):
    run = a_run(ledger, contacts(4))
    clock = HandClock()
    provider = ScriptedProvider({number_of(2): [Accepted("c-1", "queued", delay)]}, clock=clock)
    bench = a_bench(work_of(ledger, run.number), provider, clock=clock, in_flight=1)
    bench.run()

    first, *others = gaps(provider.left_at)
    assert first == pytest.approx(later, abs=0.5)
    assert max(others) < 0.5
    assert bench.heard.holds == [("the provider makes calls later than it takes them: in 30 s", 30.0)] * bool(later)
    assert ledger.counts(run.number) == {"placed": 4}


def test_an_empty_run_ends_at_once(ledger):
    run = a_run(ledger, [])
    assert a_bench(work_of(ledger, run.number), ScriptedProvider()).run() == DONE


@pytest.mark.parametrize(
    ("answer", "row"),
    [
        (Accepted("c-9", "ringing"), ("placed", 1, "")),
        (Refused("HTTP 400: no such number"), ("rejected", 1, "HTTP 400: no such number")),
        (Unclear("HTTP 503"), ("unknown", 1, "may have rung: HTTP 503")),
    ],
)
def test_a_final_answer_is_written_and_never_asked_for_again(ledger, answer, row):
    a_run(ledger, contacts(1))
    provider = ScriptedProvider(the_only_number(answer))
    assert a_bench(work_of(ledger, 1), provider).run() == DONE
    assert rows(ledger) == {2: row}
    assert len(provider.asked) == 1


def test_an_id_that_another_row_has_leaves_it_open_whether_this_one_rang(ledger):
    a_run(ledger, contacts(4))
    provider = ScriptedProvider({number_of(row): [Accepted("same", "queued")] for row in (3, 4)})
    assert a_bench(work_of(ledger, 1), provider, in_flight=1).run() == DONE
    assert rows(ledger) == dict.fromkeys((2, 3, 5), ("placed", 1, "")) | {
        4: ("unknown", 1, "may have rung: the provider gave the id same, which row 3 has")
    }


def test_a_call_that_never_left_is_tried_again_when_due(ledger):
    a_run(ledger, contacts(1))
    clock = HandClock()
    provider = ScriptedProvider(the_only_number(NotSent("refused"), NotSent("refused")), clock=clock)
    a_bench(work_of(ledger, 1), provider, clock=clock).run()
    assert rows(ledger) == {2: ("placed", 3, "")}
    first, second, third = provider.left_at
    assert (round(second - first, 1), round(third - second, 1)) == (1.0, 2.0)


def test_a_call_that_never_leaves_fails_after_its_tries(ledger):
    a_run(ledger, contacts(1))
    provider = ScriptedProvider(the_only_number(*[NotSent("refused")] * 9))
    assert a_bench(work_of(ledger, 1), provider).run() == DONE
    assert rows(ledger) == {2: ("failed", 3, "not called after 3 tries: refused")}
    assert len(provider.asked) == 3


def test_a_contact_waiting_for_its_retry_holds_nobody_up(ledger):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider(the_only_number(NotSent("refused")))
    a_bench(work_of(ledger, 1), provider, in_flight=1).run()
    assert provider.asked == [number_of(row) for row in (2, 3, 4, 2)]


def test_an_unknown_outcome_is_left_for_a_person(ledger):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider(the_only_number(Unclear("connection lost")))
    a_bench(work_of(ledger, 1), provider).run()
    again = ScriptedProvider()
    assert a_bench(work_of(ledger, 1), again).run() == DONE
    assert (outcomes(ledger, 1), again.asked) == ({2: "unknown", 3: "placed", 4: "placed"}, [])


def test_what_a_dead_process_left_open_is_not_dialled_again(ledger):
    a_run(ledger, contacts(3))
    awaited(work_of(ledger, 1).turn((), want=2, now=START))
    provider = ScriptedProvider()
    a_bench(work_of(ledger, 1), provider).run()
    assert provider.asked == [number_of(4)]
    assert outcomes(ledger, 1) == {2: "unknown", 3: "unknown", 4: "placed"}


def test_no_more_calls_are_open_than_allowed(ledger):
    a_run(ledger, contacts(30))
    provider = ScriptedProvider(seconds=1.0)
    a_bench(work_of(ledger, 1), provider, in_flight=4).run()
    assert provider.most_open == 4


@pytest.mark.parametrize("handshake", [0.0, 0.3])
@pytest.mark.parametrize("rate", [0.08, 0.5, 1, 2.5, 10, 100])
def test_calls_leave_at_the_pace_and_never_over_it(ledger, rate, handshake):
    how_many = max(5, int(4 * rate))
    a_run(ledger, contacts(how_many))
    clock = HandClock()
    provider = ScriptedProvider(clock=clock, handshake=handshake)
    a_bench(work_of(ledger, 1), provider, clock=clock, rate=rate, in_flight=100).run()
    left = provider.left_at
    whole = -(-rate // 1)
    assert most_in_any(whole / rate, left) <= whole
    assert (how_many - 1) / (left[-1] - left[0]) >= 0.97 * rate


def test_a_single_429_holds_back_its_contact_alone(ledger):
    a_run(ledger, contacts(40))
    clock = HandClock()
    provider = ScriptedProvider({number_of(6): [Throttled("HTTP 429")]}, clock=clock, seconds=0.05)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, rate=20)
    assert bench.run() == DONE
    assert max(gaps(provider.left_at[:40])) < 0.25  # what left at once at the start is waited for a second later
    first, second = (at for at, number in zip(provider.left_at, provider.asked, strict=True) if number == number_of(6))
    assert second - first >= 2.0
    assert outcomes(ledger, 1) == dict.fromkeys(range(2, 42), "placed")
    assert bench.heard.holds == []


def test_calls_that_are_throttled_together_hold_everybody_back_once(ledger):
    a_run(ledger, contacts(12))
    clock = HandClock()
    script = {number_of(row): [Throttled("HTTP 429")] for row in range(2, 12)}
    provider = ScriptedProvider(script, clock=clock, seconds=0.5)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, rate=100, in_flight=10)
    bench.run()
    assert {reason for reason, _ in bench.heard.holds} == {"HTTP 429"}
    assert [int(gap) for gap in gaps(provider.left_at) if gap > 1] == [2]  # from the last answer; the gap is longer
    assert ledger.counts(1) == {"placed": 12}


def test_429s_about_everybody_cost_nobody_a_try(ledger):
    a_run(ledger, contacts(300))
    clock = HandClock()
    script = {number_of(row): [Throttled("HTTP 429")] for row in range(100, 150)}
    provider = ScriptedProvider(script, clock=clock, seconds=0.5)
    a_bench(work_of(ledger, 1), provider, clock=clock, rate=100, in_flight=50, attempts=2).run()
    assert ledger.counts(1) == {"placed": 300}


def test_a_provider_that_throttles_everything_for_too_long_stops_the_run(ledger):
    a_run(ledger, contacts(300))
    clock = HandClock()
    script = {number_of(row): [Throttled("HTTP 429")] * 99 for row in range(50, 302)}
    provider = ScriptedProvider(script, clock=clock)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, rate=100, patience=900.0)
    assert bench.run() == Ending(end=End.OUTAGE, reason="the provider took no call any more: HTTP 429")
    assert ledger.counts(1) == {"placed": 48, "pending": 252}
    assert 900 <= clock.seconds < 1000


def test_the_providers_own_wish_to_wait_is_granted(ledger):
    a_run(ledger, contacts(1))
    clock = HandClock()
    provider = ScriptedProvider(the_only_number(Throttled("HTTP 429", 7.0)), clock=clock)
    a_bench(work_of(ledger, 1), provider, clock=clock).run()
    first, second = provider.left_at
    assert 7.0 <= second - first < 7.5 + 1 / 0.2


def test_a_call_leaves_after_its_handshake_and_the_ledger_says_when(ledger):
    a_run(ledger, contacts(3))
    clock = HandClock()
    provider = ScriptedProvider(clock=clock, handshake=0.7)
    a_bench(work_of(ledger, 1), provider, clock=clock, rate=2).run()
    left_at = {number: round(at, 3) for number, at in zip(provider.asked, provider.left_at, strict=True)}
    assert min(left_at.values()) >= 0.7
    assert {row.number: round((row.called_at - START).total_seconds(), 3) for row in ledger.results(1)} == left_at


def test_a_call_that_never_left_has_no_moment_of_leaving(ledger):
    a_run(ledger, contacts(1))

    async def refuse(_request, leave):
        await leave()
        return NotSent("closed before anything was sent")

    provider = ScriptedProvider()
    provider.place = refuse
    a_bench(work_of(ledger, 1), provider, attempts=1).run()
    (row,) = ledger.results(1)
    assert (str(row.outcome), row.attempts, row.called_at) == ("failed", 1, None)


def test_a_pause_during_a_handshake_costs_no_try(ledger):
    a_run(ledger, contacts(12))
    clock = HandClock()
    script = {number_of(row): [Throttled("HTTP 429", 30.0)] for row in range(2, 7)}
    provider = ScriptedProvider(script, clock=clock, handshake=0.4)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, rate=10, attempts=2)
    assert bench.run() == DONE
    tries = dict.fromkeys(range(2, 7), ("placed", 2, ""))
    assert rows(ledger) == tries | dict.fromkeys(range(7, 14), ("placed", 1, ""))
    assert [round(gap) for gap in gaps(provider.left_at) if gap > 1.5] == [30]
    assert bench.heard.holds == [("HTTP 429", 30.0)]


def test_a_call_that_was_held_back_is_no_attempt(ledger):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider(the_only_number(HeldBack("the token was replaced"), HeldBack("again")))
    bench = a_bench(work_of(ledger, 1), provider, attempts=1, faults=1)
    assert bench.run() == DONE
    assert rows(ledger) == dict.fromkeys((2, 3, 4), ("placed", 1, ""))
    assert (bench.heard.holds, bench.heard.outcomes[2]) == ([], ["placed"])


def test_a_contact_throttled_to_the_end_fails_as_not_called(ledger):
    a_run(ledger, contacts(1))
    provider = ScriptedProvider(the_only_number(*[Throttled("HTTP 429")] * 5))
    a_bench(work_of(ledger, 1), provider).run()
    assert rows(ledger) == {2: ("failed", 3, "not called after 3 tries: HTTP 429")}


def test_a_token_that_ended_costs_no_contact_anything(ledger):
    a_run(ledger, contacts(2))
    provider = ScriptedProvider(the_only_number(TokenEnded("HTTP 401")))
    assert a_bench(work_of(ledger, 1), provider, attempts=1).run() == DONE
    assert ledger.counts(1) == {"placed": 2}
    assert sorted(provider.asked) == [number_of(2), number_of(2), number_of(3)]


def test_a_reason_to_stop_puts_its_rows_back_and_ends_the_run(ledger):
    a_run(ledger, contacts(30))
    refusal = RunMustStop("HTTP 403", "check the scope")
    provider = ScriptedProvider({number_of(row): [refusal] for row in range(2, 40)})
    ending = a_bench(work_of(ledger, 1), provider, in_flight=3).run()
    assert ending == Ending(end=End.REFUSED, reason="HTTP 403", tip="check the scope")
    assert ledger.counts(1) == {"pending": 30}
    assert len(provider.asked) <= 3


def test_calls_open_when_the_run_must_stop_are_answered(ledger):
    a_run(ledger, contacts(10))
    slow = asyncio.Event()
    provider = ScriptedProvider({number_of(2): [slow], number_of(3): [RunMustStop("HTTP 403", "scope")]})

    async def answer_late(bench):
        await until(lambda: bench.heard.outcomes[3])
        await asyncio.sleep(5)
        slow.set()

    ending = a_bench(work_of(ledger, 1), provider, in_flight=2).run(meanwhile=answer_late)
    assert ending.end is End.REFUSED
    assert outcomes(ledger, 1) == {2: "placed"} | dict.fromkeys(range(3, 12), "pending")


def test_a_stop_lets_open_calls_finish_and_starts_no_more(ledger):
    a_run(ledger, contacts(20))
    provider = ScriptedProvider(seconds=3.0)

    async def stop(bench):
        await until(lambda: provider.open == 4)
        bench.runner.stop(STOPPED)

    assert a_bench(work_of(ledger, 1), provider, in_flight=4).run(meanwhile=stop) == STOPPED
    assert ledger.counts(1) == {"placed": 4, "pending": 16}
    assert len(provider.asked) == 4


def test_a_stop_before_the_start_dials_nobody(ledger):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider()
    bench = a_bench(work_of(ledger, 1), provider)
    bench.runner.stop(STOPPED)
    assert bench.run() == STOPPED
    assert (provider.asked, ledger.counts(1)) == ([], {"pending": 3})


def test_the_first_reason_to_stop_stands(ledger):
    a_run(ledger, contacts(1))
    bench = a_bench(work_of(ledger, 1), ScriptedProvider())
    bench.runner.stop(STOPPED)
    bench.runner.stop(Ending(end=End.OUTAGE))
    assert bench.run() == STOPPED


def test_a_claim_that_a_stop_keeps_from_leaving_is_given_back(ledger):
    a_run(ledger, contacts(5))
    clock = HandClock()
    provider = ScriptedProvider(clock=clock)

    async def stop_at_the_door(bench):
        # At one a second a claim waits two thousandths of a second at the door.
        await until(lambda: ledger.counts(1) == {"placed": 1, "unknown": 1, "pending": 3} and not provider.open)
        bench.runner.stop(STOPPED)

    a_bench(work_of(ledger, 1), provider, clock=clock, rate=1).run(meanwhile=stop_at_the_door)
    assert rows(ledger) == {2: ("placed", 1, "")} | dict.fromkeys(range(3, 7), ("pending", 0, ""))


def test_a_stopped_run_goes_on_where_it_was(ledger):
    a_run(ledger, contacts(20))
    provider = ScriptedProvider(seconds=1.0)

    async def stop(bench):
        await until(lambda: provider.open == 4)
        bench.runner.stop(STOPPED)

    a_bench(work_of(ledger, 1), provider, in_flight=4).run(meanwhile=stop)
    assert a_bench(work_of(ledger, 1), provider).run() == DONE
    assert sorted(provider.asked) == [number_of(row) for row in range(2, 22)]


def cancelled_with(bench, provider, *, open_calls):
    """Cancel a run once it has so many open calls, as a second Ctrl-C does."""

    async def strike():
        running = asyncio.ensure_future(bench.runner.run())
        await until(lambda: provider.open == open_calls)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return running.cancelled()

    return in_jumping_time(strike(), bench.clock)


def test_a_cancelled_run_leaves_open_calls_unknown(ledger):
    a_run(ledger, contacts(10))
    provider = ScriptedProvider({number_of(row): [asyncio.Event()] for row in (2, 3, 4)})
    assert cancelled_with(a_bench(work_of(ledger, 1), provider, in_flight=3), provider, open_calls=3)
    assert outcomes(ledger, 1) == {**dict.fromkeys((2, 3, 4), "unknown"), **dict.fromkeys(range(5, 12), "pending")}


def test_a_cancelled_run_gives_back_what_had_not_left(ledger):
    a_run(ledger, contacts(4))
    clock = HandClock()
    provider = ScriptedProvider({number_of(2): [asyncio.Event()]}, clock=clock, handshake=0.3)
    assert cancelled_with(a_bench(work_of(ledger, 1), provider, clock=clock, rate=5), provider, open_calls=1)
    assert rows(ledger)[2][:2] == ("unknown", 1)
    assert [rows(ledger)[row] for row in (3, 4, 5)] == [("pending", 0, "")] * 3


def test_answers_heard_before_a_cancel_are_written(ledger):
    a_run(ledger, contacts(2))
    provider = ScriptedProvider({number_of(3): [asyncio.Event()]})
    bench = a_bench(work_of(ledger, 1), provider)

    async def strike_at_the_first_answer():
        running = asyncio.ensure_future(bench.runner.run())
        bench.heard.settled = lambda _: running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return running.cancelled()

    assert in_jumping_time(strike_at_the_first_answer(), bench.clock)
    assert outcomes(ledger, 1) == {2: "placed", 3: "unknown"}


def test_answers_are_on_disk_soon_though_nothing_is_claimed(ledger, ledger_path):
    a_run(ledger, contacts(2))
    end = asyncio.Event()
    provider = ScriptedProvider({number_of(3): [end]})
    seen = []

    async def look(bench):
        await until(lambda: bench.heard.outcomes[2])
        await asyncio.sleep(0.1)
        with open_ledger(ledger_path) as second:
            seen.append(outcomes(second, 1))
        end.set()

    a_bench(work_of(ledger, 1), provider).run(meanwhile=look)
    assert seen == [{2: "placed", 3: "unknown"}]


def test_a_request_leaves_only_after_its_intent_is_on_disk(ledger, ledger_path):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider()
    seen = []
    place = provider.place

    async def place_after_a_look(request, leave):
        with open_ledger(ledger_path) as second:
            seen.extend(str(r.outcome) for r in second.results(1) if r.number == request.called_number)
        return await place(request, leave)

    provider.place = place_after_a_look
    a_bench(work_of(ledger, 1), provider, in_flight=1).run()
    assert seen == ["unknown"] * 3


def test_faults_in_a_row_hold_back_ordinary_calls(ledger):
    a_run(ledger, contacts(40))
    clock = HandClock()
    script = {number_of(row): [Unclear("HTTP 500")] for row in range(2, 8)}
    provider = ScriptedProvider(script, clock=clock, seconds=0.05)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, in_flight=1, faults=5)
    assert bench.run() == DONE
    between = gaps(provider.left_at)
    assert [round(gap) for gap in between if gap > 1] == [2, 4]
    assert ledger.counts(1) == {"unknown": 6, "placed": 34}


def test_while_a_provider_is_down_one_probe_leaves_at_a_time(ledger):
    a_run(ledger, contacts(60))
    clock = HandClock()
    script = {number_of(row): [Unclear("HTTP 500")] for row in range(2, 62)}
    provider = ScriptedProvider(script, clock=clock, seconds=0.2)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, rate=1000, in_flight=10, faults=5, patience=100)
    assert bench.run() == Ending(end=End.OUTAGE, reason="the provider did not recover: HTTP 500")
    # Ten are open when the first answers come; they are the whole cost, and then come the probes.
    between = [round(gap) for gap in gaps(provider.left_at)]
    assert between == [0] * 9 + [2, 4, 8, 16, 32]
    assert ledger.counts(1) == {"unknown": 15, "pending": 45}


def test_a_run_goes_on_at_full_pace_when_the_provider_recovers(ledger):
    a_run(ledger, contacts(30))
    clock = HandClock()
    script = {number_of(row): [Unclear("HTTP 500")] for row in range(2, 7)}
    provider = ScriptedProvider(script, clock=clock, seconds=0.01)
    assert a_bench(work_of(ledger, 1), provider, clock=clock, in_flight=1, faults=5).run() == DONE
    assert provider.left_at[-1] - provider.left_at[5] < 1
    assert ledger.counts(1) == {"unknown": 5, "placed": 25}


def test_faults_with_successes_between_them_hold_nobody_back(ledger):
    a_run(ledger, contacts(30))
    script = {number_of(row): [Unclear("HTTP 500")] for row in range(2, 32) if row % 3}
    bench = a_bench(work_of(ledger, 1), ScriptedProvider(script), in_flight=1, faults=3)
    assert bench.run() == DONE
    assert bench.heard.holds == []


def test_a_network_that_is_down_stops_the_run_as_resumable(ledger):
    a_run(ledger, contacts(100))
    script = {number_of(row): [NotSent("no route")] * 9 for row in range(2, 102)}
    bench = a_bench(work_of(ledger, 1), ScriptedProvider(script), in_flight=10, faults=5, patience=300)
    assert bench.run().end is End.OUTAGE
    counts = ledger.counts(1)
    assert counts["pending"] >= 90
    assert set(counts) <= {"pending", "failed"}


def test_nothing_is_claimed_before_a_call_can_leave(ledger):
    a_run(ledger, contacts(4))
    clock = HandClock()
    provider = ScriptedProvider(clock=clock, readiness=[NotSent("no token"), NotSent("no token")])
    assert a_bench(work_of(ledger, 1), provider, clock=clock).run() == DONE
    assert 3.5 < provider.left_at[0] < 4.5
    assert rows(ledger) == dict.fromkeys(range(2, 6), ("placed", 1, ""))


def test_wrong_credentials_stop_the_run_before_any_call(ledger):
    a_run(ledger, contacts(4))
    provider = ScriptedProvider(readiness=[RunMustStop("no token: HTTP 401", "check the secret")])
    ending = a_bench(work_of(ledger, 1), provider).run()
    assert ending == Ending(end=End.REFUSED, reason="no token: HTTP 401", tip="check the secret")
    assert (provider.asked, ledger.counts(1)) == ([], {"pending": 4})


def test_a_setting_that_cannot_heal_stops_the_run_before_any_call(ledger):
    a_run(ledger, contacts(4))
    provider = ScriptedProvider(readiness=[RunMustStop("no token: TLS", "check the certificate", is_setting=True)])
    ending = a_bench(work_of(ledger, 1), provider).run()
    assert ending == Ending(end=End.SETTINGS, reason="no token: TLS", tip="check the certificate")
    assert (provider.asked, ledger.counts(1)) == ([], {"pending": 4})


def test_a_token_that_cannot_be_fetched_ends_the_run_as_an_outage(ledger):
    a_run(ledger, contacts(4))
    provider = ScriptedProvider(readiness=[NotSent("no token")] * 1000)
    ending = a_bench(work_of(ledger, 1), provider, patience=60).run()
    assert ending.end is End.OUTAGE
    assert (provider.asked, ledger.counts(1)) == ([], {"pending": 4})


def test_a_failing_ledger_stops_the_run_and_loses_no_answer(ledger):
    a_run(ledger, contacts(40))
    work = TroubledWork(work_of(ledger, 1))
    last = asyncio.Event()
    provider = ScriptedProvider(the_only_number(last), seconds=1.0)

    async def break_and_mend(bench):
        await until(lambda: provider.open == 5)
        work.broken = True
        await until(lambda: provider.open == 1)
        await asyncio.sleep(1)
        work.broken = False
        last.set()

    ending = a_bench(work, provider, in_flight=5).run(meanwhile=break_and_mend)
    assert ending == Ending(end=End.LEDGER, reason="the disk is full")
    assert ledger.counts(1) == {"placed": 5, "pending": 35}


def test_a_ledger_that_stays_broken_is_reported(ledger):
    a_run(ledger, contacts(40))
    work = TroubledWork(work_of(ledger, 1))
    provider = ScriptedProvider(seconds=1.0)

    async def break_it(bench):
        await until(lambda: provider.open == 5)
        work.broken = True

    with pytest.raises(ExceptionGroup) as raised:
        a_bench(work, provider, in_flight=5).run(meanwhile=break_it)
    assert raised.group_contains(LedgerError, match="the disk is full")
    assert ledger.counts(1) == {"unknown": 5, "pending": 35}


def test_a_slow_disk_does_not_bunch_calls_over_the_pace(ledger):
    a_run(ledger, contacts(400))
    clock = HandClock()
    provider = ScriptedProvider(clock=clock, seconds=0.05)
    work = TroubledWork(work_of(ledger, 1), clock=clock, seconds=0.02)
    a_bench(work, provider, clock=clock, rate=100, in_flight=100).run()
    assert most_in_any(1.0, provider.left_at) <= 100


def test_a_settlement_is_heard_once_for_every_answer(ledger):
    a_run(ledger, contacts(3))
    provider = ScriptedProvider(the_only_number(NotSent("refused"), Refused("no")))
    bench = a_bench(work_of(ledger, 1), provider)
    bench.run()
    assert dict(bench.heard.outcomes) == {2: ["pending", "rejected"], 3: ["placed"], 4: ["placed"]}


def test_an_answer_to_an_earlier_try_settles_nothing(ledger):
    a_run(ledger, contacts(1))
    work = work_of(ledger, 1)
    awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(a_claim(tries=2), Refused("late"))], want=0, now=START))
    assert outcomes(ledger, 1) == {2: "unknown"}
