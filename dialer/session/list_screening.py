"""Screens a list as a run begun at a moment would, row by row; nothing is dialled and nothing written."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from dialer.domain.problem import ADDRESS_UNCLEAR, Problem
from dialer.domain.screening.location import NO_ADDRESS, AddressColumns, unclear
from dialer.domain.screening.rules import NO_CALLING_HOURS, Barred
from dialer.domain.screening.suppression import prefix_of
from dialer.lists.likely_region import MOST_CELLS, likely_regions
from dialer.reports.not_rung_reasons import Reasons
from dialer.reports.permission_report import PermissionTally
from dialer.screening import tables as shipped
from dialer.session.screened_session import open_screening

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.domain.screening.candidate import Candidate
    from dialer.lists.contacts import ContactList
    from dialer.lists.screened import ScreenedChunk
    from dialer.reports.problems import Group
    from dialer.screening.campaign_screening import Past
    from dialer.session.plan import Plan


class ListScreening:
    """Screens the chunks of a list as a run begun at a moment would, and counts when the others may be rung."""

    def __init__(self, plan: Plan, opened: ContactList, past: Past | None, moment: datetime, *, again: bool) -> None:
        """Read what the list is screened by; raises SetupError where a do-not-call file cannot be used."""
        wanted = None
        if plan.campaign.suppression.files:  # of which only what begins as the list's numbers do is kept in memory
            numbers = (number for screened in opened.chunks() for number in screened.numbers if number)
            wanted = frozenset(map(prefix_of, numbers))
        made = open_screening(plan, past, wanted=wanted, again=again, today=moment.astimezone(UTC).date())
        self.opens: Counter[datetime] = Counter()
        self._reasons, self._cells, self._numbers = Reasons(), list[str](), list[str]()
        self._zone, self._has_windows = plan.campaign.hours.timezone, bool(plan.campaign.hours.windows)
        self.notes = tuple(made.notes)
        self.record = made.record
        self.tally = PermissionTally(opened.permission, opened.today)
        self._moment = moment
        self._headings = opened.headings
        self._geography = shipped.load().geography
        self._screening = made.screening

    def screen(self, screened: ScreenedChunk) -> ScreenedChunk:
        """Set aside who may not be rung at the moment."""
        self.tally.look_at(screened)
        positions, candidates = screened.candidates()
        verdicts = self._screening.screen(candidates, self._moment)
        barred = {at: verdict for at, verdict in zip(positions, verdicts, strict=True) if isinstance(verdict, Barred)}
        self.opens.update(verdict.opens for verdict in barred.values() if verdict.opens)
        self._reasons.look_at(barred, screened.rows)
        self._sample(screened, candidates)
        return self._with_doubts(screened, positions, candidates).without(barred)

    def closes(self, candidate: Candidate) -> datetime | None:
        """Tell until when somebody may be rung who may be at the moment; None where nothing ends it."""
        (verdict,) = self._screening.screen([candidate], self._moment)
        return None if isinstance(verdict, Barred) else verdict.closes

    def _sample(self, screened: ScreenedChunk, candidates: Sequence[Candidate]) -> None:
        """Keep a few cells that lack a country, and a few numbers, to propose one by."""
        self._numbers += [candidate.number for candidate in candidates[: MOST_CELLS - len(self._numbers)]]
        for problems in screened.problems.values() if len(self._cells) < MOST_CELLS else ():
            self._cells += [problem.value for problem in problems if problem.code == "number-no-country"]

    def explained(self, groups: Sequence[Group]) -> Sequence[Group]:
        """Give the groups with what this list needs, and with the reasons behind who is not rung."""
        for group in groups:
            code = group.rule.code
            if code == "number-no-country":
                likely = _proposed(likely_regions(self._cells, self._numbers))
                group.cure = f"say {likely}, or region under [list] in the campaign"
            elif self._reasons.of(code):
                group.reasons = self._reasons.lines(code, self._zone)
                if code == NO_CALLING_HOURS.code:
                    self._with_own_hours(group)
                group.reasons_json = self._reasons.as_json(code)
        return groups

    def _with_own_hours(self, group: Group) -> None:
        """Say which one key of the campaign lets countries be rung of which no hours are known."""
        group.paste = self._reasons.to_paste(group.rule.code, has_windows=self._has_windows)
        if group.paste:
            where = "add to windows under [hours]" if self._has_windows else "say under [hours]"
            group.reasons = [*group.reasons, f"to ring them, {where} in the campaign, with hours you can answer for:"]
        if group.paste and all(reason.countries for reason, _, _ in self._reasons.of(group.rule.code)):
            countries = ", ".join(self._reasons.countries(group.rule.code))
            group.cure = f"give the campaign hours for {countries}, such as you can answer for: windows under [hours]"

    def _with_doubts(
        self, screened: ScreenedChunk, positions: Sequence[int], candidates: Sequence[Candidate]
    ) -> ScreenedChunk:
        """Give the rows with a warning for every address that is not understood; rows that have one keep their own."""
        doubts: dict[int, Problem] = {}
        if screened.columns == AddressColumns():
            return screened
        for at, (number, address, _) in zip(positions, candidates, strict=True):
            if address == NO_ADDRESS or at in screened.warnings:
                continue
            if part := unclear(address, self._geography, nanp=number.startswith("+1")):
                heading = self._headings[getattr(screened.columns, part)]
                doubts[at] = Problem("address-unclear", ADDRESS_UNCLEAR, heading, getattr(address, part))
        return replace(screened, warnings=dict(sorted({**screened.warnings, **doubts}.items()))) if doubts else screened


def _proposed(regions: Sequence[str]) -> str:
    if len(regions) == 1:
        return f"--region {regions[0]} if these are {regions[0]} numbers"
    if regions:
        return f"--region {', '.join(regions[:-1])} or {regions[-1]}, whichever country these numbers are of"
    return "--region, such as US, if all are of one country"
