"""What a run remembers of its plan, without secrets: enough to plan it again, to read its list again, and to look at.

Each class is read alone by whoever needs no more: what is damaged elsewhere in the record keeps nobody from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_serializer

from dialer.domain.campaign import ListRules, SuppressionRules
from dialer.domain.parameters import Parameter  # noqa: TC001 - pydantic reads the annotation when the program runs

if TYPE_CHECKING:
    from collections.abc import Mapping


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a character that is none")
    return value


def _file(value: object) -> Path:
    if isinstance(value, str):
        return Path(_text(value))
    if isinstance(value, Path):
        return value.absolute()
    raise ValueError("is no path")


_Text = Annotated[str, AfterValidator(_text)]
_File = Annotated[Path, BeforeValidator(_file)]


class RecordedChoices(BaseModel):
    """What the command line said of the campaign; None was left to the environment and the campaign file."""

    model_config = ConfigDict(frozen=True, strict=True)

    campaign: _File | None = None
    provider: _Text | None = None
    flow_id: _Text | None = None
    caller_number: _Text | None = None
    region: _Text | None = None
    phone: _Text | None = None
    sheet: _Text | None = None
    header_row: int | None = None
    rate: float | None = None
    in_flight: int | None = None
    ledger: _File | None = None
    sandbox: bool | None = None
    enforce_hours: bool | None = None

    def given(self) -> dict[str, Any]:
        """Give what was said."""
        return {name: value for name, value in self if value is not None}


class RecordedStart(BaseModel):
    """What a run was started with."""

    model_config = ConfigDict(frozen=True)

    choices: RecordedChoices = RecordedChoices()


class RecordedReading(RecordedStart):
    """How a run's list was read; `reader` names the versions that did, and `objecting` is who was suppressed by it."""

    list_: ListRules = Field(alias="list")
    objecting: SuppressionRules = SuppressionRules()
    parameters: dict[str, Parameter] | None
    reader: object


class RecordedPlan(RecordedReading):
    """The whole plan; `pace` is to look at, and to hold a session's against.

    `redial` is by what rules contacts are called again, empty where none is.
    """

    campaign: str | None = None
    provider: str | None = None
    flow_id: str = ""
    caller_number: str = ""
    pace: dict[str, Any] = Field(default_factory=dict)
    redial: dict[str, Any] = Field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """Give it as plain values, as a ledger keeps it; the do-not-call files are recorded with each session."""
        return self.model_dump(mode="json", by_alias=True, exclude={"objecting": {"files"}})

    @field_serializer("choices")
    def _given(self, choices: RecordedChoices) -> dict[str, Any]:
        return choices.model_dump(mode="json", exclude_none=True)

    @field_serializer("parameters")
    def _as_set(self, rules: Mapping[str, Parameter] | None) -> dict[str, Any] | None:
        # What a rule leaves open stays open: a later version may read it otherwise, and says so.
        if rules is None:
            return None
        return {name: rule.model_dump(mode="json", exclude_unset=True, warnings=False) for name, rule in rules.items()}
