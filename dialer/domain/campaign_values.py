"""The values that a campaign file is made of: spans, times of day, zones, headings; each is checked as it is read."""

from __future__ import annotations

import re
from datetime import time, timedelta
from string import Formatter
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from dialer.domain.phone import Phone
from dialer.domain.screening.windows import read_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_NAME = re.compile(r"\w[\w .-]{0,79}")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def read_span(text: str) -> timedelta:
    """Read a length of time such as "30s", "15m", "24h" or "31d"; raises ValueError."""
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError('write a length of time as a number and s, m, h or d, such as "30s"')
    try:
        return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError:
        raise ValueError("is longer than any calendar") from None


def write_span(span: timedelta) -> str:
    """Write a length of time as `read_span` reads it."""
    return f"{span // timedelta(milliseconds=1)}ms"


def _span(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else read_span(value if isinstance(value, str) else "")


def _region(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        raise ValueError('is a country\'s two capital letters, such as "US" or "GB"')
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("is up to 80 letters, digits, spaces and . _ - beginning with a letter or digit")
    return value


def _clock(value: Any) -> time:
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value
    if isinstance(value, str) and re.fullmatch("[0-2][0-9]:[0-5][0-9]", value) and value < "24":
        return time.fromisoformat(value)
    raise ValueError('is a time of day such as "09:00"')


def _hours(value: str) -> str:
    read_spans(value)
    return value


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise ValueError('is a time zone such as "America/New_York"') from None


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("is blank")
    return value


def filled_by(value: str, names: Sequence[str], *, needed: bool = False) -> str:
    """Check that nothing but these names stands in braces in a text that is filled in later; raises ValueError.

    Where they are `needed`, all of them do.
    """
    try:
        parts = list(Formatter().parse(value))
    except ValueError:
        parts = [("", "{", None, None)]
    if any(name is not None and (name not in names or spec or conversion) for _, name, spec, conversion in parts):
        raise ValueError(f"takes {', '.join(f'{{{name}}}' for name in names)} in braces, and nothing else")
    if needed and not {name for _, name, _, _ in parts} >= set(names):
        raise ValueError(f"needs {', '.join(f'{{{name}}}' for name in names)}")
    return value


def _share(value: Any) -> float:
    match = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]+)?)\s*%", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is a share such as "5%"')
    return float(match[1]) / 100


def _delimiter(value: str) -> str:
    if len(value) != 1 or value in '"\r\n':
        raise ValueError('is one character, such as ";" or "\\t"')
    return value


Span = Annotated[timedelta, BeforeValidator(_span), PlainSerializer(write_span, when_used="json")]
CallerNumber = Annotated[str, AfterValidator(lambda value: Phone.written(value).e164)]
Region = Annotated[str, AfterValidator(_region)]
CampaignName = Annotated[str, AfterValidator(_name)]
TimeOfDay = Annotated[time, BeforeValidator(_clock), PlainSerializer(lambda at: f"{at:%H:%M}", when_used="json")]
HoursText = Annotated[str, AfterValidator(_hours)]
Zone = Annotated[str, AfterValidator(_zone)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
Share = Annotated[float, BeforeValidator(_share), PlainSerializer(lambda of: f"{of:.6%}", when_used="json")]
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_said)]
Headings = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    PlainSerializer(lambda value: value[0] if len(value) == 1 else list(value), when_used="json"),
]


class TomlTable(BaseModel):
    """A table of the campaign file: immutable, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
