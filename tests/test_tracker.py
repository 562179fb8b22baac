"""Following placed calls, on a real ledger, a scripted provider and a clock that jumps."""

from __future__ import annotations

import asyncio

import pytest
from builders import (
    START,
    HandClock,
    ScriptedProvider,
    a_run,
    a_settlement,
    awaited,
    contacts,
    in_jumping_time,
    work_of,
)

from dialer.domain.call import Accepted, NotSeen, NotSent, RunMustStop, Seen, Throttled, TokenEnded
from dialer.engine.pacing import LocalPace
from dialer.engine.tracker import Tracker
from dialer.errors import StoppedError

FINAL = frozenset({"completed", "failed"})


def placed(ledger, how_many, *, status="queued"):
    """Load a run and place its calls: row 2 is call c2, and so on."""
    run = a_run(ledger, contacts(how_many))
    work = work_of(ledger, run.number)
    claims = awaited(work.turn((), want=how_many, now=START))
    settled = [a_settlement(claim, Accepted(f"c{claim.row}", status)) for claim in claims]
    awaited(work.turn(settled, want=0, now=START))
    return ledger.placed(run.number, final=FINAL)


class Following:
    """A tracker, and what stands around it."""

    def __init__(self, placed_calls, *, rate=1000.0, in_flight=10, patience=900.0, **script):
        self.clock = HandClock()
        self.provider = ScriptedProvider(clock=self.clock, **script)
        self.tracker = Tracker(
            placed=placed_calls,
            provider=self.provider,
            final=FINAL,
            pace=LocalPace(rate, clock=self.clock.ticks),
            in_flight=in_flight,
            ticks=self.clock.ticks,
            patience=patience,
        )

    def to_the_end(self):
        return in_jumping_time(self.tracker.until_final(), self.clock)

    def once(self):
        return in_jumping_time(self.tracker.round(), self.clock)


def test_calls_are_followed_until_each_is_final(ledger):
    following = Following(
        placed(ledger, 3),
        statuses={
            "c2": [Seen("ringing"), Seen("answered"), Seen("completed")],
            "c3": [Seen("failed")],
            "c4": [Seen("ringing"), Seen("completed")],
        },
    )
    following.to_the_end()
    assert following.provider.looked_up == ["c2", "c3", "c4", "c2", "c4", "c2"]
    assert ledger.statuses(1) == {"completed": 2, "failed": 1}


def test_a_final_status_is_not_asked_for(ledger):
    following = Following(placed(ledger, 2, status="completed"))
    following.to_the_end()
    assert following.provider.looked_up == []


def test_a_word_that_the_provider_calls_its_last_is_not_asked_for_again(ledger):
    following = Following(placed(ledger, 2), statuses={"c2": [Seen("moved", final=True)], "c3": [Seen("completed")]})
    following.to_the_end()
    assert following.provider.looked_up == ["c2", "c3"]

    again = Following(ledger.placed(1, final=FINAL))
    again.to_the_end()
    assert again.provider.looked_up == []
    assert ledger.statuses(1) == {"moved": 1, "completed": 1}


def test_an_unknown_word_is_kept_and_is_not_final(ledger):
    following = Following(placed(ledger, 1), statuses={"c2": [Seen("voicemail")]})
    assert following.once() == (1, 1)
    assert ledger.statuses(1) == {"voicemail": 1}


def test_rounds_come_at_growing_intervals_up_to_half_a_minute(ledger):
    following = Following(placed(ledger, 1), statuses={"c2": [Seen("ringing")] * 9 + [Seen("completed")]}, seconds=0.0)
    following.to_the_end()
    assert following.clock.seconds == pytest.approx(1 + 2 + 4 + 8 + 16 + 4 * 30, abs=0.5)


def test_a_call_the_provider_does_not_know_is_given_up(ledger):
    following = Following(placed(ledger, 2), statuses={"c3": [Seen("ringing"), Seen("completed")]})
    following.to_the_end()
    assert following.provider.looked_up == ["c2", "c3", "c3"]
    assert ledger.statuses(1) == {"queued": 1, "completed": 1}


def test_a_look_up_that_fails_is_asked_again_next_round(ledger):
    following = Following(placed(ledger, 1), statuses={"c2": [NotSeen("HTTP 502"), Seen("completed")]})
    following.to_the_end()
    assert following.provider.looked_up == ["c2", "c2"]
    assert ledger.statuses(1) == {"completed": 1}


@pytest.mark.parametrize("answer", [Throttled("HTTP 429", 1.0), TokenEnded("HTTP 401")])
def test_a_look_up_turned_away_is_asked_again_at_once(ledger, answer):
    following = Following(placed(ledger, 1), statuses={"c2": [answer, Seen("completed")]})
    assert following.once() == (0, 1)
    assert ledger.statuses(1) == {"completed": 1}


def test_a_throttled_look_up_holds_the_others_back(ledger):
    calls = placed(ledger, 6)
    script = {f"c{row}": [Seen("completed")] for row in range(3, 8)} | {
        "c2": [Throttled("HTTP 429"), Seen("completed")]
    }
    following = Following(calls, statuses=script, rate=20, in_flight=1)
    assert following.once() == (0, 6)
    assert following.clock.seconds >= 2.0


def test_a_refusal_of_look_ups_stops_with_the_tip(ledger):
    refusal = RunMustStop("HTTP 403", "check personal-connection:read")
    following = Following(placed(ledger, 3), statuses={f"c{row}": [refusal] for row in (2, 3, 4)})
    with pytest.raises(StoppedError) as raised:
        following.to_the_end()
    assert str(raised.value) == "the provider refuses look-ups: HTTP 403: check personal-connection:read"


def test_wrong_credentials_stop_before_any_look_up(ledger):
    following = Following(placed(ledger, 1), readiness=[RunMustStop("no token", "check the secret")])
    with pytest.raises(StoppedError, match="no token: check the secret"):
        following.to_the_end()
    assert following.provider.looked_up == []


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ({"statuses": {"c2": [NotSeen("HTTP 500")] * 99}}, "HTTP 500"),
        ({"statuses": {"c2": [Throttled("HTTP 429", 0.0)] * 99}}, "HTTP 429"),
        ({"readiness": [NotSent("no token: HTTP 503")] * 99}, "no token: HTTP 503"),
    ],
)
def test_a_provider_that_stays_silent_is_given_up_on(ledger, script, trouble):
    following = Following(placed(ledger, 1), **script)
    with pytest.raises(StoppedError, match=f"answers no look-up: {trouble}"):
        following.to_the_end()


def test_no_more_look_ups_are_open_than_allowed(ledger):
    calls = placed(ledger, 20)
    following = Following(
        calls, statuses={f"c{row}": [Seen("completed")] for row in range(2, 22)}, in_flight=3, seconds=1
    )
    following.once()
    assert following.clock.seconds == pytest.approx(7, abs=0.2)


def test_more_calls_than_a_page_are_all_asked_for(ledger):
    calls = placed(ledger, 1203)
    following = Following(
        calls, statuses={f"c{row}": [Seen("completed")] for row in range(2, 1206)}, rate=10_000, in_flight=50
    )
    assert following.once() == (0, 1203)
    assert ledger.statuses(1) == {"completed": 1203}


def test_look_ups_keep_to_the_pace(ledger):
    following = Following(
        placed(ledger, 30), statuses={f"c{row}": [Seen("completed")] for row in range(2, 32)}, rate=10, in_flight=30
    )
    following.once()
    assert following.clock.seconds >= 2.8  # a few leave at once at the start


def test_following_can_be_cut_short(ledger):
    following = Following(placed(ledger, 1), statuses={"c2": [Seen("ringing")] * 99})

    async def cut_short():
        task = asyncio.ensure_future(following.tracker.until_final())
        await asyncio.sleep(100)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert in_jumping_time(cut_short(), following.clock)
    assert ledger.statuses(1) == {"ringing": 1}


def test_words_that_never_become_final_are_given_up_once_none_has_changed_for_the_patience(ledger):
    following = Following(
        placed(ledger, 3),
        statuses={
            "c2": [Seen("ringing")] * 999,
            "c3": [*[Seen("ringing")] * 9, *[Seen("answered")] * 999],
            "c4": [*[Seen("ringing")] * 5, Seen("completed")],
        },
        patience=300.0,
    )
    assert following.to_the_end() == 2
    assert ledger.statuses(1) == {"ringing": 1, "answered": 1, "completed": 1}
    changed_at = 1 + 2 + 4 + 8 + 16 + 4 * 30
    assert changed_at + 300 <= following.clock.seconds <= changed_at + 340


def test_calls_whose_status_changes_are_followed_however_long_it_takes(ledger):
    words = [Seen(f"stage {stage}") for stage in range(100)]
    following = Following(placed(ledger, 1), statuses={"c2": [*words, Seen("completed")]}, patience=60.0)
    assert following.to_the_end() == 0
    assert ledger.statuses(1) == {"completed": 1}
