"""What a run remembers of its plan: read back as it was meant, whatever program wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from dialer.domain.campaign import ListRules, SuppressionRules
from dialer.domain.parameters import Parameter
from dialer.domain.recorded_plan import RecordedChoices, RecordedPlan, RecordedReading, RecordedStart

PARAMETERS = {
    "name": Parameter(column="Name", required=True),
    "till": Parameter(column="Till", type="date", minimum="2026-01-01"),
}


def a_plan(**changes):
    known = {
        "choices": RecordedChoices(campaign=Path("/c/spring.toml"), region="GB", rate=2.5, sandbox=True),
        "campaign": "spring",
        "provider": "sandbox",
        "flow_id": "flow",
        "caller_number": "+12025550100",
        "pace": {"calls_per_second": 2.5},
        "list": ListRules(),
        "objecting": SuppressionRules(),
        "parameters": PARAMETERS,
        "reader": "dialer 1",
    }
    return RecordedPlan(**known | changes)


def test_a_plan_is_recorded_as_plain_values():
    told = a_plan().settings()
    assert told.pop("list") == ListRules().model_dump(mode="json")
    assert told.pop("objecting") == SuppressionRules().model_dump(mode="json", exclude={"files"})
    assert told == {
        "choices": {"campaign": "/c/spring.toml", "region": "GB", "rate": 2.5, "sandbox": True},
        "campaign": "spring",
        "provider": "sandbox",
        "flow_id": "flow",
        "caller_number": "+12025550100",
        "pace": {"calls_per_second": 2.5},
        "redial": {},
        "parameters": {
            "name": {"column": "Name", "required": True},
            "till": {"column": "Till", "type": "date", "minimum": "2026-01-01"},
        },
        "reader": "dialer 1",
    }


@pytest.mark.parametrize("parameters", [None, {}, PARAMETERS])
def test_a_recorded_plan_is_read_back_as_it_was(parameters):
    plan = a_plan(parameters=parameters)
    assert RecordedPlan.model_validate(plan.settings()) == plan


def test_a_record_of_before_says_nothing_of_what_came_later():
    settings = {"choices": {"phone": "Mobile", "unheard": 1}, "list": {}, "parameters": None, "reader": "dialer 0"}
    read = RecordedPlan.model_validate(settings)
    assert (read.choices.given(), read.objecting, read.pace) == ({"phone": "Mobile"}, SuppressionRules(), {})


@pytest.mark.parametrize(
    "choices", [5, "x", None, {"rate": "x"}, {"sandbox": "yes"}, {"in_flight": 1.5}, {"campaign": 1}, {"sheet": "a\0"}]
)
def test_damaged_choices_are_none(choices):
    with pytest.raises(ValidationError):
        RecordedStart.model_validate({"choices": choices})


def test_what_else_is_damaged_keeps_no_run_from_being_gone_on_with():
    settings = a_plan().settings() | {"list": 5, "pace": "x"}
    assert RecordedStart.model_validate(settings).choices.region == "GB"
    with pytest.raises(ValidationError):
        RecordedReading.model_validate(settings)
