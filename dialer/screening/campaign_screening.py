"""Who may be rung, asked of everything that knows: the campaign's rules, do-not-call files and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from dialer.domain.screening.candidate import NOTHING_KNOWN, Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from dialer.domain.screening.candidate import Candidate
    from dialer.domain.screening.rules import Barred, Clear
    from dialer.domain.screening.ruleset import RuleSet
    from dialer.screening.dnc_index import Reread, SuppressionIndex

_LOOK_EVERY = 1.0  #: seconds between looks at the files: soon enough for who asks not to be called, and cheap

Submit = Callable[[Callable[[], "Reread"]], "Future[Reread]"]


def at_once(work: Callable[[], Reread]) -> Future[Reread]:
    """Do the work now, for those who have nothing else to do meanwhile."""
    done: Future[Reread] = Future()
    done.set_result(work())
    return done


class Past(Protocol):
    """What is remembered of numbers: past calls, and who asked not to be called."""

    def has_changed(self) -> bool:
        """Tell whether another program has added to it since this was last asked."""

    def facts(self, candidates: Sequence[Candidate], *, since: datetime) -> Mapping[str, Facts]:
        """Fetch what is known of some numbers; calls from `since` on."""


class CampaignScreening:
    """Decides for check, run and every moment of dialling alike; reads do-not-call files again when they change.

    `reach` is how far back past calls matter. A file that cannot be read again is told to `say`, and what was
    read of it before stays in force.
    """

    def __init__(
        self,
        *,
        rules: RuleSet,
        past: Past | None,
        files: SuppressionIndex,
        reach: timedelta,
        ticks: Callable[[], float],
        say: Callable[[str], None],
        submit: Submit = at_once,
    ) -> None:
        """Join the parts; without `past` nothing is remembered. `submit` reads files again, beside the dialling."""
        self._rules = rules
        self._past = past
        self._files = files
        self._reach = reach
        self._ticks = ticks
        self._say = say
        self._submit = submit
        self._looked_at = ticks()
        self._reading: Future[Reread] | None = None

    def has_changed(self, now: datetime) -> bool:
        """Tell whether anything but time may decide otherwise now; files are looked at once a second."""
        files = self._files_have_changed(now)
        return (self._past is not None and self._past.has_changed()) or files

    def screen(self, candidates: Sequence[Candidate], now: datetime) -> Sequence[Clear | Barred]:
        """Decide of each candidate whether its request may leave."""
        facts = self._past.facts(candidates, since=now - self._reach) if self._past else {}
        if len(self._files):
            facts = {**facts, **self._listed(candidates, facts)}
        return self._rules.decide(candidates, facts, now)

    def _listed(self, candidates: Sequence[Candidate], facts: Mapping[str, Facts]) -> Mapping[str, Facts]:
        found = {}
        hits = self._files.find_all([candidate.number for candidate in candidates])
        for candidate, hit in zip(candidates, hits, strict=True):
            if hit:
                known = facts.get(candidate.number, NOTHING_KNOWN)
                found[candidate.number] = Facts(listed=known.listed or hit.sentence, calls=known.calls)
        return found

    def _files_have_changed(self, now: datetime) -> bool:
        if self._reading is None and self._is_time_to_look() and self._files.changed():
            self._reading = self._submit(lambda: self._files.reread(now=now))
        if self._reading is None or not self._reading.done():
            return False
        again, self._reading = self._reading.result(), None
        self._files = again.index
        for complaint in again.complaints:
            self._say(complaint)
        return True

    def _is_time_to_look(self) -> bool:
        passed = self._ticks() - self._looked_at >= _LOOK_EVERY
        if passed:
            self._looked_at = self._ticks()
        return passed
