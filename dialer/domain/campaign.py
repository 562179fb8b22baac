"""A campaign, checked: what to say and how, as its TOML file states it. Unknown keys are errors."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from dialer.domain.parameters import Parameter  # noqa: TC001 - pydantic reads the annotation when the program runs
from dialer.domain.phone import Phone

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


def _span(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else read_span(value if isinstance(value, str) else "")


def _caller(value: str) -> str:
    return Phone(re.sub(r"[\s().-]", "", value)).e164


def _region(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        raise ValueError('is a country\'s two capital letters, such as "US" or "GB"')
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("is up to 80 letters, digits, spaces and . _ - beginning with a letter or digit")
    return value


Span = Annotated[timedelta, BeforeValidator(_span)]
CallerNumber = Annotated[str, AfterValidator(_caller)]
Region = Annotated[str, AfterValidator(_region)]
CampaignName = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Table(BaseModel):
    """A table of the campaign file: immutable, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListRules(Table):
    """How to read the contact list."""

    phone: Text | None = None
    region: Region | None = None
    allow_unassigned: bool = Field(default=True, strict=True)


class PaceRules(Table):
    """How fast, how many at once, how often; `timeout` is for one answer, `patience` for a provider that is down."""

    calls_per_second: float = Field(default=5.0, gt=0, le=10_000, strict=True, allow_inf_nan=False)
    in_flight: int = Field(default=50, ge=1, le=10_000, strict=True)
    attempts: int = Field(default=3, ge=1, le=20, strict=True)
    patience: Span = Field(default=timedelta(minutes=15), gt=timedelta(0))
    timeout: Span = Field(default=timedelta(seconds=30), gt=timedelta(0))


class Campaign(Table):
    """What to say and how; every key but the name has a default or can come from the environment."""

    name: CampaignName
    flow_id: Text | None = None
    caller_number: CallerNumber | None = None
    contacts: Text | None = None
    list_: ListRules = Field(default_factory=ListRules, alias="list")
    parameters: dict[Text, Parameter] | None = None
    pace: PaceRules = Field(default_factory=PaceRules)
