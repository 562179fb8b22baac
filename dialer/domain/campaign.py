"""A campaign, checked: what to say and how, as its TOML file states it. Unknown keys are errors."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from dialer.domain.parameters import Parameter  # noqa: TC001 - pydantic reads the annotation when the program runs
from dialer.domain.phone import Phone
from dialer.domain.screening.windows import read_spans

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


class ListRules(TomlTable):
    """How to read the contact list; what is left out is found out.

    Of several `phone` columns the first that is filled in a row is dialled. `headings` are for a list without a
    heading line, `header_row` is where the headings are, as a spreadsheet counts. What becomes of `hidden` rows of a
    sheet is that they are skipped, or dialled as the others are. `parameter_bytes` is how large the parameters of one
    call may be together, as JSON.
    """

    phone: Headings | None = None
    region: Region | None = None
    allow_unassigned: bool = Field(default=True, strict=True)
    duplicates: Literal["first", "last"] = "first"
    sheet: Text | None = None
    header_row: int | None = Field(default=None, ge=1, strict=True)
    hidden: Literal["skip", "dial"] = "skip"
    encoding: Text | None = None
    delimiter: Delimiter | None = None
    headings: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    parameter_bytes: int = Field(default=16_384, ge=1, strict=True)


class PaceRules(TomlTable):
    """How fast, how many at once, how often; `timeout` is for one answer, `patience` for a provider that is down.

    `calls_at_a_time` are placed and not known to be over. `follow` is for how long placed calls are followed while the
    status of none changes; a call without news for as long is taken for over.
    """

    calls_per_second: float = Field(default=5.0, gt=0, le=10_000, strict=True, allow_inf_nan=False)
    in_flight: int = Field(default=50, ge=1, le=10_000, strict=True)
    calls_at_a_time: int | None = Field(default=None, ge=1, strict=True)
    attempts: int = Field(default=3, ge=1, le=20, strict=True)
    calls_per_day: int | None = Field(default=None, ge=1, strict=True)
    patience: Span = Field(default=timedelta(minutes=15), gt=timedelta(0))
    timeout: Span = Field(default=timedelta(seconds=30), gt=timedelta(0))
    follow: Span = Field(default=timedelta(minutes=15), gt=timedelta(0))


class CapRule(TomlTable):
    """At most `calls` to one number in any stretch of `within`."""

    calls: int = Field(ge=1, strict=True)
    within: Span = Field(gt=timedelta(0), le=timedelta(days=366))


class RedialRules(TomlTable):
    """How soon this campaign, and how often all campaigns of the ledger, may ring a number again.

    An `after` of nothing is no gap.
    """

    after: Span = Field(default=timedelta(hours=24), le=timedelta(days=366))
    caps: tuple[CapRule, ...] = (
        CapRule(calls=3, within=timedelta(hours=24)),
        CapRule(calls=8, within=timedelta(days=30)),
    )


class CountryHours(TomlTable):
    """A campaign's own calling hours for a country, such as "09:00-20:00" or "closed", in local time."""

    country: Annotated[str, AfterValidator(_region)]
    mon_fri: HoursText
    sat: HoursText = "closed"
    sun: HoursText = "closed"
    source: Text


class HoursRules(TomlTable):
    """When people may be rung, in their own time; `start` and `end` narrow the legal windows.

    `deadline` ends the run at a time of day in `timezone`, the machine's where none is given.
    """

    enforce: bool = Field(default=True, strict=True)
    reason: Text | None = None
    voice: Literal["automated", "live"] = "automated"
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None
    when_closed: Literal["defer", "wait"] = "defer"
    deadline: TimeOfDay | None = None
    timezone: Zone | None = None
    windows: tuple[CountryHours, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.enforce and not self.reason:
            raise ValueError('enforce = false needs a reason = "…", which is recorded with the run')
        if self.start and self.end and self.start >= self.end:
            raise ValueError("start is not before end; windows do not cross midnight")
        return self


class SuppressionFileRule(TomlTable):
    """A do-not-call list; with `max_age`, an older file stops the run before it starts."""

    path: Text
    max_age: Span | None = None


class SuppressionRules(TomlTable):
    """Who is never rung by this campaign.

    `columns` says of headings of the list what a yes under them means, where that is read otherwise or not at all.
    `text` is what becomes of rows that say in free text not to call.
    """

    files: tuple[SuppressionFileRule, ...] = ()
    columns: dict[Text, Literal["objection", "permission", "ignore"]] = Field(default_factory=dict)
    text: Literal["warn", "suppress"] = "warn"


class RulesInForce(TomlTable):
    """What a session is held back by, as it is recorded: no hours are not enforced, no `after` is no gap."""

    hours: HoursRules | None = None
    after: Span | None = None
    caps: tuple[CapRule, ...] = ()


class Campaign(TomlTable):
    """What to say and how; every key but the name has a default or can come from the environment."""

    name: CampaignName
    provider: Text | None = None
    flow_id: Text | None = None
    caller_number: CallerNumber | None = None
    contacts: Text | None = None
    list_: ListRules = Field(default_factory=ListRules, alias="list")
    parameters: dict[Text, Parameter] | None = None
    pace: PaceRules = Field(default_factory=PaceRules)
    redial: RedialRules = Field(default_factory=RedialRules)
    hours: HoursRules = Field(default_factory=HoursRules)
    suppression: SuppressionRules = Field(default_factory=SuppressionRules)
