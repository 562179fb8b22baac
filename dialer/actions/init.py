"""`dialer init`: writes the campaign file of a list, from its headings and its first rows."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from dialer.domain.campaign import ListRules
from dialer.domain.parameters import Parameter
from dialer.domain.problem import NOT_SENT, quoted
from dialer.domain.screening.permission import permission_columns
from dialer.errors import SetupError
from dialer.lists.chunk import make_chunk
from dialer.lists.column_guess import guess, nearly
from dialer.lists.column_roles import address_columns, phone_column
from dialer.lists.records import open_records
from dialer.lists.source import STANDARD_INPUT
from dialer.numbers.reader import NumberReader
from dialer.providers.port import CALLER_NUMBER, FLOW_ID, find_adapter
from dialer.reports.campaign_draft import LONGEST_TEXT, Draft
from dialer.reports.results import check_writable, replacing
from dialer.session.list_name import bare_name, named_after
from dialer.session.pick_list import refuse_results

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    import pandas as pd

    from dialer.lists.records import Records

_LOOKED_AT = 1_000  #: rows: enough to see what a column holds, and read in a moment
_PLUS = re.compile("[+＋]")  # noqa: RUF001 - people paste the wide one


def draft_campaign(
    contacts: Path,
    *,
    env: Mapping[str, str] = MappingProxyType({}),
    output: Path | None = None,
    phone: str | None = None,
    region: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    force: bool = False,
) -> Draft:
    """Write the campaign file of a list, beside it unless `output` says where.

    Where `env` names a provider, the file speaks of its settings. An existing file is replaced only with `force`.
    Raises SetupError, and then nothing is written.
    """
    if not output and contacts == STANDARD_INPUT:
        raise SetupError("a list from standard input has no place of its own: name the campaign file with -o")
    file = output or contacts.with_name(f"{bare_name(contacts)}.toml")
    check_writable(file)
    if file.exists() and contacts.exists() and file.samefile(contacts):
        raise SetupError(f"the campaign would overwrite the contact list {contacts}: name another file with -o")
    if file.exists() and not force:
        raise SetupError(f"{file} exists: name another file with -o, or replace it with --force")
    rules = ListRules(phone=(phone,) if phone else None, sheet=sheet, header_row=header_row)
    draft = _as_provider_spells(_draft(contacts, file, rules, region=region), env.get("DIALER_PROVIDER", ""))
    try:
        with replacing(file) as opened:
            opened.write(draft.as_toml())
    except OSError as problem:
        raise SetupError(f"the campaign cannot be written to {file}: {problem.strerror}") from problem
    return draft


def _as_provider_spells(draft: Draft, provider: str) -> Draft:
    if not provider:
        return draft
    try:
        adapter = find_adapter(provider)
    except SetupError as problem:
        raise SetupError(f"DIALER_PROVIDER: {problem}") from None
    flow, caller = adapter.name_of(FLOW_ID), adapter.name_of(CALLER_NUMBER) if adapter.takes_caller else ""
    return replace(draft, provider=provider, flow_setting=flow, caller_setting=caller)


def _draft(contacts: Path, file: Path, rules: ListRules, *, region: str | None) -> Draft:
    records = open_records(contacts, rules)
    if rules.sheet is not None and not records.content.sheet:
        raise SetupError(f"{contacts} is a text file and has no sheet {rules.sheet!r}")
    headings = records.headings
    refuse_results(headings, contacts)
    at = _phone_place(headings, rules.phone[0] if rules.phone else None)
    if len(headings[at]) > LONGEST_TEXT:
        raise SetupError(f"the heading of the phone column is longer than {LONGEST_TEXT} characters: shorten it")
    rows = _first_rows(records)
    numbers = rows.iloc[:, at].tolist()
    permission = permission_columns([heading if place != at else "" for place, heading in enumerate(headings)])
    left_out = dict(_left_out(headings, at, frozenset(permission.answers)))
    sent = {
        heading: place
        for place, heading in enumerate(headings)
        if place != at and place not in left_out and heading not in NOT_SENT
    }
    parameters = _parameters(rows, sent, addresses=frozenset(address_columns(headings)))
    return Draft(
        name=named_after(contacts),
        contacts=contacts,
        pattern=_pattern(contacts, file),
        file=file,
        phone=headings[at],
        region=region,
        sheet=rules.sheet,
        header_row=rules.header_row,
        parameters=parameters,
        nearly=_nearly(rows, {heading: sent[heading] for heading, rule in parameters.items() if rule.type == "text"}),
        permission=permission.readings,
        left_out=tuple(dict.fromkeys(left_out.values())),
        assumptions=(*records.assumptions, *(f"warning: {warning}" for warning in records.content.warnings)),
        rows=len(rows),
        dialable=_dialable(numbers, region),
        unsigned=sum(bool(cell.strip()) and not _PLUS.search(cell) for cell in numbers),
    )


def _first_rows(records: Records) -> pd.DataFrame:
    """Give the first rows that have a cell under each heading and no more."""
    with closing(records.chunks(_LOOKED_AT)) as chunks:  # type: ignore[type-var]
        first = next(chunks, None) or make_chunk(records.headings, [], [])
    return first.cells.drop(index=[first.rows[at] for at in first.misfits])


def _parameters(
    rows: pd.DataFrame, sent: Mapping[str, int], *, addresses: Container[int | None]
) -> Mapping[str, Parameter]:
    """Guess the rules of the columns that are sent, by heading and place; what says where people live has none."""
    return {
        heading: Parameter(column=heading) if place in addresses else guess(heading, rows.iloc[:, place].tolist())
        for heading, place in sent.items()
    }


def _nearly(rows: pd.DataFrame, texts: Mapping[str, int]) -> Mapping[str, str]:
    """Say what columns of text look like, by heading and place; nothing of those that look like text."""
    said = {heading: nearly(rows.iloc[:, place].tolist(), rows.index.tolist()) for heading, place in texts.items()}
    return {heading: remark for heading, remark in said.items() if remark}


def _dialable(numbers: Sequence[str], region: str | None) -> int:
    try:
        readings = NumberReader(region).read_all(numbers)
    except ValueError as problem:
        raise SetupError(f"the region {problem}") from None
    return sum(reading.number is not None for reading in readings)


def _phone_place(headings: Sequence[str], phone: str | None) -> int:
    try:
        at = phone_column(headings, phone)
    except SetupError as problem:
        if phone is not None:
            raise
        known = ", ".join(map(quoted, headings))
        said = next((said for said in problem.complaints if "more than one" in said), "")
        what = said.partition(". Say which")[0] or f"no column is known as a phone column; the list has {known}"
        raise SetupError(f"{what}. Name one with --phone") from None
    return phone_column(headings, headings[at])  # the file names it, so it must be the only one


def _pattern(contacts: Path, file: Path) -> str:
    """Write the list's place as a pattern that matches nothing else; '' where a campaign file cannot hold it."""
    if contacts == STANDARD_INPUT:
        return ""
    try:
        place = Path(os.path.relpath(contacts, file.parent))
    except ValueError:  # on another drive
        place = contacts.absolute()
    pattern = glob.escape(place.as_posix())
    is_text = pattern.encode("utf-8", "ignore").decode() == pattern  # a file name may be any bytes
    return pattern if is_text and len(pattern) <= LONGEST_TEXT else ""


def _left_out(headings: Sequence[str], phone: int, permission: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Tell by place which columns cannot be named in a campaign file, or are there for something else, and why."""
    counts = Counter(headings)
    for at, heading in enumerate(headings):
        if at == phone:
            continue
        if not heading.strip():
            yield at, f"column {at + 1} has no heading"
        elif counts[heading] > 1:
            yield at, f"{quoted(heading)} is the heading of more than one column"
        elif len(heading) > LONGEST_TEXT:
            yield at, f"{quoted(heading)} is longer than {LONGEST_TEXT} characters"
        elif heading in permission:
            yield at, f"{quoted(heading)} decides who is rung, with or without a parameter"
