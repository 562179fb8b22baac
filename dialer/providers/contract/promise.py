"""A promise that every provider makes, and what is found when one of them is held to it."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dialer.providers.contract.dialect import Dialect

LONGEST = 30.0  #: seconds that a promise is tried for: none that is kept takes a tenth of it


class BrokenPromiseError(Exception):
    """What was found is not what was promised."""


class DoesNotApplyError(Exception):
    """The provider has nothing that is promised of here."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a provider promises, in a sentence; `check` raises BrokenPromiseError where one breaks it."""

    says: str
    check: Callable[[Dialect], Awaitable[None]]


def promise(check: Callable[[Dialect], Awaitable[None]]) -> Promise:
    """Make a promise of a function that checks it, and whose docstring says it."""
    return Promise((check.__doc__ or "").rstrip("."), check)


class Finding(NamedTuple):
    """What was found of a promise; `holds` is None where it does not apply. `why` is '' where it holds."""

    says: str
    holds: bool | None
    why: str = ""


async def hold(dialect: Dialect, to: Promise) -> Finding:
    """Hold a provider to a promise; whatever its adapter raises breaks it, since a provider answers with values."""
    task = asyncio.ensure_future(to.check(dialect))
    done, _ = await asyncio.wait({task}, timeout=LONGEST)
    if not done:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return Finding(to.says, holds=False, why=f"no end within {LONGEST:.0f} s")
    match asyncio.CancelledError() if task.cancelled() else task.exception():
        case None:
            return Finding(to.says, holds=True)
        case DoesNotApplyError() as reason:
            return Finding(to.says, holds=None, why=str(reason))
        case BrokenPromiseError() as found:
            return Finding(to.says, holds=False, why=str(found))
        case BaseException() as raised:
            return Finding(to.says, holds=False, why=_told(raised))


def _told(raised: BaseException) -> str:
    frames = traceback.extract_tb(raised.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(raised).__name__} was raised{where}: {raised}"


def expect(found: object, wanted: object, *, of: str) -> None:
    """Raise BrokenPromiseError unless what was found is what was wanted."""
    if found != wanted:
        raise BrokenPromiseError(f"{of}: {found!r}, and not {wanted!r}")


def expect_kind(found: object, *kinds: type, of: str) -> None:
    """Raise BrokenPromiseError unless what was found is of one of these kinds."""
    if not isinstance(found, kinds):
        raise BrokenPromiseError(f"{of}: {found!r}, and no {' or '.join(kind.__name__ for kind in kinds)}")


def expect_true(holds: object, complaint: str) -> None:
    """Raise BrokenPromiseError with the complaint unless something holds."""
    if not holds:
        raise BrokenPromiseError(complaint)
