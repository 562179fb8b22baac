"""Whom a campaign tells how a night ended, of which ends, and from which count on its rows are trouble."""

from __future__ import annotations

import re
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dialer.domain.call import Outcome
from dialer.domain.campaign_values import Text, TomlTable, filled_by
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*%")

End = Literal["done", "trouble", "settings", "stopped", "busy", "nothing", "refused", "left", "fault"]
PingAs = Literal["healthchecks", "cronitor"]

ENDS: Mapping[Exit, End] = MappingProxyType(
    {
        Exit.DONE: "done",
        Exit.PROBLEMS: "trouble",
        Exit.SETUP: "settings",
        Exit.LEFT: "stopped",
        Exit.BUSY: "busy",
        Exit.NOTHING: "nothing",
        Exit.REFUSED: "refused",
        Exit.PLANNED: "left",
        Exit.FAULT: "fault",
    }
)
"""How a command ended, in the word that `notify` has for it."""

FINE = frozenset({Exit.DONE, Exit.NOTHING, Exit.PLANNED})
"""Ends of a night that went as planned."""

NOT_OURS = frozenset({Exit.BUSY})
"""Ends that say nothing of the night: another process has it in hand."""


def _limit(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found and 0 < float(found[1]) <= 100:  # noqa: PLR2004 - percent
        return f"{found[1]}%"
    raise ValueError('is a number of rows from 1 on, or a share of them such as "2%"')


def _ping(value: object) -> object:
    if isinstance(value, bool) or value in {"healthchecks", "cronitor"}:
        return value
    raise ValueError('is true, false, "healthchecks" or "cronitor"')


def _ends(value: tuple[str, ...]) -> tuple[str, ...]:
    if strange := [word for word in value if word not in ENDS.values()]:
        raise ValueError(f"knows no {strange[0]!r}: the ends are {', '.join(ENDS.values())}")
    return value


Limit = Annotated[int | str, BeforeValidator(_limit)]


class TroubleRules(TomlTable):
    """From which count of an outcome, or share of a run's rows, on a run ends with trouble; None is never."""

    rejected: Limit = 1
    failed: Limit = 1
    unknown: Limit = 1
    invalid: Limit | None = None

    def is_reached(self, counts: Mapping[Outcome, int]) -> bool:
        """Tell whether any of the outcomes has come to its limit."""
        rows = sum(counts.values())
        return any(
            limit is not None and (count := counts.get(Outcome(name), 0)) and count >= _least(limit, rows)
            for name, limit in self
        )


class AlertRules(TomlTable):
    """Whom to tell; the addresses are secrets of the environment. `trouble` left out is any row that is."""

    ping: Annotated[bool | PingAs, BeforeValidator(_ping)] = False
    notify: Annotated[tuple[str, ...], AfterValidator(_ends)] = ()
    trouble: TroubleRules = Field(default_factory=TroubleRules)
    textfile: Annotated[Text, AfterValidator(partial(filled_by, names=("campaign",)))] | None = None

    @property
    def tells(self) -> bool:
        """Whether anybody is told of anything."""
        return bool(self.ping or self.notify or self.textfile)


EVERYBODY = AlertRules(ping=True, notify=tuple(end for code, end in ENDS.items() if code not in FINE | NOT_OURS))
"""Told of a campaign that cannot be read: whoever has an address, of a night that went wrong."""


def _least(limit: int | str, rows: int) -> float:
    return limit if isinstance(limit, int) else rows * float(limit[:-1]) / 100
