"""Whether a run is begun at all: not over a finished list, not after its deadline, and not for nobody."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from dialer.domain.expected_list import looks_at_rows, too_old, unexpected
from dialer.domain.redaction import one_line
from dialer.domain.run import is_over
from dialer.domain.screening.hours import times_around
from dialer.domain.wording import counted, span
from dialer.errors import Hint, NothingToDoError, RefusedError, WorkLeftError
from dialer.ledger.reading import past_on_record, rows_on_record, work_on_record
from dialer.providers.sandbox import SANDBOX
from dialer.session.list_screening import ListScreening
from dialer.session.list_waiting import not_ready, not_whole
from dialer.session.open_runs import left_open, told_of_work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import time
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

HALF_A_DAY = timedelta(hours=12)
"""For so long after `[run] not_after` a start is that night's, come too late, and for so long before it in time.

A machine that was off over night catches up in the morning: then it is late for last night, not early for the next.
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


class Foreseen(NamedTuple):
    """Why a run would be refused at a moment, and what is to be known before one, that among it; a sentence each.

    That `nobody` can be dialled is no refusal of a list that a person has named to see what is in it.
    """

    refusals: Sequence[str]
    nobody: bool
    notes: Sequence[str]


def refuse_late(plan: Plan, now: datetime) -> None:
    """Raise RefusedError where the campaign's deadline has just passed: what is begun now would run for a day."""
    deadline = deadline_around(plan, now)
    if deadline and now - deadline[0] <= TOO_LATE:
        raise RefusedError(
            f"too late: the deadline {deadline[0]:%Y-%m-%d %H:%M %Z} is past, and nobody was dialled; "
            "the next start is in time, or change [hours] deadline"
        )


def refuse_late_start(plan: Plan, now: datetime, *, begun: datetime | None) -> None:
    """Raise RefusedError where the time is past at which a campaign may still be begun.

    What was `begun` before it, on the same night, is gone on with.
    """
    around = _times_around(plan, plan.campaign.run.not_after, now)
    if around and _is_late_start(around, now) and not (begun and _is_of_the_night(begun, around[0])):
        raise RefusedError(
            f"too late: {around[0]:%Y-%m-%d %H:%M %Z} is past, and nobody was dialled; "
            "the next start is in time, or change [run] not_after"
        )


def _is_late_start(around: tuple[datetime, datetime], now: datetime) -> bool:
    return timedelta(0) < now - around[0] < HALF_A_DAY


def _is_of_the_night(begun: datetime, not_after: datetime) -> bool:
    return not_after - HALF_A_DAY <= begun <= not_after


def deadline_around(plan: Plan, now: datetime) -> tuple[datetime, datetime] | None:
    """Tell when the campaign's deadline was last, and when it is next, on its own clocks; None where there is none.

    The sandbox has one only where hours are enforced.
    """
    return _times_around(plan, plan.campaign.hours.deadline, now)


def _times_around(plan: Plan, clock: time | None, now: datetime) -> tuple[datetime, datetime] | None:
    rules = plan.campaign.hours
    if clock is None or (plan.provider == SANDBOX and not plan.choices.enforce_hours):
        return None
    zone = ZoneInfo(rules.timezone) if rules.timezone else None
    # Without a zone it is the machine's, which knows of its changes of clocks only by itself.
    last, coming = times_around(clock, now, lambda at: at.replace(tzinfo=zone) if zone else at.astimezone())
    return last.astimezone(zone), coming.astimezone(zone)


def foreseen(plan: Plan, digest: str, path: Path, outcomes: Mapping[Outcome, int], now: datetime) -> Foreseen:
    """Tell what would keep a run of a list from being begun at a moment, and what earlier runs have left."""
    sandbox = plan.provider == SANDBOX
    finished, left = work_on_record(plan.ledger, plan.campaign.name, digest, sandbox=sandbox)
    deadline = deadline_around(plan, now)
    start = _times_around(plan, plan.campaign.run.not_after, now)
    against = {
        "its deadline has passed": deadline is not None and now - deadline[0] <= TOO_LATE,
        "it may not be begun any more ([run] not_after)": start is not None and _is_late_start(start, now),
    }
    before = rows_on_record(plan.ledger, plan.campaign.name, sandbox=sandbox)
    rules, still = plan.campaign.list_, not_whole(path, plan.campaign.list_, now)
    unready = not_ready(path, rules) if still else ""
    wait = span(rules.stable_wait.total_seconds())
    refusals = [
        *(why for why, holds in against.items() if holds),
        *([f"{unready}, and a run waits {wait} for it"] if unready else []),
        *filter(None, [too_old(rules, age_of(path, now))]),
        *unexpected(rules, outcomes, before=before),
    ]
    nobody = ["nobody can be dialled"] if is_over(outcomes) else []
    again = [f"run {finished} dialled this very list to its end (--list-again)"] if finished is not None else []
    why_not = [f"a run would not be begun: {why}" for why in (*again, *refusals, *nobody)]
    waits = [f"a run would wait: {still}"] if still and not unready else []
    return Foreseen(refusals, bool(nobody), [*why_not, *waits, *told_of_work(left, plan.choices)])


def refuse_old(plan: Plan, path: Path, now: datetime) -> None:
    """Raise RefusedError where a list is older than the campaign takes."""
    if said := too_old(plan.campaign.list_, age_of(path, now)):
        raise RefusedError(f"{one_line(str(path))}: {said}; no run was begun")


def age_of(path: Path, now: datetime) -> timedelta:
    """Tell how long ago a list was last changed; what comes in by standard input is new."""
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else timedelta(0)


def refuse_unexpected(ledger: Ledger | None, plan: Plan, contacts: ContactList, path: Path) -> None:
    """Raise RefusedError where the rows of a list are not what the campaign expects; reads them all if it must."""
    if not looks_at_rows(plan.campaign.list_):
        return
    before = ledger and ledger.finished(plan.campaign.name, None, sandbox=plan.provider == SANDBOX)
    found: Counter[Outcome] = Counter()
    for screened in contacts.chunks():
        found.update(screened.counts())
    if said := unexpected(plan.campaign.list_, found, before=before.rows if before else None):
        raise RefusedError(f"{one_line(str(path))}: {'; '.join(said)}; no run was begun", hint=_says_why(plan, path))


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
        hint=_says_why(plan, path),
    )


def _says_why(plan: Plan, path: Path) -> Hint:
    return Hint(("check", path, *(["-c", plan.choices.campaign] if plan.choices.campaign else [])), "says why")
