"""Which contact list is meant: never what the program itself wrote, nor what another is still writing."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dialer.campaign_file import read_campaign
from dialer.domain.problem import NOT_SENT
from dialer.domain.redaction import one_line
from dialer.errors import SetupError
from dialer.ledger.reading import results_on_record
from dialer.lists.records import open_records
from dialer.reports.results import is_results
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dialer.domain.campaign import Campaign, ListRules
    from dialer.session.choices import Choices
    from dialer.session.complaints import Complaints

_HALF_WRITTEN = frozenset(
    {
        *(".part", ".partial", ".tmp", ".temp"),  # what most programs call a file until it is whole
        ".filepart",  # WinSCP
        *(".crdownload", ".download", ".opdownload"),  # Chrome, Safari, Opera
        *(".swp", ".swx", ".lock", ".lck"),  # editors, and programs that lock by a file
    }
)
_HIDDEN_OR_LOCKED = (".", "~", "#")  # rsync and shells hide what is not for eyes; Office and Emacs lock
_BACKUP = ("~", "#")  # editors keep the file of before
_SHOWN = 3  #: files named one by one: enough to see what they have in common

_BY: Mapping[str, Callable[[Path], Any]] = {
    "newest": lambda path: (path.stat().st_mtime_ns, path.name),
    "name": str,  # with its folders: 2026/11/24.csv comes before 2026/12/01.csv
}
"""What lists are put in order by, for each way to pick one; the last is picked."""

RESULTS = "holds the results of a run or a check"


def find_list(
    given: Path | None,
    choices: Choices,
    complaints: Complaints,
    *,
    env: Mapping[str, str] | None = None,
    told: list[str] | None = None,
) -> Path | None:
    """Tell which contact list is meant: the argument, else the match of the campaign's pattern that it picks.

    A pattern never picks results, checked lists, bad rows to be mended, files of the campaign or the ledger, nor
    lock files and files that are still being written; what is passed over is told.
    """
    if given is not None:
        return given
    if choices.campaign is None:
        complaints.add("no contact list: name one, or a campaign that does")
        return None
    try:
        campaign = read_campaign(choices.campaign)
    except SetupError:
        return None  # make_plan says what is wrong with the file
    if campaign.contacts is None:
        complaints.add(f"no contact list: name one, or set contacts in {choices.campaign}")
        return None
    path, passed = _first(
        campaign.contacts,
        choices.campaign,
        lambda path: _why_not(path, choices, campaign, env or {}),
        by=_BY[campaign.list_.pick],
    )
    if path is None:
        others = f" but {_few(passed)}" if passed else ""
        complaints.add(f"no contact list: nothing matches {campaign.contacts!r} beside {choices.campaign}{others}")
    elif told is not None and passed:
        told.append(f"passed over: {_few(passed)}")
    return path


def _first(
    pattern: str, campaign: Path, why_not: Callable[[Path], str], *, by: Callable[[Path], Any]
) -> tuple[Path | None, Sequence[str]]:
    """Find the match that comes last in an order, and that nothing speaks against; tell of later ones what does."""
    found = [Path(name) for name in glob.glob(str(campaign.parent / pattern), recursive=True)]  # noqa: PTH207
    passed: list[str] = []
    files = (path for path in found if path.is_file())
    for path in sorted(files, key=by, reverse=True):
        # What is named letter by letter is meant.
        why = why_not(path) if glob.has_magic(pattern) else ""
        if not why:
            return path, passed
        passed.append(f"{path.name} {why}")
    return None, passed


def refuse_results(headings: Sequence[str], path: Path) -> None:
    """Raise SetupError for what a run or a check wrote: whoever stands in it was in a list that is known by itself."""
    if is_results(headings):
        raise SetupError(
            f"the list {path} {RESULTS}, and is no contact list: name the list itself, or resume the run; "
            "to ring these people anew, take the columns outcome and callId out"
        )


def own_headings(path: Path, rules: ListRules) -> Sequence[str]:
    """Read the first line of a file, whatever a campaign says of its headings; raises SetupError where it has none."""
    return open_records(path, rules.model_copy(update={"headings": None, "header_row": None})).headings


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(map(one_line, names[:_SHOWN])) + (f" and {more:,} more" if more > 0 else "")


def _why_not(path: Path, choices: Choices, campaign: Campaign, env: Mapping[str, str]) -> str:
    """Say why a file is no list though a pattern matches it; '' for a list, and for what cannot be read as one."""
    name = path.name.casefold()
    if name.startswith(_HIDDEN_OR_LOCKED) or name.endswith(_BACKUP) or path.suffix.casefold() in _HALF_WRITTEN:
        return "is a lock or is still being written"
    if any(_is_same(path, other) for other in _files_of(choices, campaign)):
        return "is a file of the campaign itself"
    try:
        ledger = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    except SetupError:
        pass  # make_plan says what is wrong with it
    else:
        if name.removeprefix(".").startswith(ledger.name.casefold()) and _is_same(path.parent, ledger.parent):
            return "is a part of the ledger"
        if os.path.realpath(path) in results_on_record(ledger):
            return RESULTS
    return _read_as(path, campaign.list_)


def _read_as(path: Path, rules: ListRules) -> str:
    try:
        headings = own_headings(path, rules)
    except SetupError:
        return ""  # whoever opens it as the list says what is wrong with it
    if is_results(headings):
        return RESULTS
    return "holds bad rows that a check wrote out to be mended" if NOT_SENT.issubset(headings) else ""


def _files_of(choices: Choices, campaign: Campaign) -> Iterator[Path]:
    if choices.campaign is not None:
        yield choices.campaign
        yield from (choices.campaign.parent / file.path for file in campaign.suppression.files)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
