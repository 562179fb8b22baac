"""Contacts that are called again by a rule: when, how often, and whom nobody calls again."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from builders import START, HandClock, a_bench, a_run, awaited, contacts, most_in_any, number_of, work_of

from dialer.domain.call import Accepted, HeldBack, NotSent, Outcome, Refused, RunMustStop, Seen, Told, Unclear
from dialer.domain.campaign import AgainRules
from dialer.domain.redial import RedialTerms
from dialer.domain.run import Decision, exit_code
from dialer.domain.screening.rules import CALLED_RECENTLY, DO_NOT_CALL, OUTSIDE_HOURS, Barred, Clear
from dialer.domain.verify.called_again import examine_again
from dialer.domain.verify.history import examine
from dialer.domain.verify.promises import side_by_side
from dialer.engine.ages import FollowedByAge
from dialer.engine.ending import End, Ending
from dialer.engine.line_follower import LineFollower
from dialer.engine.look_ups import LookUps
from dialer.engine.pacing import LocalPace
from dialer.errors import Exit
from dialer.reports.calls import write_calls
from dialer.reports.results import heading_line, write_results

FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
BUSY = {"busy": {"after": "15m", "tries": 2}, "no-answer": {"after": "2h", "tries": 2}}
DONE = Ending(end=End.DONE)
HOUR = 3600.0
REFUSED = (
    "the provider refuses look-ups: HTTP 403: check the rights; how calls end is not heard, and nobody more is "
    "called again in this session"
)


class Phones:
    """A provider whose calls end as the numbers' scripts say, a word a call, the last for all others; each rings 20 s.

    Of several words in one, a call has each for 20 s.
    """

    def __init__(self, clock, scripts):
        self._clock = clock
        self._scripts = scripts
        self.refuses_look_ups = False
        self._ids = count(1)
        self._calls = {}
        self.left_at = []
        self.looked_up_at = []

    async def ready(self):
        return None

    async def place(self, request, leave):
        if not await leave():
            return HeldBack("not let out")
        number = request.called_number
        script = self._scripts.get(number, ["completed"])
        nth = sum(1 for called, _ in self.left_at if called == number)
        said = script[min(nth, len(script) - 1)]
        self.left_at.append((number, self._clock.seconds))
        if not isinstance(said, str):
            return said
        call_id = f"call-{next(self._ids)}"
        self._calls[call_id] = (self._clock.seconds, said.split())
        return Accepted(call_id, "queued")

    async def look_up(self, call_id, leave):
        if not await leave():
            return HeldBack("not let out")
        if self.refuses_look_ups:
            return RunMustStop("HTTP 403", "check the rights")
        self.looked_up_at.append(self._clock.seconds)
        began, words = self._calls[call_id]
        stage = int((self._clock.seconds - began) / 20)
        return Seen("ringing" if stage == 0 else words[min(stage, len(words)) - 1])


def terms(clock, **rules):
    rules = AgainRules.model_validate({"on": BUSY, **rules})
    return RedialTerms(rules=rules, now=clock.now, reached={"completed", "answered"})


def followed(ledger, provider, clock, again, *, run=1, share=None, silence=900.0, told=lambda: None, final=FINAL):
    def made(pace, time, heard):
        placed = ledger.placed(run, final=final, redial=again)
        follower = LineFollower(
            None,
            placed=placed,
            look_ups=LookUps(provider, pace),
            clock=time,
            observer=heard,
            ages=FollowedByAge(silence=silence, final=final),
            share=LocalPace(share, clock=time.ticks) if share else None,
            told=told,
        )
        follower.follow_earlier(awaited(placed.may_be_up(since=clock.now() - timedelta(days=3))), clock.now())
        return follower

    return made


def dialled(ledger, provider, clock, again, *, run=None, rows=1, rate=10.0, waits=None, screening=None, **following):
    run = run or a_run(ledger, contacts(rows)).number
    until = (lambda now: now + waits) if waits is not None else (lambda _: None)
    work = work_of(ledger, run, now=clock.now(), redials=until, screening=screening)
    bench = a_bench(
        work, provider, clock=clock, rate=rate, lines=followed(ledger, provider, clock, again, run=run, **following)
    )
    ending = bench.run()
    ledger.close_if_over(run, now=clock.now())
    return bench, ending


def rung(provider, row=2):
    """Tell at which seconds a row's phone rang."""
    return [round(at) for number, at in provider.left_at if number == number_of(row)]


def stands(ledger, *, run=1):
    return [(result.outcome, result.status, result.error) for result in ledger.results(run)]


def scripted(clock, *scripts):
    """Say for each row from the first one on how its calls end."""
    return Phones(clock, {number_of(row): words for row, words in enumerate(scripts, start=2)})


def test_busy_twice_and_then_picked_up_is_three_calls_on_time(ledger):
    clock = HandClock()
    provider = scripted(clock, ["busy", "busy", "completed"])
    _, ending = dialled(ledger, provider, clock, terms(clock))

    heard = 30  # a call is first asked about at that age
    assert rung(provider) == [0, heard + 15 * 60, 2 * (heard + 15 * 60)]
    assert (ending.reason, stands(ledger)) == ("", [("placed", "completed", "")])
    assert ledger.run(1).ended_at
    assert ledger._db.execute("SELECT try, word, rule FROM redial").fetchall() == [
        (1, "busy", "900s, 2 times, 3 in all, for 259200s"),
        (2, "busy", "900s, 2 times, 3 in all, for 259200s"),
    ]


@pytest.mark.parametrize(
    ("rules", "script", "calls"),
    [
        ({}, ["busy"], 3),  # two by busy
        ({}, ["busy", "no-answer", "busy", "no-answer"], 4),  # three in all
        ({"tries": 1}, ["busy"], 2),
        ({}, ["no-answer"], 3),
        ({"until": "20m"}, ["busy"], 2),
        ({"until": "10m"}, ["busy"], 1),
        ({"on": {}}, ["busy"], 1),
        ({}, ["completed"], 1),
        ({}, ["failed"], 1),
        ({}, ["canceled"], 1),
        ({}, ["answered failed"], 1),
        ({"on": {"failed": {"after": "15m", "tries": 1}}}, ["failed"], 2),
        ({"on": {"failed": {"after": "15m", "tries": 1}}}, ["answered failed"], 1),  # somebody picked up
        ({}, ["busy", "answered busy"], 2),
        ({}, ["unheard-of"], 1),  # a new word neither redials nor hangs
        ({}, [Refused("no")], 1),
        ({}, [Unclear("HTTP 500")], 1),
        ({}, ["busy", Refused("no")], 2),
        ({}, ["busy", Unclear("HTTP 500")], 2),
    ],
)
def test_so_many_calls_are_made_and_no_more(ledger, rules, script, calls):
    clock = HandClock()
    provider = scripted(clock, script)
    dialled(ledger, provider, clock, terms(clock, **rules))

    assert len(rung(provider)) == calls
    assert ledger.run(1).ended_at


def test_who_is_used_up_is_placed_with_the_last_word(ledger):
    clock = HandClock()
    dialled(ledger, scripted(clock, ["busy"]), clock, terms(clock))
    (result,) = ledger.results(1)
    assert (result.outcome, result.status, result.call_id, result.attempts) == ("placed", "busy", "call-3", 3)


def test_a_word_of_the_providers_own_is_known_by_ours(ledger):
    clock = HandClock()
    provider = scripted(clock, ["telecom_busy", "telecom_busy", "customer_disconnect"])
    words = {"telecom_busy": "busy"}
    again = replace(terms(clock), words=words, reached={"customer_disconnect"})
    dialled(ledger, provider, clock, again, final={*words, "customer_disconnect"})
    assert len(rung(provider)) == 3
    assert ledger._db.execute("SELECT status, word FROM redial").fetchall() == [("telecom_busy", "busy")] * 2


def test_what_is_due_later_than_the_session_waits_is_left(ledger):
    clock = HandClock()
    provider = scripted(clock, ["no-answer", "completed"], ["completed"])
    again = terms(clock)
    dialled(ledger, provider, clock, again, rows=2, waits=timedelta(hours=1))
    error = "no-answer at 2026-03-02 15:00; try 2 of at most 4 after 2026-03-02 17:00 UTC"
    assert stands(ledger) == [("redial", "no-answer", error), ("placed", "completed", "")]
    assert ledger.run(1).ended_at is None

    clock.forward(2 * HOUR)
    dialled(ledger, provider, clock, again, run=1)
    assert (len(rung(provider)), len(rung(provider, 3))) == (2, 1)
    assert stands(ledger)[0] == ("placed", "completed", "")


def test_the_results_tell_of_each_call(ledger, tmp_path):
    clock = HandClock()
    provider = scripted(clock, ["busy", "no-answer", "completed"], ["busy", Unclear("HTTP 500")], [Refused("no")])
    dialled(ledger, provider, clock, terms(clock), rows=3)
    path = tmp_path / "results.csv"
    write_results(path, ("phone", "history"), ledger.results(1, again=True), again=True)

    _, *lines = csv.reader(path.read_text("utf-8-sig").splitlines())
    assert heading_line(("phone", "history"), again=True)[-2:] == ["tries", "history"]
    assert [line[-2:] for line in lines] == [
        [
            "3",
            "1 2026-03-02T15:00Z busy | 2 2026-03-02T15:15Z no-answer | 3 2026-03-02T17:16Z completed",
        ],
        ["2", "1 2026-03-02T15:00Z busy | 2 2026-03-02T15:15Z unknown"],
        ["0", ""],
    ]


def test_the_calls_are_told_a_line_each(ledger, tmp_path):
    clock = HandClock()
    provider = scripted(clock, ["busy", "completed"], ["completed"], ["busy", Unclear("HTTP 500")], [Refused("no")])
    dialled(ledger, provider, clock, terms(clock), rows=4)
    write_calls(tmp_path / "calls.csv", ledger.calls(1))

    told = csv.DictReader((tmp_path / "calls.csv").read_text("utf-8-sig").splitlines())
    assert [(line["row"], line["call"], line["callId"], line["status"], line["error"]) for line in told] == [
        ("2", "1", "call-1", "busy", ""),
        ("2", "2", "call-4", "completed", ""),
        ("3", "1", "call-2", "completed", ""),
        ("4", "1", "call-3", "busy", ""),
        ("4", "2", "", "", "HTTP 500"),
    ]


@pytest.mark.parametrize("left", [{Outcome.REDIAL: 1}, {Outcome.REDIAL: 1, Outcome.DEFERRED: 2}])
def test_who_waits_to_be_called_again_is_work_left_as_planned(left):
    assert exit_code({Outcome.PLACED: 3, **left}) is Exit.PLANNED


def test_new_people_come_first(ledger):
    clock = HandClock()
    provider = scripted(clock, ["busy", "completed"])
    on = {"busy": {"after": "1m", "tries": 1}}
    dialled(ledger, provider, clock, terms(clock, on=on), rows=200, rate=1.0)
    order = [number for number, _ in provider.left_at]
    assert order[-1] == number_of(2)
    assert len(order) == 201


def test_look_ups_take_no_more_than_their_share_while_calls_leave(ledger):
    clock = HandClock()
    provider = Phones(clock, {})
    dialled(ledger, provider, clock, terms(clock), rows=600, rate=5.0, share=1.0)
    last = provider.left_at[-1][1]
    asked = [at for at in provider.looked_up_at if at <= last]
    assert most_in_any(10.0, asked) <= 12
    assert len(asked) > 60
    assert most_in_any(1.0, [*provider.looked_up_at, *(at for _, at in provider.left_at)]) <= 5


def test_a_call_is_asked_about_by_its_age(ledger):
    clock = HandClock()
    provider = scripted(clock, ["unheard-of"])
    bench, ending = dialled(ledger, provider, clock, terms(clock), silence=3600.0)
    assert [round(at) for at in provider.looked_up_at] == [30, 60, 120, 240, 480, 960, 1860, 2760, 3660]
    assert len(bench.runner._lines._ages) == 0
    assert bench.runner._lines.given_up == 1
    assert ending == DONE


def test_results_are_told_to_be_written_before_following_goes_on_alone(ledger):
    clock = HandClock()
    told = []
    dialled(ledger, scripted(clock, ["busy"]), clock, terms(clock), rows=9, told=lambda: told.append(clock.seconds))
    assert [round(at) for at in told] == [1]


def test_a_provider_that_refuses_to_be_asked_ends_the_following_and_not_the_run(ledger):
    clock = HandClock()
    provider = scripted(clock)
    provider.refuses_look_ups = True
    bench, ending = dialled(ledger, provider, clock, terms(clock), rows=3)
    assert ending == DONE
    assert bench.heard.warnings == [
        REFUSED,
    ]


def test_a_retry_of_a_call_again_waits_as_one_and_fails_as_one(ledger):
    clock = HandClock()
    provider = scripted(clock, ["busy", NotSent("dns"), NotSent("dns"), NotSent("dns"), "completed"])
    dialled(ledger, provider, clock, terms(clock))
    assert len(rung(provider)) == 4
    assert stands(ledger) == [("failed", "", "not called after 3 tries: dns")]


class Screened:
    """Screens as `decide` says of a moment in seconds, for everybody alike."""

    def __init__(self, clock, decide):
        self._clock, self._decide = clock, decide

    def has_changed(self, _):
        return False

    def screen(self, candidates, _):
        return [self._decide(self._clock.seconds) for _ in candidates]


def test_a_number_that_came_onto_a_do_not_call_list_meanwhile_is_suppressed(ledger):
    clock = HandClock()
    listed = Barred(ground=DO_NOT_CALL, reason="on the list")
    screening = Screened(clock, lambda seconds: listed if seconds > 60 else Clear())
    provider = scripted(clock, ["busy"])
    dialled(ledger, provider, clock, terms(clock), screening=screening)
    assert (len(rung(provider)), stands(ledger)) == (1, [("suppressed", "busy", "on the list")])
    assert ledger.run(1).ended_at


def test_outside_its_hours_a_call_again_is_the_next_morning(ledger):
    clock = HandClock()
    opens = START + timedelta(hours=18)
    closed = Barred(ground=OUTSIDE_HOURS, reason="closed", opens=opens, closes=opens + timedelta(minutes=1))
    screening = Screened(clock, lambda seconds: closed if 60 < seconds < 18 * HOUR else Clear())
    provider = scripted(clock, ["busy", "completed"])
    dialled(ledger, provider, clock, terms(clock), screening=screening, waits=timedelta(hours=4))
    assert stands(ledger) == [("redial", "busy", "closed")]
    clock.forward(19 * HOUR - clock.seconds)
    dialled(ledger, provider, clock, terms(clock), run=1, screening=screening)
    assert [round(at / HOUR, 2) for at in rung(provider)] == [0, 19]
    assert stands(ledger) == [("placed", "completed", "")]


@pytest.mark.parametrize(
    ("again", "calls", "status"), [(timedelta(hours=20), 2, "completed"), (timedelta(days=4), 1, "busy")]
)
def test_a_cap_makes_it_later_and_past_its_end_it_is_used_up(ledger, again, calls, status):
    clock = HandClock()
    until = START + again
    capped = Barred(ground=CALLED_RECENTLY, reason="already 3 calls", until=until)
    screening = Screened(clock, lambda seconds: capped if 60 < seconds < again.total_seconds() else Clear())
    provider = scripted(clock, ["busy", "completed"])
    dialled(ledger, provider, clock, terms(clock), screening=screening)
    assert (len(rung(provider)), stands(ledger)) == (calls, [("placed", status, "")])
    assert [result.call_id for result in ledger.results(1)] == [f"call-{calls}"]
    assert ledger.run(1).ended_at


def test_what_a_look_up_tells_of_a_call_before_is_no_word_of_the_next(ledger):
    clock = HandClock()
    provider = scripted(clock, ["busy", "completed"])
    again = terms(clock)
    dialled(ledger, provider, clock, again)
    late = ledger.placed(1, final=FINAL, redial=again)
    assert awaited(late.set_statuses([Told(2, "call-1", "busy", True)])) == 0
    assert stands(ledger) == [("placed", "completed", "")]


def test_who_asks_where_calls_stand_later_may_open_the_run_again(ledger):
    clock = HandClock()
    provider = scripted(clock, ["busy"])
    dialled(ledger, provider, clock, terms(clock, on={}))
    assert ledger.run(1).ended_at
    placed = ledger.placed(1, final=FINAL, redial=terms(clock))
    awaited(placed.set_statuses([Told(2, "call-1", "busy", True)]))
    assert ([outcome for outcome, *_ in stands(ledger)], ledger.run(1).ended_at) == (["redial"], None)


def test_a_call_again_that_was_proved_not_to_be_made_waits_as_one(ledger):
    clock = HandClock()
    dialled(ledger, scripted(clock, ["busy", Unclear("HTTP 500")]), clock, terms(clock))
    assert [outcome for outcome, *_ in stands(ledger)] == ["unknown"]
    ledger.settle(1, Decision(outcome=Outcome.PENDING, who="Ann", at=clock.now()), row=2)
    assert [outcome for outcome, *_ in stands(ledger)] == ["redial"]

    provider = scripted(clock, ["completed"])
    dialled(ledger, provider, clock, terms(clock), run=1)
    assert (len(rung(provider)), stands(ledger)) == (1, [("placed", "completed", "")])
    with ledger.evidence(1) as evidence:
        records = (evidence.contacts(), evidence.attempts(), evidence.decisions(), evidence.redials())
        ((_, (kept, tried, decided, again)),) = side_by_side(*records)
    kept = replace(kept, again=again)
    assert [*examine(kept, tried, decided), *examine_again(kept, tried)] == []
