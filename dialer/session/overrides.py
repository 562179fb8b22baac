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
        read = ListRules.model_validate(changes)
    except ValidationError as problem:
        options = (f"--{str(error['loc'][0]).replace('_', '-')}: {error['msg']}" for error in problem.errors())
        raise SetupError(list(options)) from None
    rules = campaign.list_.model_copy(update={key: getattr(read, key) for key in changes})
    return campaign.model_copy(update={"list_": rules})


def within_ceiling(campaign: Campaign, adapter: Adapter, env: Mapping[str, str]) -> Campaign:
    """Give the campaign with no more calls, a second and at a time, than its provider takes.

    A campaign that says nothing of either has the provider's. Raises SetupError where it asks for more.
    """
    pace, ceiling = campaign.pace, adapter.ceiling and adapter.ceiling(env)
    if not ceiling:
        return campaign
    limits = (
        ("calls_per_second", ceiling.calls, "calls a second", ", or --rate"),
        ("calls_at_a_time", ceiling.at_a_time, "calls at a time", ""),
    )
    changes, complaints = dict[str, float](), list[str]()
    for key, most, what, option in limits:
        said = getattr(pace, key)
        if most is None or (said is not None and said <= most):
            continue
        changes[key] = most
        if key in pace.model_fields_set and said is not None:
            more = f"{said:g} {what} are more than the {most:g} that {adapter.name} takes"
            complaints.append(f"{more}: {ceiling.why}; say {key} = {most:g} under [pace]{option}")
    if complaints:
        raise SetupError(complaints)
    return campaign.model_copy(update={"pace": pace.model_copy(update=changes)}) if changes else campaign


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
