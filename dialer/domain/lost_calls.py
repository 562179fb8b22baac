"""Whether a ledger still knows of every call that was made from it: what it says, held against what stands beside it.

A campaign that is being dialled is open in the ledger. Calls leave in turns; each turn is in the ledger before its
calls leave, and is then counted in a file beside it. A ledger with fewer turns than that file has lost some, and one
that does not know the file's session at all is older than it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.wording import counted as how_many

if TYPE_CHECKING:
    from collections.abc import Iterable


class Recorded(NamedTuple):
    """What the ledger says of a campaign: the session that was begun in it, its turns, in which file (inode)."""

    campaign: str
    session: str
    file: str
    turns: int
    is_open: bool


class Counted(NamedTuple):
    """What the file beside the ledger says: the session, and how many turns were on disk when their calls left."""

    campaign: str
    session: str
    turns: int


class Doubt(NamedTuple):
    """Why calls of a campaign may be missing from a ledger; with `all_runs`, those of every other campaign as well."""

    campaign: str
    why: str
    all_runs: bool


_UNKNOWN_TO_IT = (
    "this ledger does not know of it: it is an older copy, such as a backup that was put back, or another ledger, and "
    "lacks whoever was rung and whoever asked not to be called since"
)

UNREADABLE = Counted(campaign="", session="", turns=1)
"""What a damaged count says: some session, some turns."""


def doubt(recorded: Recorded | None, counted: Counted | None, *, file: str, has_ended: bool) -> Doubt | None:
    """Tell why a campaign's calls may be missing from the ledger that now is in `file`; None when none can be.

    `has_ended` says that the ledger knows of the counted session, and that it has ended. One turn more in the ledger
    than was counted is a process that died in between; none of its calls had left.
    """
    if recorded is None or not recorded.is_open:
        if counted is None or has_ended or not counted.turns:
            return None
        return Doubt(counted.campaign, _UNKNOWN_TO_IT, all_runs=True)
    if why := _is_another(recorded, counted, file):
        return Doubt(recorded.campaign, why, all_runs=True)
    missing = counted.turns - recorded.turns if counted else 0
    if missing > 0:
        lost = f"it lacks the last {how_many(missing, 'turn')} of calls"
        why = "its -wal file was lost, damaged or replaced, or an older copy was put back"
        return Doubt(recorded.campaign, f"{lost}: {why}", all_runs=False)
    return None


def _is_another(recorded: Recorded, counted: Counted | None, file: str) -> str:
    if recorded.file != file:
        return "this is another file, copied or moved to another disk before that had ended"
    if counted is None:
        return "the count of turns beside it is gone"
    return "the count of turns beside it is another ledger's" if counted.session != recorded.session else ""


def told_of_doubts(found: Iterable[Doubt]) -> str:
    """Say for a person what is in doubt."""
    return "; ".join(
        f"{f'the campaign {one.campaign!r}' if one.campaign else 'a campaign'} was dialled, and {one.why}"
        for one in found
    )
