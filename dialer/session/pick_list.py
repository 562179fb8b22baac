"""Which contact list is meant: never what the program itself wrote, nor what another is still writing."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dialer.campaign_file import read_campaign
from dialer.domain.problem import NOT_SENT
from dialer.domain.redaction import one_line
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.ledger.reading import finished_on_record, results_on_record
from dialer.lists.records import open_records
from dialer.lists.source import open_source
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

ALL_NEW = "all-new"
"""The pick of every list that is not yet run, one after the other."""


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


_BY: Mapping[str, Callable[[Path], Any]] = {
    "newest": _age,
    ALL_NEW: _age,
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
    """Tell which contact list is meant: the argument, else the match of the campaign's pattern that it picks first.

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
    found = _Matches(campaign.contacts, choices, campaign, env or {})
    new = _not_yet_run(found, choices, campaign, env or {}) if campaign.list_.pick == ALL_NEW else []
    path = new[0] if new else next(found.lists(), None)
    if path is None:
        others = f" but {_few(found.passed)}" if found.passed else ""
        complaints.add(f"no contact list: nothing matches {campaign.contacts!r} beside {choices.campaign}{others}")
    elif told is not None:
        told += [f"passed over: {_few(found.passed)}"] if found.passed else []
        told += [f"{counted(len(new) - 1, 'more list')} not yet run: {_few(_names(new[1:]))}"] if new[1:] else []
    return path


def new_lists(choices: Choices, env: Mapping[str, str]) -> Sequence[Path]:
    """Give every list that a campaign has not dialled to its end, the oldest first, where it picks all of them."""
    try:
        campaign = read_campaign(choices.campaign) if choices.campaign else None
    except SetupError:
        return ()  # make_plan says what is wrong with the file
    if campaign is None or campaign.contacts is None or campaign.list_.pick != ALL_NEW:
        return ()
    return _not_yet_run(_Matches(campaign.contacts, choices, campaign, env), choices, campaign, env)


def _not_yet_run(found: _Matches, choices: Choices, campaign: Campaign, env: Mapping[str, str]) -> Sequence[Path]:
    """Give lists by their content: one that was dialled under another name is not new, and of two alike one is."""
    oldest_first = reversed(list(found.lists()))
    by_content: dict[str, Path] = {}
    for path in oldest_first:
        try:
            digest = open_source(path).digest
        except SetupError:
            digest = str(path)  # whoever opens it as the list says what is wrong with it
        by_content.setdefault(digest, path)
    try:
        ledger = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    except SetupError:
        return [*by_content.values()]  # make_plan says what is wrong with it
    finished = finished_on_record(ledger, campaign.name, by_content, sandbox=choices.sandbox)
    return [path for digest, path in by_content.items() if digest not in finished]


class _Matches:
    """The matches of a pattern, the one to pick first; `passed` tells of those that were met and are no lists."""

    def __init__(self, pattern: str, choices: Choices, campaign: Campaign, env: Mapping[str, str]) -> None:
        self._pattern, self._choices, self._campaign, self._env = pattern, choices, campaign, env
        self._folder = choices.campaign.parent if choices.campaign else Path()
        self.passed: list[str] = []

    def lists(self) -> Iterator[Path]:
        """Walk those that nothing speaks against; a file is not read before it is come to."""
        self.passed.clear()
        names = glob.glob(str(self._folder / self._pattern), recursive=True)  # noqa: PTH207
        files = (path for path in map(Path, names) if path.is_file())
        for path in sorted(files, key=_BY[self._campaign.list_.pick], reverse=True):
            # What is named letter by letter is meant.
            is_named = not glob.has_magic(self._pattern)
            why = "" if is_named else _why_not(path, self._choices, self._campaign, self._env)
            if not why:
                yield path
            else:
                self.passed.append(f"{path.name} {why}")


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


def _names(paths: Sequence[Path]) -> Sequence[str]:
    return [path.name for path in paths]


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
