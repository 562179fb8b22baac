"""A run without a terminal: prepared first, then dialled in whichever loop, with observers and a way to stop."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from itertools import groupby

import pytest
from truth import ANY_HOUR, Rule, numbers

from dialer.actions import call as calling
from dialer.actions import resume as resuming
from dialer.actions import run as running
from dialer.engine.ports import Observer
from dialer.errors import DeclinedError, NothingToDoError, SetupError
from dialer.ledger.port import open_ledger
from dialer.session.choices import Choices
from dialer.session.request import Request
from dialer.session.stop import Stop

pytest_plugins = ("commands",)


class Diary(Observer):
    """Remembers in which order it heard what."""

    def __init__(self):
        self.heard = []

    def loaded(self, done, size):
        if done == size:
            self.heard.append(("loaded",))

    def screened(self, done, rows):
        if done == rows:
            self.heard.append(("screened",))

    def started(self, session):
        self.heard.append(("started", session.calls))

    def settled(self, settlement):
        self.heard.append(("settled", str(settlement.verdict.outcome)))

    def ended(self, session):
        self.heard.append(("ended", session.end, dict(session.outcomes)))


class Asks(Observer):
    """Asks a session to stop, so often, once its first call is answered or some are open."""

    def __init__(self, stop, *, times=1):
        self.stop, self.times = stop, times

    def settled(self, settlement):
        for _ in range(self.times):
            self.stop.ask()
        self.times = 0


class Scene:
    """A list of four people, and everything it needs to be dialled."""

    def __init__(self, dialling, truth):
        self.dialling, self.truth = dialling, truth
        self.contacts = dialling.write_list([number] for number in numbers(4))
        self.campaign = dialling.write_campaign(f'name = "spring"\n{ANY_HOUR}')
        self.ledger = dialling.home / "ledger.db"

    def request(self, *, rate=1000, in_flight=None, **more):
        choices = Choices(campaign=self.campaign, ledger=self.ledger, rate=rate, in_flight=in_flight)
        return Request(choices=choices, **{"contacts": self.contacts, **more})

    def prepare(self, **more):
        return running.prepare(self.request(**more), self.dialling.env)

    def is_finished(self, number=1):
        with open_ledger(self.ledger) as ledger:
            return ledger.run(number).ended_at is not None

    def log(self):
        return [json.loads(line) for line in (self.dialling.home / "ledger.db.log").read_text().splitlines()]


@pytest.fixture
def scene(dialling, truth):
    return Scene(dialling, truth)


def test_preparing_touches_nothing(scene):
    before = scene.dialling.files()

    scene.prepare()

    assert (scene.dialling.files(), scene.truth.requests) == (before, [])


def test_preparing_finds_everything_that_is_wrong_at_once(scene):
    del scene.dialling.env["CXONE_FLOW_ID"], scene.dialling.env["CXONE_CLIENT_ID"]

    with pytest.raises(SetupError) as wrong:
        scene.prepare(contacts=scene.dialling.home / "none.csv", output=scene.dialling.home / "no" / "results.csv")

    said = "\n".join(wrong.value.complaints)
    assert [word for word in ("flow id", "CXONE_CLIENT_ID", "none.csv", "no such folder") if word not in said] == []


async def test_a_run_is_dialled_in_a_loop_that_goes_on_with_other_things(scene):
    scene.truth.tell(Rule(after=0.2))
    ticks = Counter()

    async def others():
        while True:
            ticks["others"] += 1
            await asyncio.sleep(0.01)

    beside = asyncio.create_task(others())
    summary = await running.dial(scene.prepare())
    beside.cancel()

    assert summary.outcomes == {"placed": 4}
    assert ticks["others"] > 5


def test_a_run_is_dialled_from_a_thread(scene):
    found = []
    prepared = scene.prepare()
    thread = threading.Thread(target=lambda: found.append(asyncio.run(running.dial(prepared))))
    thread.start()
    thread.join(30)

    assert [summary.outcomes for summary in found] == [{"placed": 4}]


async def test_an_observer_hears_a_session_from_its_list_to_its_end(scene):
    diary = Diary()

    await running.dial(scene.prepare(), observers=[diary])

    assert [heard for heard, _ in groupby(diary.heard)] == [
        ("loaded",),
        ("screened",),
        ("started", 4),
        ("settled", "placed"),
        ("ended", "done", {"placed": 4}),
    ]


async def test_every_observer_hears_the_same(scene):
    diaries = [Diary(), Diary()]

    await running.dial(scene.prepare(), observers=diaries)

    assert diaries[0].heard == diaries[1].heard != []


async def test_a_stop_lets_open_calls_be_answered_and_leaves_the_others(scene):
    stop = Stop()

    summary = await running.dial(scene.prepare(in_flight=1), observers=[Asks(stop)], stop=stop)

    assert (summary.outcomes, summary.exit_code) == ({"placed": 1, "pending": 3}, 3)
    assert summary.extra["ended"] == "interrupted"


async def test_a_second_stop_leaves_at_once_and_what_is_open_is_unknown(scene):
    scene.truth.tell(Rule(number=numbers(4)[1], after=30))
    stop = Stop()

    summary = await running.dial(scene.prepare(in_flight=2), observers=[Asks(stop, times=2)], stop=stop)

    assert summary.outcomes["unknown"] == 1
    assert "stopped at once: what was open is unknown" in " ".join(summary.notes)


async def test_what_is_stopped_before_it_begins_dials_nobody(scene):
    stop = Stop()
    stop.ask()

    summary = await running.dial(scene.prepare(), stop=stop)

    assert (summary.outcomes, scene.truth.rang) == ({"pending": 4}, [])


async def test_a_stop_can_be_asked_for_from_another_thread(scene):
    scene.truth.tell(Rule(after=0.1))
    stop, diary = Stop(), Diary()

    class Begins(Observer):
        def started(self, session):
            threading.Thread(target=stop.ask).start()

    summary = await running.dial(scene.prepare(rate=1), observers=[Begins(), diary], stop=stop)

    assert diary.heard[-1][:2] == ("ended", "interrupted")
    assert summary.outcomes["pending"] >= 3


async def test_cancelling_leaves_at_once_and_everything_is_written_down(scene):
    scene.truth.tell(Rule(after=30))
    begun = asyncio.Event()

    class Begins(Observer):
        def started(self, session):
            begun.set()

    dialling = asyncio.create_task(running.dial(scene.prepare(in_flight=1), observers=[Begins()]))
    await begun.wait()
    while not scene.truth.requests:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    dialling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await dialling
    assert Counter(row["outcome"] for row in scene.dialling.results()) == {"unknown": 1, "pending": 3}
    assert scene.log()[-1]["event"] == "run.ended"


async def test_a_run_counts_as_finished_once_its_summary_has_been_told(scene):
    seen = []

    await running.dial(scene.prepare(), tell=lambda summary: seen.append((summary.outcomes, scene.is_finished())))

    assert (seen, scene.is_finished()) == ([({"placed": 4}, False)], True)


async def test_a_run_whose_summary_could_not_be_told_is_gone_on_with(scene):
    def nobody_listens(summary):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await running.dial(scene.prepare(), tell=nobody_listens)
    assert not scene.is_finished()

    again = await running.dial(scene.prepare())
    assert (again.run, again.outcomes, len(scene.truth.rang), scene.is_finished()) == (1, {"placed": 4}, 4, True)
    with pytest.raises(NothingToDoError):
        scene.prepare()


async def test_a_stopped_run_is_resumed_the_same_way(scene):
    stop = Stop()
    await running.dial(scene.prepare(in_flight=1), observers=[Asks(stop)], stop=stop)

    prepared = resuming.prepare(scene.request(), scene.dialling.env, run=None)
    summary = await running.dial(prepared)

    assert (summary.run, summary.outcomes, len(scene.truth.rang)) == (1, {"placed": 4}, 4)


async def test_one_call_is_placed_the_same_way(scene):
    diary = Diary()
    prepared = calling.prepare(scene.request(), scene.dialling.env, number=numbers(1)[0], params=["name=Ann"])

    found = await calling.dial(prepared, observers=[diary])

    assert (found["outcome"], found["exit_code"]) == ("placed", 0)
    assert diary.heard[-2:] == [("settled", "placed"), ("ended", "done", {"placed": 1})]


async def test_a_no_to_one_call_writes_nothing(scene):
    prepared = calling.prepare(
        scene.request(agreed=lambda _: False), scene.dialling.env, number=numbers(1)[0], params=[]
    )

    with pytest.raises(DeclinedError):
        await calling.dial(prepared)
    assert (scene.ledger.exists(), scene.truth.requests) == (False, [])
