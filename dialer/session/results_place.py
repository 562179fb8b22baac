"""Where the results of a run go: -o, else what the campaign says, else beside the list; and the latest ones' copy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer.domain.campaign import ListRules
from dialer.domain.redaction import one_line
from dialer.errors import SetupError
from dialer.providers.sandbox import SANDBOX
from dialer.reports.results import check_writable, is_results, replacing
from dialer.session.list_name import named_after
from dialer.session.pick_list import own_headings

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.complaints import Complaints
    from dialer.session.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPlace:
    """The file that a run's results go to; of a `pattern` in the `folder` the {date} and {run} are still to be said."""

    folder: Path
    pattern: str
    is_filled: bool
    zone: str | None

    def of(self, number: int, started_at: datetime) -> Path:
        """Name the file of a run by its number and the day of its start, on the campaign's clock."""
        said = self.pattern
        if not self.is_filled:
            date = f"{started_at.astimezone(ZoneInfo(self.zone) if self.zone else None):%Y-%m-%d}"
            said = said.replace("{date}", date).replace("{run}", str(number))
        return Path(os.path.normpath(self.folder / said))

    def make_folder(self, now: datetime) -> None:
        """Make the folder of a file that the campaign names; raises SetupError."""
        folder = self.of(0, now).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise SetupError(f"the folder {folder} of the results cannot be made: {problem.strerror}") from problem


def results_place(
    plan: Plan, contacts: Path, given: Path | None, complaints: Complaints, now: datetime
) -> ResultsPlace:
    """Tell where the results of a list go, and complain where they or the latest copy cannot be written."""
    file, zone = plan.campaign.results.file, plan.campaign.hours.timezone
    if file is None or given:
        path = (given or contacts.with_name(f"{contacts.name.removesuffix('.csv')}.results.csv")).absolute()
        place = ResultsPlace(folder=path.parent, pattern=path.name, is_filled=True, zone=zone)
        complaints.collect(lambda: check_writable(path), None)
    else:
        place = ResultsPlace(folder=_folder(plan), pattern=_filled(plan, file, contacts), is_filled=False, zone=zone)
        complaints.collect(lambda: _check_place(place.of(0, now)), None)
    if latest := latest_of(plan, contacts):
        complaints.collect(lambda: _check_latest(latest, place.of(0, now)), None)
    return place


def latest_of(plan: Plan, contacts: Path | None) -> Path | None:
    """Tell where the latest results are kept once more; None where nowhere, and for what rings nobody."""
    latest = plan.campaign.results.latest
    if latest is None or contacts is None or plan.provider == SANDBOX:
        return None
    return Path(os.path.normpath(_folder(plan) / _filled(plan, latest, contacts)))


def keep_latest(ledger: Ledger, plan: Plan, run: Run) -> str:
    """Put a copy of a run's results in the place of the latest, in one step; say why where it could not be done.

    Only the newest run of the campaign does: an older one that is gone on with leaves the copy as it is.
    """
    latest = latest_of(plan, run.list_path)
    if latest is None or run.results is None or _newest(ledger, run.campaign) != run.number:
        return ""
    try:
        latest.parent.mkdir(parents=True, exist_ok=True)
        with run.results.open("rb") as results, replacing(latest) as file:
            copyfileobj(results, file.buffer)
    except OSError as problem:
        return f"{one_line(str(latest))} could not be replaced, and holds older results: {problem.strerror}"
    return ""


def _newest(ledger: Ledger, campaign: str) -> int | None:
    return next((run.number for run in ledger.runs() if run.campaign == campaign and not run.is_single), None)


def _folder(plan: Plan) -> Path:
    return plan.folder.resolve()  # before `..` in a pattern is left out: the folder may be a symbolic link


def _filled(plan: Plan, pattern: str, contacts: Path) -> str:
    return pattern.replace("{campaign}", plan.campaign.name).replace("{list}", named_after(contacts))


def _check_place(path: Path) -> None:
    """Make sure that a file can be written whose folder may not be there yet; raises SetupError."""
    if path.parent.is_dir():
        check_writable(path)
        return
    above = next(folder for folder in path.parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise SetupError(f"results cannot be written to {path}: a folder for them cannot be made in {above}")


def _check_latest(latest: Path, results: Path) -> None:
    _check_place(latest)
    if latest.suffix.lower() != results.suffix.lower():
        raise SetupError(f"[results] latest: {latest.name} is not of the kind of {results.name}, whose copy it is")
    if latest.exists() and not _holds_results(latest):
        raise SetupError(f"[results] latest: {latest} holds no results, and would be overwritten")


def _holds_results(path: Path) -> bool:
    try:
        return is_results(own_headings(path, ListRules()))
    except SetupError:
        return False
