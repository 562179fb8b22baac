"""A campaign, checked: what to say and how, as its TOML file states it. Unknown keys are errors."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from dialer.domain.alert_rules import AlertRules
from dialer.domain.campaign_values import (
    CallerNumber,
    CampaignName,
    Delimiter,
    Headings,
    HoursText,
    Region,
    Share,
    Span,
    Text,
    TimeOfDay,
    TomlTable,
    Zone,
    filled_by,
)
from dialer.domain.parameters import Parameter  # noqa: TC001 - pydantic reads the annotation when the program runs


class ListRules(TomlTable):
    """How to read the contact list; what is left out is found out.

    Of several `phone` columns the first that is filled in a row is dialled. `headings` are for a list without a
    heading line, `header_row` is where the headings are, as a spreadsheet counts. What becomes of `hidden` rows of a
    sheet is that they are skipped, or dialled as the others are. `parameter_bytes` is how large the parameters of one
    call may be together, as JSON. `key` is the column that says who a row is, whatever the number; without it, and
    where its cell is empty, the number does.
    """

    phone: Headings | None = None
    key: Text | None = None
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


class RowsExpected(TomlTable):
    """How many rows a list is expected to have; `change` is how far from those of the last list that was dialled."""

    at_least: int | None = Field(default=None, ge=0, strict=True)
    at_most: int | None = Field(default=None, ge=0, strict=True)
    change: Share | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        return self


class ListExpected(ListRules):
    """Which list is dialled, how to read it, and what is expected of one before anybody in it is.

    Of the lists that match, the `pick` is the "newest", the last by "name", or "all-new": all that were not dialled to
    their end, the oldest first, a run each. One is waited for until it stands still `stable_for` so long and the file
    `ready` is there, at most `stable_wait`. An older one than `max_age` is refused, as is one of other `rows`, or of
    which more than `invalid` are.
    """

    pick: Literal["newest", "name", "all-new"] = "newest"
    stable_for: Span | None = Field(default=None, gt=timedelta(0), le=timedelta(days=1))
    stable_wait: Span = Field(default=timedelta(minutes=30), le=timedelta(days=1))
    ready: Annotated[Text, AfterValidator(partial(filled_by, names=("list",), needed=True))] | None = None
    max_age: Span | None = Field(default=None, gt=timedelta(0))
    rows: RowsExpected = Field(default_factory=RowsExpected)
    invalid: Share | None = None


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


class RunRules(TomlTable):
    """When a run is begun, and what it does about other runs of its campaign.

    After the time of day `not_after`, on the clock of `[hours] timezone`, none is begun. `carry` says when rows that
    earlier runs have left open are dialled beside a new list: before it or after it, or that none is. Left out, they
    wait for a person. Those of runs begun longer ago than `carry_for` are given up, and those that are not on the new
    list, but for `carry_vanished`. Who was reached within `reached` is not dialled.
    """

    not_after: TimeOfDay | None = None
    carry: Literal["first", "last", "no"] | None = None
    carry_for: Span = Field(default=timedelta(hours=84), gt=timedelta(0))
    carry_vanished: bool = Field(default=False, strict=True)
    reached: Span | None = Field(default=None, gt=timedelta(0), le=timedelta(days=366))


class CapRule(TomlTable):
    """At most `calls` to one number in any stretch of `within`."""

    calls: int = Field(ge=1, strict=True)
    within: Span = Field(gt=timedelta(0), le=timedelta(days=366))


class WordRule(TomlTable):
    """A call that ended with a word is followed by another `after` so long, by at most so many `tries`."""

    after: Span = Field(ge=timedelta(seconds=1), le=timedelta(days=366))
    tries: int = Field(ge=1, le=20, strict=True)


class AgainRules(TomlTable):
    """By which words a contact is called again in its run; in all `tries` more after the first call, up to `until`.

    `until` counts from the first call. Without words nobody is.
    """

    on: dict[Text, WordRule] = Field(default_factory=dict)
    tries: int = Field(default=3, ge=1, le=100, strict=True)
    until: Span = Field(default=timedelta(days=3), ge=timedelta(seconds=1), le=timedelta(days=366))


class RedialRules(AgainRules):
    """How soon this campaign, and how often all campaigns of the ledger, may ring a number again.

    An `after` of nothing is no gap. It is between runs; what a contact's own calls follow is in `on`.
    """

    after: Span = Field(default=timedelta(hours=24), le=timedelta(days=366))
    caps: tuple[CapRule, ...] = (
        CapRule(calls=3, within=timedelta(hours=24)),
        CapRule(calls=8, within=timedelta(days=30)),
    )


class TrackRules(TomlTable):
    """How placed calls are followed: by how much of the pace, where look-ups share that of the calls."""

    share: Share = Field(default=0.2, gt=0, le=1)


class CountryHours(TomlTable):
    """A campaign's own calling hours for a country, such as "09:00-20:00" or "closed", in local time."""

    country: Region
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


class KeepRules(TomlTable):
    """For how long what closed runs have left is kept; what is left out is kept for ever.

    `cells` are the rows' cells and parameters, `rows` the rows themselves and their attempts. Rows never go while a
    gap or a cap can still need them.
    """

    results: Span | None = Field(default=None, gt=timedelta(0))
    cells: Span | None = Field(default=None, gt=timedelta(0))
    rows: Span | None = Field(default=None, gt=timedelta(0))
    logs: Span | None = Field(default=None, gt=timedelta(0))


class ResultsRules(TomlTable):
    """Where results go, relative to the campaign file; of `file` a new one for each run, `latest` always the same.

    Their {campaign}, {list}, {date} and {run} are filled in; the date is that of the run's start.
    """

    file: Annotated[Text, AfterValidator(partial(filled_by, names=("campaign", "list", "date", "run")))] | None = None
    latest: Annotated[Text, AfterValidator(partial(filled_by, names=("campaign", "list")))] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.file and "{run}" in str(PurePath(self.file).parent):
            raise ValueError("file: {run} is for the name of the file, not for its folder")
        return self


class RulesInForce(TomlTable):
    """What a session is held back by, as it is recorded: no hours are not enforced, no `after` is no gap.

    Without `reached` it does not matter who was.
    """

    hours: HoursRules | None = None
    after: Span | None = None
    reached: Span | None = None
    caps: tuple[CapRule, ...] = ()


class Campaign(TomlTable):
    """What to say and how; every key but the name has a default or can come from the environment."""

    name: CampaignName
    provider: Text | None = None
    flow_id: Text | None = None
    caller_number: CallerNumber | None = None
    contacts: Text | None = None
    log: Annotated[Text, AfterValidator(partial(filled_by, names=("campaign", "date")))] | None = None
    list_: ListExpected = Field(default_factory=ListExpected, alias="list")
    parameters: dict[Text, Parameter] | None = None
    pace: PaceRules = Field(default_factory=PaceRules)
    run: RunRules = Field(default_factory=RunRules)
    redial: RedialRules = Field(default_factory=RedialRules)
    track: TrackRules = Field(default_factory=TrackRules)
    hours: HoursRules = Field(default_factory=HoursRules)
    suppression: SuppressionRules = Field(default_factory=SuppressionRules)
    keep: KeepRules = Field(default_factory=KeepRules)
    results: ResultsRules = Field(default_factory=ResultsRules)
    alerts: AlertRules = Field(default_factory=AlertRules)
