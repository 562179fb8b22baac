"""One session of dialling, from its ledger's lock to its results, in whichever event loop it is awaited."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.redaction import one_line
from dialer.domain.times import told
from dialer.engine.ending import End, Ending
from dialer.engine.pacing import LocalPace
from dialer.engine.ports import SessionEnd, SessionStart
from dialer.engine.runner import Runner
from dialer.errors import Hint, LedgerError, StoppedError
from dialer.events.journal import Journal
from dialer.events.observers import Observers
from dialer.ledger.port import Ledger, hold, open_ledger
from dialer.providers.sandbox import SANDBOX
from dialer.session.carried import Carried, dial_carried, past_deadline, what_ends_all
from dialer.session.confirmation import agree_to_run, undone_by_a_no
from dialer.session.dial_rules import dial_rules
from dialer.session.environment import open_provider, real_clock
from dialer.session.files import prove_sound, publish, with_own_results
from dialer.session.following import follower_of, redial_terms, redials_until
from dialer.session.reconciling import Asked, Asking, ask_about, can_be_asked
from dialer.session.results_ahead import prove_not_ahead
from dialer.session.results_place import keep_latest
from dialer.session.screened_session import admit
from dialer.session.several_runs import ENDS_ALL
from dialer.session.tracking import deadline, follow, look_up_pace, tracker_of, without_news

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from dialer.domain.call import Outcome
    from dialer.domain.run import Run
    from dialer.engine.ports import Observer, Provider
    from dialer.ledger.port_parts import PlacedCalls
    from dialer.session.prepared import Prepared
    from dialer.session.stop import Stop

_AT_ONCE = Ending(end=End.INTERRUPTED, reason="stopped at once: what was open is unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What came of a session, while its ledger is still open and its campaign is still its own.

    `carried` are the earlier runs of the campaign that were gone on with beside it. `found_limit` is the limit of calls
    a second that the provider showed, if it did. `can_be_asked` tells whether it can be asked later what came of a
    call. `notes` are for the end of a summary.
    """

    ledger: Ledger
    run: Run
    ending: Ending
    found_limit: float | None
    can_be_asked: bool
    notes: tuple[str, ...]
    carried: Sequence[Carried] = ()


@asynccontextmanager
async def dialled(prepared: Prepared, *, observers: Sequence[Observer], stop: Stop) -> AsyncIterator[Dialled]:
    """Make the calls of a session and write its results; its run can be closed within the block.

    Reading a list into a run, screening it and writing its results keep the event loop from anything else, for seconds
    where the list is long: SQLite's connections are for one thread, and what is screened is dialled by the same one.
    Whoever has other work for its loop awaits this in a thread, with a loop of its own.

    Cancelled, it leaves at once as when it is told to stop twice, writes the results and raises CancelledError. Raises
    what `Prepared.begin` does, BusyError, LedgerError before and StoppedError after calls were made.
    """
    plan, now = prepared.plan, prepared.request.now
    with (
        hold(plan.ledger, plan.campaign.name, now=now()) if prepared.is_alone else nullcontext(),
        open_ledger(plan.ledger, create=prepared.makes_ledger) as ledger,
        Journal(prepared.log, now=now) as journal,
    ):
        ledger.prove_whole()
        everybody = Observers([journal, *observers])
        asked = await prepared.ask_first(ledger, everybody, stop)
        run, before = prepared.begin(ledger, everybody)
        pace = LocalPace(plan.campaign.pace.calls_per_second, clock=monotonic)
        session_of = partial(_Session, ledger=ledger, observer=everybody, stop=stop, pace=pace)
        carry = plan.campaign.run.carry if prepared.has_list else None
        session, carried = session_of(prepared, run), list[Carried]()
        session.asked = asked
        if carry == "first":
            carried += await dial_carried(prepared, ledger, run, session_of)
        over = what_ends_all(carried) or (past_deadline(prepared) if carried else None)
        with undone_by_a_no(ledger, run, before=before):
            session.screen(asks=not over)
        await session.call(over)
        notes = session.publish()
        if session.cancelled:
            raise session.cancelled
        if carry in {"last", "no"} and session.ending.end not in ENDS_ALL:
            carried += await dial_carried(prepared, ledger, run, session_of)
        yield Dialled(
            carried=carried,
            ledger=ledger,
            run=session.run,
            ending=session.ending,
            found_limit=session.pace.found_limit,
            can_be_asked=session.can_be_asked,
            notes=(
                *session.asked.notes(plan.provider),
                *notes,
                *map(told_of_clock, journal.steps),
                *filter(None, [journal.trouble]),
            ),
        )


class _Session:
    """The steps of a session, each told to the observer."""

    def __init__(
        self, prepared: Prepared, run: Run, *, ledger: Ledger, observer: Observer, stop: Stop, pace: LocalPace
    ) -> None:
        """Hold the parts; `run` is as it is to be dialled. Sessions that follow one another have one `pace`."""
        self._prepared = prepared
        self._plan = prepared.plan
        self._now = prepared.request.now
        self._ledger = ledger
        self.run = run
        self._observer = observer
        self._stop = stop
        self._clock = replace(real_clock(), now=self._now)
        self.pace = pace
        self._look_ups = look_up_pace(self._plan, self._clock.ticks) or self.pace
        self._terms = redial_terms(self._plan, self._now, single=run.is_single)
        self.ending = _AT_ONCE
        self.asked = Asked()  #: what came of asking about unknown rows
        self.can_be_asked = False
        self._began = self._now()
        self.cancelled: asyncio.CancelledError | None = None

    def screen(self, *, asks: bool = True) -> None:
        """Decide who may be rung, and ask whoever is to be asked, if anybody; raises DeclinedError for a no."""
        run, request = self.run, self._prepared.request
        self._again = run.started_at < self._now() - timedelta(seconds=self._seconds())
        if self._again:
            prove_sound(self._ledger, run)
            prove_not_ahead(self._ledger, run)
        self._wanted = run.results
        self.run = run = with_own_results(self._ledger, run, begun=False)
        redials = redials_until(self._plan) if self._prepared.waits else lambda now: now
        self._admission = admit(self._ledger, run, self._plan, request, self._observer, redials=redials)
        agreed = self._prepared.agreed if asks else None
        agree_to_run(agreed, run, self._plan, self._admission.work.openings, now=self._now())

    async def call(self, over: Ending | None = None) -> None:
        """Make the calls, unless they are `over` before they begin; raises StoppedError where the ledger fails."""
        run, before = self.run, self._ledger.counts(self.run.number)
        self._observer.started(
            SessionStart(
                run=run.number,
                campaign=run.campaign,
                rows=run.rows,
                outcomes=before,
                calls=sum(self._admission.work.openings(self._now()).values()),
                again=self._again,
            )
        )
        if over:
            self.ending = over
            return
        try:
            async with open_provider(self._plan) as provider:
                await self._dial(provider)
                await self._reconcile(provider)
                # Whoever may be called again was followed already, as long as calls left and beyond.
                is_asked = self._prepared.request.track and not self._terms.are_on
                if is_asked and self.ending.end is End.DONE:
                    await self._track(provider)
        except asyncio.CancelledError as cancelled:  # by whoever awaits this: a stop is told by its ending
            self.ending, self.cancelled = _AT_ONCE, cancelled
        except LedgerError as problem:
            said = self._ledger.rescued(run.folder) or f"{problem}; nothing unrecorded was dialled"
            self._ended(End.LEDGER, said, before)
            again = "" if run.is_single else f": {self._prepared.request.choices.typed('resume', run.number)}"
            raise StoppedError(f"{said}{again}") from problem

    async def _dial(self, provider: Provider) -> None:
        lines = await follower_of(
            self._plan,
            self._placed(),
            provider,
            self._look_ups,
            shared=self._look_ups is self.pace,
            again=self._terms.are_on,
            clock=self._clock,
            observer=self._observer,
            told=self._publish_early,
        )
        runner = Runner(
            work=self._admission.work,
            provider=provider,
            pace=self.pace,
            rules=dial_rules(self._plan),
            clock=self._clock,
            observer=self._observer,
            lines=lines,
        )
        calls = asyncio.ensure_future(runner.run())

        def stop() -> None:
            self._observer.stopping("stopped")
            runner.stop(Ending(end=End.INTERRUPTED, reason="stopped"))

        with self._stop.heard(first=stop, second=calls.cancel), deadline(self._plan, runner.stop, now=self._now):
            try:
                self.ending = await calls
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task and task.cancelling():
                    raise
                self.ending = _AT_ONCE
        if lines and lines.given_up and self.ending.end is End.DONE:
            self.ending = replace(self.ending, reason=without_news(self._plan, lines.given_up))

    def _placed(self) -> PlacedCalls:
        return self._ledger.placed(self.run.number, final=self._plan.adapter.final_statuses, redial=self._terms)

    def _publish_early(self) -> None:
        """Write the results before something that may take long."""
        with suppress(StoppedError):  # at the end they are written again, and whatever keeps them from that is told
            publish(self._ledger, self.run)

    async def _reconcile(self, provider: Provider) -> None:
        """Ask about rows that are unknown, once of each, and go on with those that are not any more."""
        self.can_be_asked = can_be_asked(provider, self._plan)
        asking = Asking(clock=self._clock, observer=self._observer, stop=self._stop, pace=self._look_ups)
        again = self._prepared.request.choices.typed("reconcile", self.run.number)
        since = self._began if self._plan.provider == SANDBOX else None  # which knows of no call before
        while self.ending.end is End.DONE:
            began = self._now()
            asked = await ask_about(self._ledger, self.run, self._plan, provider, asking, again=again, since=since)
            self.asked.add(asked)
            self.ending = asked.ending or self.ending
            if not asked.leaves_work(self._plan):
                return
            since = began
            await self._dial(provider)

    async def _track(self, provider: Provider) -> None:
        publish(self._ledger, self.run)  # following may take long, and these are all the calls there will be
        tracker = tracker_of(self._placed(), provider, self._look_ups, self._plan, self._observer)
        again = self._prepared.request.choices.typed("status", self.run.number)
        self.ending = await follow(tracker, self._plan, again=again, stop=self._stop, now=self._now)

    def publish(self) -> tuple[str, ...]:
        """Write the results and say that the session is over; return what is to be said of them and of the session."""
        if lost := self._ledger.rescued(self.run.folder):
            self.ending = Ending(end=End.LEDGER, reason=lost)
        ending, notes = self.ending, self._admission.notes
        with leaving_work(self.run.number):
            counts = self._ledger.counts(self.run.number)
            try:
                self.run = publish(self._ledger, self.run)  # before the log's last word: results are worth more
            finally:
                self._ended(ending.end, ": ".join(filter(None, (ending.reason, ending.tip))), counts)
            notes += filter(None, [keep_latest(self._ledger, self._plan, self.run)])
        if self.run.results != self._wanted:
            notes.append(f"{one_line(str(self._wanted))} holds other results and was left as it is")
        if full_until := self._admission.work.full_until(self._now()):
            zone = self._plan.campaign.hours.timezone
            notes.append(f"the calls of a day are made; the next may leave {told(full_until, zone)}")
        return tuple(notes)

    def _ended(self, end: End, reason: str, outcomes: Mapping[Outcome, int]) -> None:
        self._observer.ended(SessionEnd(end=end, reason=reason, outcomes=outcomes, seconds=self._seconds()))

    def _seconds(self) -> float:
        return monotonic() - self._prepared.clock_began


@contextmanager
def leaving_work(run: int | None = None) -> Iterator[None]:
    """Once calls were made, a ledger that fails has stopped the run: it is gone on with, and never said not to be."""
    try:
        yield
    except LedgerError as problem:
        hint = Hint(("resume", run), "goes on with the run") if run else None
        raise StoppedError(str(problem), hint=hint) from problem


def told_of_clock(by: timedelta) -> str:
    """Say what it means for a run that the clock was set while its calls went on."""
    return f"the clock was set by {by.total_seconds():+,.0f} s: who may be rung was asked again, and times do not fit"
