"""`dialer call`: one call, as a run of one row, so that every promise of a run holds for it too."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from dialer.domain.call import NOT_RUNG
from dialer.domain.contact import Contact
from dialer.domain.run import NewRun, exit_code
from dialer.engine.ending import End
from dialer.errors import Exit
from dialer.numbers.reader import NumberReader
from dialer.providers.port import DESTINATION_NUMBER
from dialer.session.complaints import Complaints
from dialer.session.confirmation import agree_to_call
from dialer.session.dialling import dialled, leaving_work
from dialer.session.files import check_paths
from dialer.session.plan import make_plan
from dialer.session.prepared import Begun, Prepared
from dialer.session.stop import Stop
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.domain.call import Outcome
    from dialer.engine.ending import Ending
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.session.dialling import Dialled
    from dialer.session.request import Request


def prepare(request: Request, env: Mapping[str, str], *, number: str | None, params: Sequence[str]) -> PreparedCall:
    """Check all that one call needs; nothing is written, and nobody is dialled.

    With `force` in the request, calling hours, redial gap and caps are set aside; do-not-call lists never are.
    Raises SetupError with everything that is wrong.
    """
    began, choices = monotonic(), request.choices
    complaints = Complaints()
    plan = make_plan(choices, env, complaints, name="call")
    asked = number or plan.adapter.given(DESTINATION_NUMBER, env)
    if not asked:
        complaints.add(f"no number to call: name one, or set {plan.adapter.name_of(DESTINATION_NUMBER)}")
    rules = plan.campaign.list_
    reading = NumberReader(choices.region or rules.region, allow_unassigned=rules.allow_unassigned).read(asked)
    if asked and reading.number is None:
        complaints.add(f"the number cannot be called: {reading.message}")
    parameters = _parameters(params, complaints)
    misfit = plan.adapter.misfits(plan.flow_id, plan.caller_number)
    if misfit and reading.number and (said := misfit(reading.number, parameters)):
        complaints.add(f"the call cannot be sent: {said}")
    log = log_path(plan.ledger, given=request.log)
    check_paths(complaints, ledger=plan.ledger, campaign=choices.campaign, log=log)
    complaints.raise_if_any()
    contact = Contact(row=1, cells=(), number=reading.number or "", parameters=parameters)
    return PreparedCall(plan=plan, request=request, log=log, clock_began=began, contact=contact)


async def dial(
    prepared: PreparedCall, *, observers: Sequence[Observer] = (), stop: Stop | None = None
) -> dict[str, Any]:
    """Place one call in the running loop, screened as a run's would be; return what came of it as plain values.

    Raises DeclinedError where the request's `agreed` is asked and says no, before anything is written.
    """
    agree_to_call(prepared.request.agreed, prepared.plan, prepared.contact.number)
    async with dialled(prepared, observers=observers, stop=stop or Stop()) as done:
        with leaving_work():
            return _told(done, prepared.request)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall(Prepared):
    """One call that is ready to be placed; it waits for no run of its campaign."""

    is_alone = False

    contact: Contact

    def begin(self, ledger: Ledger, observer: Observer) -> Begun:  # noqa: ARG002 - there is nothing to tell of one row
        """Write the call into the ledger as a run of one row."""
        now = self.request.now()
        new = NewRun(
            campaign=self.plan.campaign.name,
            provider=self.plan.provider,
            list_path=None,
            digest=f"call at {now.isoformat()}",
            results=None,
            headings=(),
            settings=self.plan.record(),
        )
        return Begun(ledger.load(new, [[self.contact]], now=now), None)


def _told(done: Dialled, request: Request) -> dict[str, Any]:
    ledger, run, ending = done.ledger, done.run, done.ending
    if not ledger.close_if_over(run.number, now=request.now()):
        # One call is not resumed: what could not be placed now is for the person at the keyboard to repeat.
        ledger.abandon(run.number, now=request.now())
    (result,) = ledger.results(run.number)
    return {
        "run": run.number,
        "number": str(result.number),
        "outcome": str(result.outcome),
        "callId": result.call_id,
        "status": result.status,
        "error": ": ".join(filter(None, (ending.reason, ending.tip))) or result.error,
        "notes": list(done.notes),
        "exit_code": int(_exit(ending, ledger.counts(run.number))),
    }


def _exit(ending: Ending, counts: Mapping[Outcome, int]) -> Exit:
    if ending.end is not End.DONE:
        return Exit.SETUP if ending.end is End.SETTINGS else Exit.LEFT
    # Who asks for one call asks whether it was made.
    return Exit.PROBLEMS if NOT_RUNG & counts.keys() else exit_code(counts)


def _parameters(given: Sequence[str], complaints: Complaints) -> dict[str, object]:
    found: dict[str, object] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            complaints.add(f"--param {item!r}: write it as name=value")
        elif name in found:
            complaints.add(f"--param {name}: given twice")
        found[name] = value
    return found
