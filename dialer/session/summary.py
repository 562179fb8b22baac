"""How a session of a run went, for whoever reads the summary or its exit code."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.moments import told
from dialer.domain.run import exit_code, is_over
from dialer.domain.wording import counted
from dialer.engine.runner import End
from dialer.errors import Exit
from dialer.providers.sandbox import SANDBOX
from dialer.reports.summary import Summary
from dialer.session.open_runs import earlier_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.run import Run
    from dialer.engine.runner import Ending
    from dialer.ledger.port import Ledger
    from dialer.session.plan import Choices

NOBODY_WAS_RUNG = "this was the sandbox: nobody was rung"


def _code(end: End, counts: Mapping[Outcome, int]) -> Exit:
    """Tell how a session went: what it was told to leave, by hours, a deadline or a number of calls, is no failure."""
    if end is End.SETTINGS:
        return Exit.SETUP  # nobody was asked for anything
    if not is_over(counts):
        return Exit.PLANNED if end in {End.DONE, End.DEADLINE} else Exit.LEFT
    return exit_code(counts) if end in {End.DONE, End.DEADLINE, End.INTERRUPTED} else Exit.LEFT


def told_of(
    ledger: Ledger,
    current: Run,
    choices: Choices,
    ending: Ending,
    found: float | None,
    *,
    began: float,
    zone: str | None,
) -> Summary:
    """Tell how a session of a run went: its counts, and what to know and to do next, `found` being a limit of calls."""
    counts = ledger.counts(current.number)
    notes = []
    if ending.reason:
        said = ": ".join(filter(None, (ending.reason, ending.tip)))
        notes.append(said if ending.end is End.DONE else f"{ending.end}: {said}")
    deferred, opens = counts.get(Outcome.DEFERRED), ledger.first_opening(current.number)
    if deferred and opens:
        notes.append(f"{counted(deferred, 'row')} outside calling hours; the first open {told(opens, zone)}")
    if left := sum(counts.get(outcome, 0) for outcome in OPEN):
        notes.append(f"{counted(left, 'row')} left: {choices.typed('resume', current.number)}")
    notes += earlier_work(ledger, current, choices)
    if counts.get(Outcome.UNKNOWN):
        notes.append("unknown rows may have rung and are not dialled again by themselves")
    if found is not None:
        notes.append(f"the provider throttled: it took about {found:.3g} calls a second")
    if current.provider == SANDBOX:
        notes.append(NOBODY_WAS_RUNG)
    return Summary(
        run=current.number,
        campaign=current.campaign,
        rows=current.rows,
        outcomes=counts,
        list_path=current.list_path,
        results=None if current.is_single else current.results,
        seconds=monotonic() - began,
        exit_code=_code(ending.end, counts),
        notes=tuple(notes),
        statuses=ledger.statuses(current.number),
        extra={"ended": str(ending.end), "reason": ending.reason, "tip": ending.tip, "found_limit": found},
    )
