"""Waiting for tonight's list to be whole: it stands still, and the file that says that it is ready is there."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from dialer.campaign_file import read_campaign
from dialer.domain.redaction import one_line
from dialer.domain.wording import span
from dialer.errors import RefusedError, SetupError, StoppedError
from dialer.events.journal import Journal
from dialer.events.observers import Observers
from dialer.lists.source import STANDARD_INPUT
from dialer.session.complaints import Complaints
from dialer.session.pick_list import find_list
from dialer.session.plan import make_plan
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.campaign import ListExpected
    from dialer.engine.ports import Observer
    from dialer.session.request import Request
    from dialer.session.stop import Stop

_LOOK_EVERY = 1.0  #: seconds: a look at a folder and at one file's headings costs milliseconds


def not_whole(path: Path, rules: ListExpected, now: datetime) -> str:
    """Say why a list is not to be read yet, or nothing; `now` is a moment on the clock that files are dated by."""
    if path == STANDARD_INPUT or not path.is_file():
        return ""
    still = (now - datetime.fromtimestamp(_changed(path), UTC)).total_seconds()
    return not_ready(path, rules) or _not_still(path, rules, still)


def not_ready(path: Path, rules: ListExpected) -> str:
    """Say that the file is not there that tells that a list is ready, or is of another list; else nothing."""
    if rules.ready is None:
        return ""
    marker = path.parent / rules.ready.replace("{list}", path.name)
    try:
        is_of_this_list = marker.stat().st_mtime_ns >= path.stat().st_mtime_ns
    except OSError:
        return f"{one_line(marker.name)} is not there ([list] ready)"
    return "" if is_of_this_list else f"{one_line(marker.name)} is older than the list ([list] ready)"


async def until_whole(
    request: Request,
    env: Mapping[str, str],
    *,
    stop: Stop,
    observers: Sequence[Observer] = (),
    ticks: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Path | None:
    """Wait until the list that is meant is whole, as its campaign says, and give it; None where nothing is waited for.

    Settings are looked at first, since nobody should wait for what cannot be dialled. Which list is meant is asked at
    each look. Raises SetupError, RefusedError where it takes longer than the campaign waits, and StoppedError where it
    is told to stop.
    """
    if request.choices.campaign is None or request.contacts == STANDARD_INPUT:
        return None
    try:
        rules = read_campaign(request.choices.campaign).list_
    except SetupError:
        return None  # who prepares the run says what is wrong with the file, and with all else
    if rules.stable_for is None and rules.ready is None:
        return None
    complaints = Complaints()
    plan = make_plan(request.choices, env, complaints, name="none")
    _find(request, env, complaints)
    complaints.raise_if_any()
    with ExitStack() as files:
        told = list(observers)

        def tell(path: Path, why: str) -> None:
            with suppress(SetupError):  # a log that cannot be opened is told of before the first call
                if len(told) == len(observers):
                    told.append(files.enter_context(Journal(log_path(plan.ledger, given=request.log), now=request.now)))
            Observers(told).waiting_for_list(path, why)

        wait = _Wait(rules, now=request.now, ticks=ticks, tell=tell)
        waiting = asyncio.ensure_future(wait.until_whole(lambda: _find(request, env, Complaints()), sleep))
        with stop.heard(first=waiting.cancel, second=waiting.cancel):
            try:
                return await waiting
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task and task.cancelling():
                    raise
                raise StoppedError("stopped while the list was waited for; nobody was dialled") from None


def _find(request: Request, env: Mapping[str, str], complaints: Complaints) -> Path | None:
    return find_list(request.contacts, request.choices, complaints, env=env)


class _Wait:
    """Looks at a list again and again; how long it stands still is counted in seconds, whatever the clock is set to."""

    def __init__(
        self,
        rules: ListExpected,
        *,
        now: Callable[[], datetime],
        ticks: Callable[[], float],
        tell: Callable[[Path, str], object],
    ) -> None:
        self._rules, self._now, self._ticks, self._tell = rules, now, ticks, tell
        self._seen: object = None
        self._stands_since = 0.0
        self._told: tuple[Path, str] | None = None

    async def until_whole(
        self, find: Callable[[], Path | None], sleep: Callable[[float], Awaitable[object]]
    ) -> Path | None:
        """Give the list once it is whole; raises RefusedError where that takes too long."""
        began, path, why = self._ticks(), None, ""
        while True:
            path = find() or path
            why = self._look(path) if path else ""
            if path is None or not why:
                return path
            if (path, why) != self._told:
                self._tell(path, why)
                self._told = (path, why)
            if (left := began + self._rules.stable_wait.total_seconds() - self._ticks()) <= 0:
                waited = span(self._rules.stable_wait.total_seconds())
                raise RefusedError(
                    f"{one_line(str(path))} is not whole: {why}, after {waited} ([list] stable_wait); "
                    "nobody was dialled, and no run was begun"
                )
            await sleep(min(_LOOK_EVERY, left, self._until_still()))

    def _look(self, path: Path) -> str:
        try:
            status = path.stat()
        except OSError:
            self._seen = None, path
            return "it is gone again"
        seen = (path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if seen != self._seen:
            # The dates of a file are asked once, at first; a clock that is set later makes nothing older.
            age = (self._now() - datetime.fromtimestamp(_changed(path), UTC)).total_seconds()
            self._stands_since = self._ticks() - (max(0.0, age) if self._seen is None else 0.0)
            self._seen = seen
        return not_ready(path, self._rules) or _not_still(path, self._rules, self._ticks() - self._stands_since)

    def _until_still(self) -> float:
        stable = self._rules.stable_for
        left = self._stands_since + stable.total_seconds() - self._ticks() if stable else _LOOK_EVERY
        return left if left > 0 else _LOOK_EVERY


def _changed(path: Path) -> float:
    """Tell when a file was last changed, in Unix seconds: also where a copy has been given the date of its original."""
    status = path.stat()
    return max(status.st_mtime, status.st_ctime)


def _not_still(path: Path, rules: ListExpected, seconds: float) -> str:
    stable = rules.stable_for
    if stable is None or seconds >= stable.total_seconds():
        return ""
    return f"{one_line(path.name)} has not stood still for {span(stable.total_seconds())} ([list] stable_for)"
