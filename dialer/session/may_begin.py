"""Whether a run is begun at all: not over a finished list, not after its deadline, and not for nobody."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer.domain.redaction import one_line
from dialer.domain.run import is_over
from dialer.domain.screening.hours import times_around
from dialer.domain.wording import counted
from dialer.errors import Hint, NothingToDoError, RefusedError, WorkLeftError
from dialer.ledger.reading import past_on_record, work_on_record
from dialer.providers.sandbox import SANDBOX
from dialer.session.list_screening import ListScreening
from dialer.session.open_runs import left_open, told_of_work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.call import Outcome
    from dialer.ledger.port import Ledger
    from dialer.lists.contacts import ContactList
    from dialer.session.plan import Plan

TOO_LATE = timedelta(hours=4)
"""For so long after a deadline a start is that day's, come too late; after that it is early for the next deadline.

A machine that was down, or a scheduler that catches up, is late by minutes or a few hours. An evening's deadline and
the next morning's start are at least twice as far apart.
"""


def refuse_finished(ledger: Ledger, plan: Plan, contacts: ContactList, path: Path) -> None:
    """Raise NothingToDoError where this campaign has dialled this very list, by whatever name, to its end."""
    finished = ledger.finished(plan.campaign.name, contacts.digest, sandbox=plan.provider == SANDBOX)
    if finished is None or finished.ended_at is None:
        return
    what = (
        f"{one_line(str(path))} was dialled to its end by run {finished.number} of {plan.campaign.name} on "
        f"{finished.ended_at:%Y-%m-%d %H:%M} UTC (--list-again dials it once more)"
    )
    found = ledger.leftovers(plan.campaign.name, sandbox=plan.provider == SANDBOX)
    if others := [other for other in found if other.rows]:
        words = ("resume", others[0].run) if len(others) == 1 else ("resume",)
        raise WorkLeftError(
            "; ".join([f"no new list: {what}", *map(left_open, others)]), hint=Hint(words, "goes on with it")
        )
    raise NothingToDoError(f"nothing to do: {what}", hint=Hint(("report", finished.number), "writes its results again"))


def refuse_late(plan: Plan, now: datetime) -> None:
    """Raise RefusedError where the campaign's deadline has just passed: what is begun now would run for a day."""
    deadline = deadline_around(plan, now)
    if deadline and now - deadline[0] <= TOO_LATE:
        raise RefusedError(
            f"too late: the deadline {deadline[0]:%Y-%m-%d %H:%M %Z} is past, and nobody was dialled; "
            "the next start is in time, or change [hours] deadline"
        )


def deadline_around(plan: Plan, now: datetime) -> tuple[datetime, datetime] | None:
    """Tell when the campaign's deadline was last, and when it is next, on its own clocks; None where there is none.

    The sandbox has one only where hours are enforced.
    """
    rules = plan.campaign.hours
    if rules.deadline is None or (plan.provider == SANDBOX and not plan.choices.enforce_hours):
        return None
    zone = ZoneInfo(rules.timezone) if rules.timezone else None
    # Without a zone it is the machine's, which knows of its changes of clocks only by itself.
    last, coming = times_around(rules.deadline, now, lambda at: at.replace(tzinfo=zone) if zone else at.astimezone())
    return last.astimezone(zone), coming.astimezone(zone)


def foreseen(plan: Plan, digest: str, outcomes: Mapping[Outcome, int], now: datetime) -> Sequence[str]:
    """Tell what would keep a run from being begun at a moment, and what earlier runs have left."""
    finished, left = work_on_record(plan.ledger, plan.campaign.name, digest, sandbox=plan.provider == SANDBOX)
    deadline = deadline_around(plan, now)
    against = {
        f"run {finished} dialled this very list to its end (--list-again)": finished is not None,
        "its deadline has passed": deadline is not None and now - deadline[0] <= TOO_LATE,
        "nobody can be dialled": is_over(outcomes),
    }
    return [
        *(f"a run would not be begun: {why}" for why, holds in against.items() if holds),
        *told_of_work(left, plan.choices),
    ]


def refuse_for_nobody(plan: Plan, contacts: ContactList, path: Path, *, now: datetime, again: bool) -> None:
    """Raise RefusedError where nobody of a list may be dialled, now or later; reads no further than it must."""
    outcomes: Counter[Outcome] = Counter()
    with past_on_record(plan.ledger, sandbox=plan.provider == SANDBOX) as past:
        for screened in map(ListScreening(plan, contacts, past, now, again=again).screen, contacts.chunks()):
            outcomes.update(screened.counts())
            if not is_over(outcomes):
                return
    why = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common() if count)
    raise RefusedError(
        f"nobody can be dialled of the {counted(outcomes.total(), 'row')} of {one_line(str(path))}"
        + (f" ({why})" if why else ": it has nothing but headings")
        + "; no run was begun",
        hint=Hint(("check", path, *(["-c", plan.choices.campaign] if plan.choices.campaign else [])), "says why"),
    )
