"""What a command was asked to do, checked as a whole before anything else happens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from dialer.campaign_file import read_campaign
from dialer.domain.campaign import Campaign
from dialer.domain.phone import Phone
from dialer.domain.screening.consent_words import EDITION as CONSENT_EDITION
from dialer.domain.typed import typed
from dialer.errors import DialerError, Hint, LedgerError, SetupError
from dialer.lists.contacts import screened
from dialer.lists.table import open_table
from dialer.numbers.rules import EDITION as NUMBERS_EDITION
from dialer.reports.results import check_writable
from dialer.screening import tables as shipped
from dialer.screening.campaign import country_complaints
from dialer.session.overrides import with_list, with_pace
from dialer.session.pick_list import own_headings, refuse_results
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import date, timedelta

    from dialer.domain.call import CallRequest
    from dialer.engine.ports import Provider
    from dialer.lists.contacts import ContactList

T = TypeVar("T")

_AS_SET: Mapping[str, Any] = {"mode": "json", "exclude_unset": True, "warnings": False}
SANDBOX = "sandbox"
SANDBOX_CALLER = "+12025550100"
SANDBOX_FLOW = "sandbox-flow"


class ProviderModule(Protocol):
    """A file of `dialer.providers`: a provider is added by writing one and naming it in DIALER_PROVIDER.

    One that also has `body(request) -> bytes`, what is sent for a call, lets `dialer preview` show it.
    """

    def complaints(self, env: Mapping[str, str]) -> list[str]:
        """Name every setting this provider misses or cannot use."""

    def connect(
        self,
        env: Mapping[str, str],
        *,
        timeout: timedelta,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> AbstractAsyncContextManager[Provider]:
        """Open the provider for one run; `timeout` is for one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line says of a campaign; None leaves it to the environment and the campaign file."""

    campaign: Path | None = None
    flow_id: str | None = None
    caller_number: str | None = None
    region: str | None = None
    phone: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rate: float | None = None
    in_flight: int | None = None
    ledger: Path | None = None
    sandbox: bool = False
    enforce_hours: bool = False

    def typed(self, *words: object) -> str:
        """Write a command that means the same ledger, for a person to copy."""
        return typed(*words, ledger=self.ledger, sandbox=self.sandbox)

    def told(self, problem: DialerError) -> str:
        """Say what ended a command, and the command that helps, if there is one."""
        hint = problem.hint
        return f"{problem}; {self.typed(*hint.words)} {hint.does}" if hint else str(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign ready to be dialled: everything is known, and nothing has been touched yet."""

    campaign: Campaign
    choices: Choices
    flow_id: str
    caller_number: str
    provider: str
    env: Mapping[str, str]
    ledger: Path

    @property
    def rings(self) -> bool:
        """Whether its calls are held back as those are that ring at people: the sandbox rings nobody."""
        return self.choices.enforce_hours or not self.choices.sandbox

    @property
    def folder(self) -> Path:
        """Where the paths in its campaign file begin."""
        return self.choices.campaign.parent if self.choices.campaign else Path()

    def record(self) -> dict[str, object]:
        """Tell what a run remembers of its plan, without secrets: enough to plan it again, and to look at."""
        choices = {name: value for name, value in asdict(self.choices).items() if value is not None}
        choices |= {name: str(path.absolute()) for name, path in choices.items() if isinstance(path, Path)}
        campaign = self.campaign
        rules = campaign.parameters
        return {
            "choices": choices,
            "campaign": campaign.name,
            "provider": self.provider,
            "flow_id": self.flow_id,
            "caller_number": self.caller_number,
            "pace": campaign.pace.model_dump(mode="json"),
            "list": campaign.list_.model_dump(mode="json"),
            "objecting": campaign.suppression.model_dump(mode="json", exclude={"files"}),
            "parameters": rules and {name: rule.model_dump(**_AS_SET) for name, rule in rules.items()},
            "reader": reader_of_lists(),
        }


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "campaign": str,
    "flow_id": str,
    "caller_number": str,
    "region": str,
    "phone": str,
    "sheet": str,
    "header_row": int,
    "rate": (int, float),
    "in_flight": int,
    "ledger": str,
    "sandbox": bool,
    "enforce_hours": bool,
}
_PATHS = frozenset({"campaign", "ledger"})


def _is_choice(name: str, value: object) -> bool:
    return isinstance(value, _KINDS.get(name, object)) and "\0" not in str(value)


def reader_of_lists() -> str:
    """Name the versions that read a list: others may read a number otherwise, or say otherwise why they cannot."""
    rules = f"words of consent {CONSENT_EDITION}, numbers {NUMBERS_EDITION}"
    return f"dialer {version('dialer')} with phonenumbers {version('phonenumbers')}, {rules}"


def plan_again(settings: Mapping[str, object], choices: Choices) -> Choices:
    """Join what a run was started with and what is said now; what is said now wins. Raises LedgerError."""
    before = settings.get("choices", {})
    if not isinstance(before, dict) or not all(_is_choice(name, value) for name, value in before.items()):
        told = "the ledger is damaged: the run does not say what it was started with"
        raise LedgerError(told, hint=Hint(("verify",), "looks"))
    known = {name: Path(value) if name in _PATHS else value for name, value in before.items() if name in _KINDS}
    now = {name: value for name, value in asdict(choices).items() if value is not None and value is not False}
    return Choices(**{**known, **now})


def provider_module(env: Mapping[str, str]) -> ProviderModule:
    """Find the provider the environment names; raises SetupError for one that does not exist."""
    name = env.get("DIALER_PROVIDER", "cxone")
    if not name.isidentifier() or name.startswith("_"):
        raise SetupError(f"DIALER_PROVIDER: {name!r} is no provider's name")
    try:
        module = import_module(f"dialer.providers.{name}")
    except ModuleNotFoundError:
        raise SetupError(f"DIALER_PROVIDER: there is no provider {name!r}") from None
    if not hasattr(module, "connect"):
        raise SetupError(f"DIALER_PROVIDER: there is no provider {name!r}")
    return cast("ProviderModule", module)


def wire_of(plan: Plan, request: CallRequest) -> str | None:
    """Write a call as the plan's provider sends it, by that provider's own code; None where it does not tell.

    Raises ValueError for what cannot be sent.
    """
    # The sandbox is asked as CXone is.
    module = provider_module({"DIALER_PROVIDER": "cxone"} if plan.provider == SANDBOX else plan.env)
    body: Callable[[CallRequest], bytes] | None = getattr(module, "body", None)
    return body(request).decode() if body else None


class Complaints:
    """Collects what is wrong, so that all of it is said at once."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: list[str] = []

    def add(self, *complaints: str) -> None:
        """Note what is wrong."""
        self._found.extend(complaints)

    def trying(self, what: Callable[[], T], otherwise: T) -> T:
        """Do something; where it raises SetupError note why and go on with something else."""
        try:
            return what()
        except SetupError as problem:
            self.add(*problem.complaints)
            return otherwise

    def speak(self) -> None:
        """Raise SetupError if there is anything to complain about."""
        if self._found:
            raise SetupError(dict.fromkeys(self._found))


def make_plan(
    choices: Choices, env: Mapping[str, str], complaints: Complaints, *, name: str, dialling: bool = True
) -> Plan:
    """Join command line, environment and campaign file, in this order of precedence, and check the whole.

    `name` names a campaign that has no file. With `dialling`, everything a call needs must be there.
    """
    campaign = Campaign(name=name)
    if choices.campaign is not None:
        file = choices.campaign
        campaign = complaints.trying(lambda: read_campaign(file), campaign)
    campaign = complaints.trying(lambda: with_pace(campaign, choices), campaign)
    campaign = complaints.trying(lambda: with_list(campaign, choices), campaign)
    complaints.add(*country_complaints(campaign.hours))
    sandbox = choices.sandbox
    flow = choices.flow_id or env.get("CXONE_FLOW_ID") or campaign.flow_id or (SANDBOX_FLOW if sandbox else "")
    caller = choices.caller_number or env.get("CXONE_CALLER_NUMBER") or campaign.caller_number
    caller = _e164(caller or (SANDBOX_CALLER if sandbox else ""), complaints)
    if dialling:
        if not flow:
            complaints.add("no flow id: give --flow-id, CXONE_FLOW_ID or the campaign's flow_id")
        if not caller:
            complaints.add(
                "no caller number: give --caller-number, CXONE_CALLER_NUMBER or the campaign's caller_number"
            )
        if not sandbox:
            nothing: list[str] = []
            complaints.add(*complaints.trying(lambda: provider_module(env).complaints(env), nothing))
    return Plan(
        campaign=campaign,
        choices=choices,
        flow_id=flow,
        caller_number=caller,
        provider=SANDBOX if sandbox else env.get("DIALER_PROVIDER", "cxone"),
        env=env,
        ledger=ledger_path(env, given=choices.ledger, sandbox=sandbox),
    )


def open_contacts(
    path: Path | None, plan: Plan, complaints: Complaints, *, today: date | None = None
) -> ContactList | None:
    """Open the contact list by the campaign's rules; what is wrong with it goes to the complaints.

    Permissions are looked at as of `today`, which is the present day unless it is given.
    """
    if path is None:
        return None
    return complaints.trying(lambda: _opened(path, plan, today or datetime.now(UTC).date()), None)


def _opened(path: Path, plan: Plan, today: date) -> ContactList:
    campaign, rules = plan.campaign, plan.campaign.list_
    table = open_table(path, rules)
    # Where the campaign says what the headings are, or where, those of results are still their first row.
    refuse_results(own_headings(path, rules) if rules.headings or rules.header_row else table.headings, path)
    return screened(
        table,
        rules=rules,
        parameters=campaign.parameters,
        region=plan.choices.region,
        today=today,
        objecting=campaign.suppression,
        country_of=shipped.load().geography.country,
    )


def results_path(contacts: Path, given: Path | None, complaints: Complaints, *, kind: str = "results") -> Path:
    """Tell where results go: -o, else LIST.results.csv beside the list."""
    path = given or contacts.with_name(f"{contacts.name.removesuffix('.csv')}.{kind}.csv")
    complaints.trying(lambda: check_writable(path), None)
    return path.absolute()


def _e164(number: str, complaints: Complaints) -> str:
    text = "".join(character for character in number if character not in " ().-")
    if text:
        try:
            return Phone(text).e164
        except ValueError as problem:
            complaints.add(f"the caller number is {problem}")
    return ""
