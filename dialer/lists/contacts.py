"""A contact list, screened: each row becomes a contact or a reject with its reasons, in the list's order."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dialer.domain.campaign import SuppressionRules
from dialer.domain.problem import CUT_OFF, LIST_RULES, NOT_SENT, Problem, quoted
from dialer.domain.row_parameters import Contract
from dialer.domain.screening.permission import permission_columns
from dialer.errors import SetupError
from dialer.garbage_collection import patient
from dialer.lists.assumptions import about_list, about_permission, unknown_columns
from dialer.lists.column_roles import address_columns, key_column
from dialer.lists.duplicates import RowIndex
from dialer.lists.formulas import formulas
from dialer.lists.notes_columns import NotesColumns
from dialer.lists.parameter_columns import doubtful
from dialer.lists.phone_cells import open_phone_cells
from dialer.lists.records import Records, open_records
from dialer.lists.repeated_numbers import keep_last, keep_last_keys, without_duplicates, without_same_key
from dialer.lists.row_objections import Objections, ReadAgainError
from dialer.lists.screened import ScreenedChunk
from dialer.numbers.possible_numbers import meant
from dialer.numbers.words_beside import SAYS_NO, any_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from dialer.domain.campaign import ListRules
    from dialer.domain.contact import Contact, Reject
    from dialer.domain.parameters import Parameter
    from dialer.domain.screening.permission import PermissionColumns
    from dialer.lists.chunk import Chunk
    from dialer.lists.phone_cells import PhoneCells
    from dialer.lists.row_countries import CountryOf

T = TypeVar("T")

Misfit: TypeAlias = "Callable[[str, Mapping[str, object]], str | None]"
"""Says of a number in E.164 and the parameters of its row why no call can be sent with them; None where one can."""

NOTHING_SAID = SuppressionRules()

_HIDDEN = Problem("row-hidden", LIST_RULES["row-hidden"].message)
_MANY_OBJECTS = 1_000_000  #: none of a list's are cycles
_SHOWN = 5  #: cells too many, so that a remark stays one line of the problems


class ContactList:
    """A list that can be read again and again, each time with the same verdicts.

    Screening does not depend on what is done with it: check and run walk these same rows.
    """

    def __init__(
        self,
        records: Records,
        *,
        phones: PhoneCells,
        contract: Contract,
        keep: str,
        today: date,
        permission: PermissionColumns,
        notes: NotesColumns,
        misfit: Misfit | None,
        key: int | None,
        assumptions: Sequence[str],
    ) -> None:
        """Hold what `open_list` found; `keep` says which row of a number is dialled, the "first" or the "last".

        `today` is the day on which permissions are looked at. `misfit` says why a row cannot be sent, if it cannot.
        `key` is the place of the column that says who a row is.
        """
        self._records = records
        self.headings = records.headings
        self.digest = records.digest  #: the SHA-256 of the list's bytes
        self.size = records.size  #: bytes of the file, which a chunk's `bytes_read` approaches
        self.warnings = records.content.warnings  #: what the file had lost before it came here, a sentence each
        self._phones = phones
        self._contract = contract
        self._keep = keep
        self.permission = permission
        self.today = today
        #: Whether any row can say that its number must not be rung; else it is found out on the way.
        self._may_object = bool(permission) or notes.binds
        self._notes = notes
        self._misfit = misfit
        self._key = key
        self._columns = address_columns(records.headings)
        self.assumptions = (*records.assumptions, *assumptions)

    @property
    def cut_row(self) -> int | None:
        """The row that the file does not end, once the list has been read to it: the list may have been cut off."""
        return self._records.cut_row

    @property
    def phone_heading(self) -> str:
        """The heading of the column numbers are read from."""
        return self._phones.heading

    def prove_readable(self) -> None:
        """Read the list to its end without keeping it, and learn whether words beside a number object to calls.

        Raises SetupError where it stops being a list.
        """
        for chunk in self._records.chunks():
            self._may_object = self._may_object or any_objects(self._phones.cells(chunk))

    def items(self) -> Iterator[Sequence[Contact | Reject]]:
        """Give the rows of `chunks` one by one."""
        return (screened.items() for screened in self.chunks())

    def chunks(self) -> Iterator[ScreenedChunk]:
        """Read and screen the rows.

        Memory does not grow with the list, but for some 20 bytes a number to know duplicates by. Raises
        ReadAgainError where a row objects to a number that has been given already; after `prove_readable` none does.
        """
        index, keys = RowIndex(), RowIndex()
        objections = Objections(partial(meant, self._phones.reader), self._phones.all_places)
        if self._keep == "last":
            self.prove_readable()
        known = self._may_object
        with patient(_MANY_OBJECTS):
            if known:
                for screened in self._screened():
                    objections.look_at(screened)
            if self._keep == "last":
                for screened in self._screened() if self._key is not None else ():
                    keep_last_keys(objections.apply(screened), keys)
                for screened in self._screened():
                    keep_last(without_same_key(objections.apply(screened), keys), index)
            for screened in self._screened():
                if not known and index.find(objections.look_at(screened)).any():
                    raise ReadAgainError
                allowed = without_same_key(objections.apply(screened), keys)
                yield without_duplicates(allowed, index, phone=self._phones.place)

    def _screened(self) -> Iterator[ScreenedChunk]:
        return map(self._screen, self._records.chunks())

    def _screen(self, chunk: Chunk) -> ScreenedChunk:
        """Judge every row by itself."""
        numbers, problems, warnings = self._phones.read(chunk)
        said = {at: problems.pop(at)[0] for at in list(problems) if problems[at][0].code == SAYS_NO}
        for position in chunk.hidden:
            if self._records.dials_hidden:
                warnings.setdefault(position, _HIDDEN)
            else:
                problems[position] = (_HIDDEN, *problems.get(position, ()))
        for position, cells in chunk.misfits.items():
            problems[position] = (_misfit(cells, len(self.headings)),)
        self._hold_to_contract(chunk, problems)
        self._hold_to_provider(chunk, numbers, problems)
        if chunk.cut is not None:
            problems[chunk.cut] = (Problem("row-cut-off", CUT_OFF),)
        # Who asked not to be called stays known by number, whatever else is wrong with the row.
        noted = self._notes.problems(chunk)
        objections = {**self.permission.objections(chunk.columns.__getitem__, self.today), **said}
        if self._notes.binds:
            objections = {**noted, **objections}
        else:
            warnings.update(noted)
        for position, formula in formulas(chunk, self._contract.sent).items():
            warnings.setdefault(position, formula)
        for position in problems.keys() - objections.keys():
            numbers[position] = None
        for position, objection in objections.items():
            problems[position] = (objection, *problems.get(position, ()))
        for position in problems:
            warnings.pop(position, None)
        return ScreenedChunk(
            chunk=chunk,
            numbers=numbers,
            problems=dict(sorted(problems.items())),
            warnings=warnings,
            contract=self._contract,
            columns=self._columns,
            key=self._key,
        )

    def _hold_to_contract(self, chunk: Chunk, problems: dict[int, tuple[Problem, ...]]) -> None:
        contract = self._contract
        for position in doubtful(contract, chunk):
            _, broken = contract.read(chunk.own(position))
            if broken:
                problems[position] = (*problems.get(position, ()), *broken)

    def _hold_to_provider(
        self, chunk: Chunk, numbers: Sequence[str | None], problems: dict[int, tuple[Problem, ...]]
    ) -> None:
        if self._misfit is None:
            return
        for position, number in enumerate(numbers):
            if number and position not in problems:
                parameters, _ = self._contract.read(chunk.own(position))
                if said := self._misfit(number, parameters):
                    problems[position] = (Problem("call-misfit", said),)


def open_list(
    path: Path | Records,
    *,
    rules: ListRules,
    parameters: Mapping[str, Parameter] | None,
    region: str | None,
    today: date,
    objecting: SuppressionRules = NOTHING_SAID,
    country_of: CountryOf | None = None,
    misfit: Misfit | None = None,
    by_place: bool = False,
) -> ContactList:
    """Open a list for reading, or its records where there are any; raises SetupError with all that its heading lacks.

    `today` is the day on which what the list says of permission is looked at, by what `objecting` says of it.
    `country_of` understands the cells of a country column; without it a number's country is the region's. `misfit` says
    why a number cannot be called with its parameters, or None; without it every one can. With `by_place` a parameter
    that is left out is empty.
    """
    records = path if isinstance(path, Records) else open_records(path, rules)
    headings, region = records.headings, region or rules.region
    complaints = list(unknown_columns(headings, objecting))
    phones = _trying(lambda: open_phone_cells(headings, rules, region, country_of), complaints)
    phone = phones.place if phones else 0
    complaints += records.hints if phones is None else ()
    if parameters is None:
        complaints += [f"the list has more than one column {name!r}" for name in _repeated(headings)]
    bind = partial(Contract, parameters, headings, phone=phone, largest=rules.parameter_bytes, by_place=by_place)
    contract = _trying(bind, complaints)
    key = _trying(lambda: key_column(headings, rules.key), complaints)
    if complaints or phones is None or contract is None:
        raise SetupError(complaints)
    others = [heading if at != phone else "" for at, heading in enumerate(headings)]
    permission = permission_columns(others, objecting.columns)
    said = about_list(headings, phones, region, rules, verbatim=parameters is None)
    read_otherwise: set[str | int] = {phone, *permission.answers, *NOT_SENT, *objecting.columns}
    return ContactList(
        records,
        phones=phones,
        contract=contract,
        keep=rules.duplicates,
        today=today,
        permission=permission,
        notes=NotesColumns(headings, without=read_otherwise, binds=objecting.text == "suppress"),
        misfit=misfit,
        key=key,
        assumptions=(*said, *about_permission(permission)),
    )


def _repeated(headings: Sequence[str]) -> Sequence[str]:
    counts = Counter(headings)
    return sorted(name for name in counts if name and counts[name] > 1)


def _misfit(cells: Sequence[str], width: int) -> Problem:
    """Say of a row that it is wider or narrower than its list."""
    what = f"{len(cells)} cells under {width} headings"
    if extra := cells[width:]:
        shown = [*map(quoted, extra[:_SHOWN]), *(["…"] if len(extra) > _SHOWN else [])]
        what += f"; too many: {', '.join(shown)}"
    return Problem("row-width", what)


def _trying(what: Callable[[], T], complaints: list[str]) -> T | None:
    try:
        return what()
    except SetupError as problem:
        complaints += problem.complaints
        return None
