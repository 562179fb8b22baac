"""`dialer preview`: what exactly would be sent for one row of a list, to whom, and whether it may be now."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any

from dialer.domain.call import CallRequest, Outcome
from dialer.domain.parameters import Violation
from dialer.domain.problem import NOT_SENT
from dialer.domain.screening.candidate import Candidate
from dialer.errors import SetupError
from dialer.ledger.reading import past_on_record
from dialer.providers.sandbox import SANDBOX
from dialer.screening.place import place_of
from dialer.session.at_moment import read_moment
from dialer.session.complaints import Complaints
from dialer.session.environment import utc_now
from dialer.session.list_name import named_after
from dialer.session.list_screening import ListScreening
from dialer.session.pick_list import find_list
from dialer.session.plan import make_plan, open_contacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.lists.contacts import ContactList
    from dialer.lists.screened import ScreenedChunk
    from dialer.session.choices import Choices
    from dialer.session.plan import Plan


def preview(
    row: int, choices: Choices, env: Mapping[str, str], *, contacts: Path | None, at: str | None, again: bool = False
) -> dict[str, Any]:
    """Look one row up as `check` does and build its request as `run` would; nothing is sent, nothing is written.

    `row` is the one a spreadsheet shows. Raises SetupError where the list has no contact there.
    """
    complaints = Complaints()
    path = find_list(contacts, choices, complaints, env=env)
    plan = make_plan(choices, env, complaints, name=named_after(path), dialling=False)
    moment = complaints.collect(lambda: read_moment(at), utc_now())
    opened = open_contacts(path, plan, complaints, today=moment.astimezone(UTC).date())
    complaints.raise_if_any()
    if opened is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    # A row further down may say that this number must not be rung.
    opened.prove_readable()
    with past_on_record(plan.ledger, sandbox=plan.provider == SANDBOX) as past:
        screening = ListScreening(plan, opened, past, moment, again=again)
        screened, position = _find(row, opened)
        decided = screening.screen(screened)
        outcome = decided.outcome(position)
        number = decided.numbers[position] or ""
        candidate = Candidate(number, decided.address(position), row)
        verdict = {"outcome": str(outcome), "error": decided.error(position), "closes": None}
        if outcome is Outcome.READY and (closes := screening.closes(candidate)):
            verdict["closes"] = closes.isoformat(timespec="seconds")
    return {
        "row": row,
        "list": str(path),
        "campaign": plan.campaign.name,
        **_request(decided, position, plan, number),
        **_location(candidate, plan, moment),
        "not_sent": _not_sent(decided, position, plan, opened),
        "at": moment.isoformat(timespec="seconds"),
        "timezone": plan.campaign.hours.timezone,
        "verdict": verdict,
        "notes": list(screening.notes),
        "exit_code": 0,
    }


def _find(row: int, opened: ContactList) -> tuple[ScreenedChunk, int]:
    first = last = 0
    for screened in opened.chunks():
        if row in screened.rows:
            return screened, list(screened.rows).index(row)
        first, last = first or screened.rows[0], screened.rows[-1]
        if row < last:
            break
    raise SetupError(_nobody(row, first, last))


def _nobody(row: int, first: int, last: int) -> str:
    if not first:
        return f"the list has no row {row}: it has headings and no contact"
    if row < first:
        return f"row {row} is no contact: the headings are above row {first}, which is the first one"
    if row < last:
        return f"row {row} is empty"
    return f"the list has no row {row}: its last contact is row {last}"


def _request(screened: ScreenedChunk, position: int, plan: Plan, number: str) -> dict[str, Any]:
    """Build what would be sent by the provider's own code; a row that cannot be read has no parameters."""
    cells = screened.chunk.own(position)
    readable = all(problem.code != "row-width" for problem in screened.problems.get(position, ()))
    parameters = screened.contract.read(cells)[0] if readable else {}
    missing = ["caller number"] if plan.adapter.needs_caller and not plan.caller_number else []
    missing += [] if plan.flow_id else ["flow id"]
    try:
        request = CallRequest(plan.caller_number, number, plan.flow_id, parameters)
        wire = plan.adapter.body(request).decode() if plan.adapter.body else None
    except ValueError:
        wire = "nothing: what the row carries cannot be sent"
    return {
        "number": number or None,
        "caller_number": plan.caller_number or None,
        "flow_id": plan.flow_id or None,
        "parameters": parameters,
        "provider": plan.provider,
        "wire": wire,
        "missing": missing,
    }


def _location(candidate: Candidate, plan: Plan, moment: datetime) -> dict[str, Any]:
    said = {name: text for name, text in candidate.address._asdict().items() if text}
    if not candidate.number:
        nowhere: dict[str, Any] = {"jurisdictions": [], "zones": [], "local_time": [], "rules": []}
        return {"address": said, "known_from": "there is no number that could be dialled", **nowhere}
    return {"address": said, **place_of(candidate, plan.campaign, moment)}


def _not_sent(screened: ScreenedChunk, position: int, plan: Plan, opened: ContactList) -> list[dict[str, str]]:
    """Name the cells that no parameter carries; the number itself is sent as such."""
    cells, headings = screened.chunk.own(position), opened.headings
    sent = {headings.index(opened.phone_heading), *_carried(screened, cells, plan, headings)}
    left = [at for at in range(len(cells)) if at not in sent]
    return [{"column": headings[at] if at < len(headings) else "", "value": cells[at]} for at in left]


def _carried(screened: ScreenedChunk, cells: Sequence[str], plan: Plan, headings: Sequence[str]) -> Iterator[int]:
    if plan.campaign.parameters is None:
        yield from (at for at, name in enumerate(headings) if name.strip() and name not in NOT_SENT)
    for at, rule in screened.contract.columns:
        with suppress(Violation, IndexError):
            if rule.read(cells[at]) is not None or plan.adapter.by_place:  # there, it is sent empty
                yield at
