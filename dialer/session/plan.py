"""What a command was asked to do, checked as a whole before anything else happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dialer.campaign_file import read_campaign
from dialer.domain.campaign import Campaign
from dialer.domain.phone import Phone
from dialer.domain.recorded_plan import RecordedChoices, RecordedPlan, RecordedStart
from dialer.domain.screening.consent_words import EDITION as CONSENT_EDITION
from dialer.errors import Hint, LedgerError, SetupError
from dialer.lists.contacts import open_list
from dialer.lists.records import open_records
from dialer.numbers.rules import EDITION as NUMBERS_EDITION
from dialer.providers.port import CALLER_NUMBER, FLOW_ID, find_adapter
from dialer.providers.sandbox import SANDBOX, rehearsing
from dialer.screening import tables as shipped
from dialer.screening.campaign_rules import country_complaints
from dialer.session.choices import Choices
from dialer.session.complaints import Complaints
from dialer.session.overrides import with_list, with_pace, within_ceiling
from dialer.session.pick_list import own_headings, refuse_results
from dialer.settings import ledger_path, read_dotenv, under, with_files_read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from dialer.domain.run import Run
    from dialer.lists.contacts import ContactList
    from dialer.providers.port import Adapter


DEFAULT_PROVIDER = "cxone"  #: the one that the tutorial behind this program uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign ready to be dialled: everything is known, and nothing has been touched yet."""

    campaign: Campaign
    choices: Choices
    flow_id: str
    caller_number: str
    adapter: Adapter
    env: Mapping[str, str]
    ledger: Path

    @property
    def provider(self) -> str:
        """The name of the provider that places its calls."""
        return self.adapter.name

    @property
    def rings(self) -> bool:
        """Whether its calls are held back as those are that ring at people: the sandbox rings nobody."""
        return self.choices.enforce_hours or not self.choices.sandbox

    @property
    def folder(self) -> Path:
        """Where the paths in its campaign file begin."""
        return self.choices.campaign.parent if self.choices.campaign else Path()

    def record(self) -> dict[str, Any]:
        """Tell what a run remembers of its plan, as plain values."""
        campaign, said = self.campaign, self.choices.provider
        return RecordedPlan(
            # A rehearsal is gone on with, and its list read again, as it was begun.
            choices=RecordedChoices(**asdict(self.choices) | {"provider": self.adapter.stands_for or said}),
            campaign=campaign.name,
            provider=self.provider,
            flow_id=self.flow_id,
            caller_number=self.caller_number,
            pace=campaign.pace.model_dump(mode="json"),
            redial=campaign.redial.model_dump(mode="json", exclude={"after", "caps"}) if campaign.redial.on else {},
            list=campaign.list_,
            objecting=campaign.suppression,
            parameters=campaign.parameters,
            reader=reader_of_lists(),
        ).settings()


def reader_of_lists() -> str:
    """Name the versions that read a list: others may read a number otherwise, or say otherwise why they cannot."""
    rules = f"words of consent {CONSENT_EDITION}, numbers {NUMBERS_EDITION}"
    return f"dialer {version('dialer')} with phonenumbers {version('phonenumbers')}, {rules}"


def plan_again(settings: Mapping[str, object], choices: Choices) -> Choices:
    """Join what a run was started with and what is said now; what is said now wins. Raises LedgerError."""
    try:
        before = RecordedStart.model_validate(settings).choices
    except ValidationError:
        told = "the ledger is damaged: the run does not say what it was started with"
        raise LedgerError(told, hint=Hint(("verify",), "looks")) from None
    now = {name: value for name, value in asdict(choices).items() if value is not None and value is not False}
    return Choices(**{**before.given(), **now})


def make_plan(
    choices: Choices,
    env: Mapping[str, str],
    complaints: Complaints,
    *,
    name: str,
    dialling: bool = True,
    chosen_by: str = "--provider",
) -> Plan:
    """Join command line, environment and campaign file, in this order of precedence, and check the whole.

    `name` names a campaign that has no file. With `dialling`, everything a call needs must be there. `chosen_by` says
    where the provider of the choices was named.
    """
    campaign = Campaign(name=name)
    if choices.campaign is not None:
        file = choices.campaign
        campaign = complaints.collect(lambda: read_campaign(file), campaign)
    campaign = complaints.collect(lambda: with_pace(campaign, choices), campaign)
    campaign = complaints.collect(lambda: with_list(campaign, choices), campaign)
    complaints.add(*country_complaints(campaign.hours))
    ledger = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    env = _with_campaigns_own(env, choices, ledger, complaints)
    asked = _adapter(choices, env, campaign, complaints, chosen_by=chosen_by)
    adapter = asked or find_adapter(DEFAULT_PROVIDER)
    secrets = [setting.name for setting in adapter.settings if setting.secret and dialling]
    env = complaints.collect(lambda: with_files_read(env, secrets), env)
    flow = choices.flow_id or adapter.given(FLOW_ID, env) or campaign.flow_id or adapter.defaults.get(FLOW_ID, "")
    caller = choices.caller_number or adapter.given(CALLER_NUMBER, env) or campaign.caller_number
    caller = _e164(caller or adapter.defaults.get(CALLER_NUMBER, ""), complaints)
    if dialling and asked:  # what another provider would need is no help
        if not flow:
            complaints.add(f"no flow id: give {adapter.where_to_give(FLOW_ID)}")
        if not caller and adapter.needs_caller:
            complaints.add(f"no caller number: give {adapter.where_to_give(CALLER_NUMBER)}")
        complaints.add(*adapter.complaints(env, flow_id=flow, caller_number=caller))
    if campaign.run.reached and asked and not adapter.reached_statuses:
        complaints.add(f"[run] reached cannot be kept: {adapter.name} does not tell who picked up; leave it out")
    campaign = complaints.collect(lambda: within_ceiling(campaign, adapter, env), campaign)
    return Plan(
        campaign=campaign,
        choices=choices,
        flow_id=flow,
        caller_number=caller,
        adapter=adapter,
        env=env,
        ledger=ledger,
    )


def _with_campaigns_own(
    env: Mapping[str, str], choices: Choices, ledger: Path, complaints: Complaints
) -> Mapping[str, str]:
    """Add what the .env beside the campaign file says and nobody else does, but for the ledger.

    Which ledger is meant has to be the same for every command, also for one that is told of no campaign.
    """
    if choices.campaign is None:
        return env
    folder = choices.campaign.parent
    beside = complaints.collect(lambda: read_dotenv(folder), dict[str, str]())
    named = complaints.collect(lambda: ledger_path(beside, given=choices.ledger, sandbox=choices.sandbox), ledger)
    if "DIALER_LEDGER" in beside and named.absolute() != ledger.absolute():
        complaints.add(
            f"{folder / '.env'} says another DIALER_LEDGER than the one in use, {ledger}: put it into the environment, "
            "where every command finds it, or name it with --ledger"
        )
    return under({name: value for name, value in beside.items() if name != "DIALER_LEDGER"}, env)


def _adapter(
    choices: Choices, env: Mapping[str, str], campaign: Campaign, complaints: Complaints, *, chosen_by: str
) -> Adapter | None:
    said = (
        (chosen_by, choices.provider),
        ("DIALER_PROVIDER", env.get("DIALER_PROVIDER")),
        ("the campaign's provider", campaign.provider),
    )
    where, name = next(((where, name) for where, name in said if name), ("", DEFAULT_PROVIDER))
    try:
        adapter = rehearsing(DEFAULT_PROVIDER if name == SANDBOX else name) if choices.sandbox else find_adapter(name)
    except SetupError as problem:
        complaints.add(f"{where}: {problem}")
        return None
    if adapter.name == SANDBOX and not choices.sandbox:  # its calls would stand beside those that rang somebody
        complaints.add(f"{where}: the sandbox is asked for with --sandbox, which has a ledger of its own")
        return None
    return adapter


def open_contacts(path: Path | None, plan: Plan, complaints: Complaints, *, today: date) -> ContactList | None:
    """Open the contact list by the campaign's rules; what is wrong with it goes to the complaints.

    Permissions are looked at as of `today`.
    """
    if path is None:
        return None
    return complaints.collect(lambda: _opened(path, plan, today), None)


def _opened(path: Path, plan: Plan, today: date) -> ContactList:
    campaign, rules = plan.campaign, plan.campaign.list_
    records = open_records(path, rules)
    # Where the campaign says what the headings are, or where, those of results are still their first row.
    refuse_results(own_headings(path, rules) if rules.headings or rules.header_row else records.headings, path)
    return open_list(
        records,
        rules=rules,
        parameters=campaign.parameters,
        region=plan.choices.region,
        today=today,
        objecting=campaign.suppression,
        country_of=shipped.load().geography.country,
        misfit=plan.adapter.misfits(plan.flow_id, plan.caller_number),
        by_place=plan.adapter.by_place,
    )


def _e164(number: str, complaints: Complaints) -> str:
    if number:
        try:
            return Phone.written(number).e164
        except ValueError as problem:
            complaints.add(f"the caller number is {problem}")
    return ""


def plan_for(current: Run, choices: Choices, env: Mapping[str, str]) -> Plan:
    """Plan a run of the ledger again; raises SetupError where it cannot be as it was."""
    again = plan_again(current.settings, choices)
    again = replace(again, ledger=ledger_path(env, given=choices.ledger, sandbox=choices.sandbox))
    if not choices.provider and current.provider != SANDBOX:
        again = replace(again, provider=current.provider)  # whatever is set by now, it has the run's calls
    complaints = Complaints()
    chosen_by = "--provider" if choices.provider else f"what placed the calls of run {current.number}"
    plan = make_plan(again, env, complaints, name=current.campaign, chosen_by=chosen_by)
    complaints.raise_if_any()
    if plan.provider != current.provider:
        raise SetupError(f"run {current.number} was dialled by {current.provider}, not by {plan.provider}")
    if plan.campaign.name != current.campaign:
        raise SetupError(f"run {current.number} is of the campaign {current.campaign!r}, not {plan.campaign.name!r}")
    return plan
