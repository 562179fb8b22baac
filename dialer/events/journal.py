"""A log to read afterwards: one JSON object a line, an event each, with nothing in it that must not be shared."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from traceback import extract_tb
from typing import TYPE_CHECKING, Self

from dialer.domain.call import Accepted
from dialer.domain.phone import mask
from dialer.domain.redaction import Discretion, one_line
from dialer.engine.ports import Observer
from dialer.errors import Exit, SetupError
from dialer.events.log_files import BEGINNING, FILES
from dialer.events.log_writers import RotatedLog, StandardErrorLog, for_its_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from dialer.domain.call import Outcome, Settlement
    from dialer.domain.reconciliation import Reconciled
    from dialer.engine.ports import SessionEnd, SessionStart

BYTES = 5_000_000  #: in one: still opened by any editor

STANDARD_ERROR = Path("-")

_LONGEST_REASON = 200  #: characters: a sentence is shorter, and a gateway answers with a page of HTML
_PROGRESS_SECONDS = 600.0  #: a sign of life six times an hour: who waits for one all night loses little of it
_SECONDS_KEPT = 1.0  #: seconds: who follows the log waits no longer, and a thousand calls cost one write
_encode = json.JSONEncoder(ensure_ascii=False).encode


class Journal(Observer):
    """Writes what happens in a run to a file that its owner alone can read, and to a new one after 5 MB.

    Where the path is `-`, or another name of standard error such as /dev/stderr, the lines go there.

    Lines are kept for a second at the most while calls go on, so that a thousand of them cost one write. A journal that
    fails later goes quiet; `trouble` says why.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        ticks: Callable[[], float] = monotonic,
        size: int = BYTES,
    ) -> None:
        """Open the file, after what is already in it. Raises SetupError where it cannot be written to."""
        self._path = path
        self._now = now
        self._ticks = ticks
        self._run: dict[str, object] = {}
        self._lines: list[str] = []
        self._written_at = self._told_at = ticks()
        self._answers: Counter[Outcome] = Counter()
        self._looked_up = 0
        self._discretion = Discretion()
        self.steps: list[timedelta] = []  # by which the clock was set
        self._file: RotatedLog | StandardErrorLog
        try:
            if is_standard_error(path):
                self._file = StandardErrorLog()
                return
            _look_at(path)
            self._file = RotatedLog(path, size=size, files=FILES)
        except OSError as problem:
            why = "it is a symbolic link" if path.is_symlink() else problem.strerror
            raise SetupError(f"the log {path} cannot be opened for writing: {why}") from problem

    def __enter__(self) -> Self:
        """Be written and closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left."""
        self.close()

    @property
    def trouble(self) -> str:
        """Say why the journal is not whole, or nothing."""
        return f"the log {self._path} is not whole: {self._file.trouble}" if self._file.trouble else ""

    def waiting_for_list(self, path: Path, why: str, /) -> None:
        """Note that a list is waited for."""
        self._note("list.waiting", self._now(), list=self._safe(str(path)), reason=self._safe(why))
        self._write()

    def picked(self, path: Path, /) -> None:
        """Note which list was picked, by its path, its size and its last change."""
        status = path.stat()
        changed = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self._note("list.picked", self._now(), list=self._safe(str(path)), bytes=status.st_size, changed_at=changed)
        self._write()

    def started(self, session: SessionStart, /) -> None:
        """Begin a session of a run."""
        self._run = {"run": session.run, "campaign": one_line(session.campaign)}
        event = "run.continued" if session.again else "run.started"
        self._note(event, self._now(), rows=session.rows, outcomes=_counts(session.outcomes))
        self._told_at = self._ticks()
        self._write()

    def settled(self, settlement: Settlement, /) -> None:
        """Note a call's answer; `seconds` is the time from its leaving, None if it never left."""
        claim, answer, verdict = settlement.claim, settlement.answer, settlement.verdict
        took = settlement.ended_at - settlement.sent_at if settlement.sent_at else None
        self._discretion.heard(settlement)
        self._answers[verdict.outcome] += 1
        self._note(
            "call.settled",
            settlement.ended_at,
            row=claim.row,
            number=mask(claim.number),
            tries=claim.tries,
            answer=answer.word,
            outcome=verdict.outcome.value,
            seconds=None if took is None else round(took.total_seconds(), 3),
            reason="" if isinstance(answer, Accepted) else self._safe(verdict.error),
        )
        self._go_on()

    def looked_up(self, status: str, *, ended: bool) -> None:  # noqa: ARG002 - what it says stands in the results
        """Count what was asked of the provider about placed calls."""
        self._looked_up += 1
        self._go_on()

    def held_back(self, reason: str, seconds: float, /) -> None:
        """Note that nothing leaves for a while."""
        self._note("run.held_back", self._now(), seconds=round(seconds, 3), reason=self._safe(reason))
        self._write()

    def idle(self, until: datetime, /) -> None:
        """Note that nobody may be dialled before a moment."""
        self._note("run.idle", self._now(), until=until.isoformat(timespec="seconds").replace("+00:00", "Z"))
        self._write()

    def clock_was_set(self, by: timedelta, /) -> None:
        """Note that the clock on the wall was set; times before and after do not fit."""
        self.steps.append(by)
        self._note("run.clock_was_set", self._now(), seconds=round(by.total_seconds(), 1))
        self._write()

    def stopping(self, reason: str, /) -> None:
        """Note that no more calls are started."""
        self._note("run.stopping", self._now(), reason=self._safe(reason))
        self._write()

    def reconciled(self, row: Reconciled, /) -> None:
        """Note where a row goes that was unknown, and what was seen."""
        whom = {"row": row.row.row, "number": mask(row.row.asked.request.called_number), "tries": row.row.tries}
        outcome, reason = row.verdict.outcome.value, self._safe(row.seen)
        self._note("row.reconciled", row.at, **whom, outcome=outcome, reason=reason)

    def ended(self, session: SessionEnd, /) -> None:
        """End a session of a run."""
        self._note(
            "run.ended",
            self._now(),
            end=session.end,
            outcomes=_counts(session.outcomes),
            seconds=round(session.seconds, 3),
            reason=self._safe(session.reason),
        )
        self.close()

    def refused(self, exit_code: Exit, complaints: Sequence[str]) -> None:
        """Note that a command dialled nobody, and why: there was nothing to do, or it was not let."""
        event = "run.nothing" if exit_code in {Exit.NOTHING, Exit.PLANNED} else "run.refused"
        self._note(event, self._now(), exit_code=int(exit_code), reasons=[self._safe(each) for each in complaints])
        self.close()

    def alert_failed(self, campaign: str, channel: str, reason: str) -> None:
        """Note that somebody could not be told how a command ended."""
        self._note("alert.failed", self._now(), campaign=one_line(campaign), channel=channel, reason=self._safe(reason))

    def fault(self, problem: BaseException) -> None:
        """Note where the program itself failed: the kind of each exception and its frames, not what was in hand."""
        trail = [problem]
        while cause := trail[-1].__cause__ or trail[-1].__context__:
            trail.append(cause)
        self._note("program.fault", self._now(), exceptions=[_without_contents(each) for each in trail])
        self.close()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self._write()
        self._file.close()

    def _note(self, event: str, at: datetime, **fields: object) -> None:
        if not self._file.trouble:
            moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._lines.append(_encode({"event": event, "at": moment, **self._run, **fields}))

    def _write(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._file.write(lines)
        self._written_at = self._ticks()

    def _go_on(self) -> None:
        """Write what has waited for long enough, and say now and then how the run stands."""
        now = self._ticks()
        if now - self._told_at >= _PROGRESS_SECONDS:
            self._told_at = now
            self._note("run.progress", self._now(), answers=_counts(self._answers), looked_up=self._looked_up)
        if now - self._written_at >= _SECONDS_KEPT:
            self._write()

    def _safe(self, reason: str) -> str:
        """Take people out of a provider's words, and keep them short."""
        line = self._discretion.plain(reason)
        return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def is_standard_error(path: Path) -> bool:
    """Tell whether a log is what the program complains on, by `-` or by a name that the system gives it."""
    if path == STANDARD_ERROR:
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(2))
    except (OSError, ValueError):
        return False  # not there yet, or nobody listens


def has_begun(path: Path) -> bool:
    """Tell whether there is a log yet: what cannot even begin leaves nothing behind."""
    return path.is_file() or is_standard_error(path)


def _look_at(path: Path) -> None:
    """Make a file that is there ready to go on with; raises SetupError for one that is no log, before it is spoilt."""
    if not path.is_file():
        return
    with open(path, "rb+", opener=for_its_owner) as file:
        if not BEGINNING.startswith(file.read(len(BEGINNING))):
            raise SetupError(f"{path} is not a log: name another with --log")
        if hasattr(os, "fchmod"):  # Windows has other rights, and none of these
            os.fchmod(file.fileno(), 0o600)
        # A session that died may have left half a line; the next event still gets a line of its own.
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def _without_contents(problem: BaseException) -> dict[str, object]:
    """Tell an exception by its kind and its frames, the innermost last; its words may name people."""
    frames = extract_tb(problem.__traceback__)
    here = Path(__file__).parent.parent
    places = [f"{os.path.relpath(frame.filename, here)}:{frame.lineno} {frame.name}" for frame in frames]
    return {"kind": type(problem).__name__, "frames": places}


def _counts(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items() if count}
