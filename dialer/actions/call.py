"""`dialer call`: one call, as a run of one row, so that every promise of a run holds for it too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from dialer.actions.run import engine_rules, leaving_work
from dialer.domain.call import NOT_RUNG
from dialer.domain.contact import Contact
from dialer.domain.run import NewRun, exit_code
from dialer.engine.pacing import LocalPace
from dialer.engine.runner import End, Ending, Runner
from dialer.errors import Exit
from dialer.events.journal import Journal
from dialer.ledger.port import Ledger, open_ledger
from dialer.numbers.reader import NumberReader
from dialer.providers.port import DESTINATION_NUMBER
from dialer.session.confirmation import agree_to_call
from dialer.session.files import check_paths
from dialer.session.plan import Complaints, make_plan
from dialer.session.ready import admit
from dialer.session.world import open_provider, real_clock, two_signals, utc_now
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.domain.call import Outcome
    from dialer.domain.run import Run
    from dialer.ledger.parts import SessionWork
    from dialer.session.confirmation import Agreed
    from dialer.session.plan import Choices, Plan
    from dialer.session.ready import Admission


def call(
    number: str | None,
    choices: Choices,
    env: Mapping[str, str],
    *,
    params: Sequence[str],
    log: Path | None = None,
    force: bool = False,
    agreed: Agreed | None = None,
) -> dict[str, Any]:
    """Place one call, screened as a run's would be; return what came of it as plain values.

    With `force`, calling hours, redial gap and caps are set aside; do-not-call lists never are.
    Raises SetupError with everything that is wrong, and DeclinedError where `agreed` is asked and says no, before
    anything is written or dialled.
    """
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
    log = log_path(plan.ledger, given=log)
    check_paths(complaints, ledger=plan.ledger, campaign=choices.campaign, log=log)
    complaints.speak()
    contact = Contact(row=1, cells=(), number=reading.number or "", parameters=parameters)
    agree_to_call(agreed, plan, contact.number)
    with open_ledger(plan.ledger) as ledger, Journal(log, now=utc_now) as journal:
        ledger.prove_whole()
        return _place(ledger, plan, contact, journal, force=force)


def _place(ledger: Ledger, plan: Plan, contact: Contact, journal: Journal, *, force: bool) -> dict[str, Any]:
    began, now = monotonic(), utc_now()
    new = NewRun(
        campaign=plan.campaign.name,
        provider=plan.provider,
        list_path=None,
        digest=f"call at {now.isoformat()}",
        results=None,
        headings=(),
        settings=plan.record(),
    )
    run = ledger.load(new, [[contact]], now=now)
    admission = admit(ledger, run, plan, force=force)
    journal.started(run=run.number, campaign=run.campaign, rows=1, outcomes=ledger.counts(run.number), again=False)
    with leaving_work():
        ending = asyncio.run(_session(admission.work, plan, journal))
        return _told(ledger, run, admission, ending, journal, began=began)


def _told(
    ledger: Ledger, run: Run, admission: Admission, ending: Ending, journal: Journal, *, began: float
) -> dict[str, Any]:
    if not ledger.close_if_over(run.number, now=utc_now()):
        # One call is not resumed: what could not be placed now is for the person at the keyboard to repeat.
        ledger.abandon(run.number, now=utc_now())
    counts = ledger.counts(run.number)
    reason = ": ".join(filter(None, (ending.reason, ending.tip)))
    journal.ended(end=ending.end, reason=reason, outcomes=counts, seconds=monotonic() - began)
    (result,) = ledger.results(run.number)
    notes = [*admission.notes, *filter(None, [ledger.rescued(Path.cwd())])]
    return {
        "run": run.number,
        "number": str(result.number),
        "outcome": str(result.outcome),
        "callId": result.call_id,
        "status": result.status,
        "error": reason or result.error,
        "notes": notes,
        "exit_code": int(_exit(ending, counts)),
    }


def _exit(ending: Ending, counts: Mapping[Outcome, int]) -> Exit:
    if ending.end is not End.DONE:
        return Exit.SETUP if ending.end is End.SETTINGS else Exit.LEFT
    # Who asks for one call asks whether it was made.
    return Exit.PROBLEMS if NOT_RUNG & counts.keys() else exit_code(counts)


async def _session(work: SessionWork, plan: Plan, journal: Journal) -> Ending:
    clock = real_clock()
    rules = engine_rules(plan, in_flight=1)
    pace = LocalPace(plan.campaign.pace.calls_per_second, clock=clock.ticks)
    async with open_provider(plan) as provider:
        runner = Runner(work=work, provider=provider, pace=pace, rules=rules, clock=clock, watcher=journal)
        ending = Ending(end=End.INTERRUPTED, reason="stopped at once: the call may have rung")

        def first_signal() -> None:
            journal.stopping("stopped")
            runner.stop(Ending(end=End.INTERRUPTED, reason="stopped"))

        try:
            with two_signals(first=first_signal):
                ending = await runner.run()
        except asyncio.CancelledError:
            pass
    return ending


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
