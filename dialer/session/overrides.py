"""What the command line says in place of a campaign's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from dialer.domain.campaign import ListRules, PaceRules
from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.campaign import Campaign
    from dialer.providers.port import Adapter
    from dialer.session.choices import Choices


def with_list(campaign: Campaign, choices: Choices) -> Campaign:
    """Give the campaign with how its list is to be read; raises SetupError."""
    said = {"phone": choices.phone, "sheet": choices.sheet, "header_row": choices.header_row}
    changes = {key: value for key, value in said.items() if value is not None}
    try:
        rules = ListRules.model_validate({**campaign.list_.model_dump(), **changes})
    except ValidationError as problem:
        options = (f"--{str(error['loc'][0]).replace('_', '-')}: {error['msg']}" for error in problem.errors())
        raise SetupError(list(options)) from None
    return campaign.model_copy(update={"list_": rules})


def within_ceiling(campaign: Campaign, adapter: Adapter, env: Mapping[str, str]) -> Campaign:
    """Give the campaign with no more calls a second than its provider takes; raises SetupError where it asks for more.

    A campaign that says nothing of its pace has the provider's.
    """
    pace, ceiling = campaign.pace, adapter.ceiling and adapter.ceiling(env)
    if not ceiling or ceiling.calls is None or pace.calls_per_second <= ceiling.calls:
        return campaign
    if "calls_per_second" in pace.model_fields_set:
        more = f"{pace.calls_per_second:g} calls a second are more than the {ceiling.calls:g} that {adapter.name} takes"
        raise SetupError(f"{more}: {ceiling.why}; say calls_per_second = {ceiling.calls:g} under [pace], or --rate")
    return campaign.model_copy(update={"pace": pace.model_copy(update={"calls_per_second": ceiling.calls})})


def with_pace(campaign: Campaign, choices: Choices) -> Campaign:
    """Give the campaign with another pace; raises SetupError."""
    said = {"calls_per_second": choices.rate, "in_flight": choices.in_flight}
    changes = {key: value for key, value in said.items() if value is not None}
    try:
        pace = PaceRules.model_validate({**campaign.pace.model_dump(exclude_unset=True), **changes})
    except ValidationError as problem:
        options = {"calls_per_second": "--rate", "in_flight": "--in-flight"}
        raise SetupError(
            f"{options.get(str(error['loc'][0]), error['loc'][0])}: {error['msg']}" for error in problem.errors()
        ) from None
    return campaign.model_copy(update={"pace": pace})
