"""Phone cells become E.164 numbers, or reasons why not, as phonenumbers reads them in the list's region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import phonenumbers

from dialer.numbers.damage import (
    DATE_DIGITS,
    FEWEST_DIGITS,
    LONGEST_TEXT,
    bare_digits,
    clean,
    count_digits,
    has_letters,
    is_short_date,
    is_sound,
    is_spaced,
    name_damage,
    strip_all,
)
from dialer.numbers.invisible_signs import first_unseen
from dialer.numbers.phonenumbers_says import A_PREMIUM_NUMBER, judge, judge_reading, second_reading_of
from dialer.numbers.prefixes import DEEPER, LONGEST, Leaf, Prefixes
from dialer.numbers.renumbering import may_be_changed, written_now
from dialer.numbers.rules import RULES
from dialer.numbers.second_reading import LOST_PLUS, STRAY_ZERO
from dialer.numbers.two_numbers import are_two_apart, ends_otherwise, ends_otherwise_after_dash
from dialer.numbers.validity import Validity
from dialer.numbers.words_beside import words_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dialer.numbers.words_beside import Beside

_BATCH = 4096  #: cells taken through the steps together, so that what stands between two steps stays small
_TAIL = 6  #: digits that decide nothing in most numbers
_MOST_HEADS = 1 << 16  #: kept before all of them are forgotten; some 10 MB
_VANITY_LETTERS = 3  #: from here on phonenumbers takes letters for keys

_NUMBER_START = re.compile(r"[+\d]")
_LETTER = re.compile(r"[A-Za-z]")
_REMARK_AFTER = re.compile(r"[^A-Za-z]*\d[ .]*[ (][A-Za-z]{1,2}[.)]*")
_FOREIGN_PREFIX = re.compile(r"00|011")
_UNSEEN = Leaf("", DEEPER)
_CUTS = tuple(Prefixes.first_cut(size) for size in range(LONGEST + 1))
_LENGTH_CODES = frozenset(("number-too-short", "number-too-long", "number-wrong-length", "number-no-area-code"))


class ParsedNumber(NamedTuple):
    """One phone cell, read.

    `number` is E.164, None when nothing may be dialled. `code` is a key of RULES, None when the cell is
    clean; `message` says in words what is wrong and what to do, '' when the cell is clean.
    """

    number: str | None
    code: str | None
    message: str


class NumberReader:
    """Reads the phone column of one list; keeps what it learns about prefixes, in bounded memory."""

    def __init__(self, region: str | None, *, allow_unassigned: bool = True) -> None:
        """Read cells without + as numbers of `region`, an ISO country; with None every number needs its +.

        A number of the right length that nobody has been given is kept with a warning, or refused with
        `allow_unassigned=False`. Raises ValueError for a region phonenumbers does not know.
        """
        self._region = region.upper() if region is not None else None
        if self._region is not None and self._region not in phonenumbers.SUPPORTED_REGIONS:
            message = f"{region!r} is not a country's ISO code (such as US, GB or DE)"
            raise ValueError(message)
        self._prefixes = Prefixes(self._region)
        self._home = str(phonenumbers.country_code_for_region(self._region)) if self._region else ""
        #: What takes the place of a clean number's digits before the last six: their count settles the length.
        self._heads: dict[str, str] = {}
        self._keeps: dict[str | None, str] = {None: ""}
        if allow_unassigned:
            self._keeps["number-unassigned"] = RULES["number-unassigned"].message
        self._refusals = {code: ParsedNumber(None, code, rule.message) for code, rule in RULES.items()}

    @property
    def region(self) -> str | None:
        """The country of numbers without +, None where there are none."""
        return self._region

    def read(self, cell: str) -> ParsedNumber:
        """Read one cell."""
        text = clean(cell)
        digits = bare_digits(text)
        if damaged := self._damaged(text, digits):
            return damaged
        if not digits:
            return self._read_beside(text.replace("\n", " "))
        validity = self._prefixes.validity(digits)
        if validity.code and (better := self._better_named(text, digits)):
            return better
        if validity.number is None:
            return self._explain(text, digits, validity)
        return self._reading(validity)

    def possible(self, cell: str) -> frozenset[str]:
        """Return in E.164 every number that a cell which is read, or refused because it may be two, could be."""
        reading = self.read(cell)
        if reading.code not in (LOST_PLUS, STRAY_ZERO):
            return frozenset((reading.number,) if reading.number else ())
        text = clean(cell)
        found = judge_reading(text, self._region)
        second = second_reading_of(text, self._region, found)
        return frozenset(filter(None, (found.number, second and second.digits))) - {A_PREMIUM_NUMBER}

    def read_all(self, cells: Iterable[str]) -> list[ParsedNumber]:
        """Read many cells, with the same answers as `read` and much faster."""
        numbers, told = self.read_column(list(cells))
        return [told.get(at) or ParsedNumber(number, None, "") for at, number in enumerate(numbers)]

    def read_column(self, cells: Sequence[str]) -> tuple[list[str | None], dict[int, ParsedNumber]]:
        """Read many cells, with the same answers as `read`: every number, and by position what is not clean."""
        numbers: list[str | None] = []
        told: dict[int, ParsedNumber] = {}
        for start in range(0, len(cells), _BATCH):
            batch = cells[start : start + _BATCH]
            if max(map(len, batch)) > LONGEST_TEXT:
                for cell in batch:
                    self._append(self.read(cell), numbers, told)
            else:
                self._read_batch(batch, numbers, told)
        return numbers, told

    def _read_batch(self, batch: Sequence[str], numbers: list[str | None], told: dict[int, ParsedNumber]) -> None:
        """Append the numbers of cells no longer than phonenumbers takes."""
        head_of, append, cut = self._heads.get, numbers.append, -_TAIL
        for cell, bare in zip(batch, strip_all(batch), strict=True):
            head = head_of(bare[:cut])
            if head is not None and (tail := bare[cut:]).isdigit():
                append(head + tail)
            else:
                self._append(self._read_bare(cell, bare), numbers, told)

    def _read_bare(self, cell: str, bare: str) -> ParsedNumber:
        """Read a cell whose digits nobody has asked about yet; what settles the leading ones is kept."""
        size = len(bare)
        if size > LONGEST:
            return self.read(cell)
        leaves = self._prefixes.leaves[size]
        for cut in range(_CUTS[size], max(_CUTS[size], size - _TAIL) + 1):
            head, code = leaves.get(bare[:cut], _UNSEEN)
            if code == "number-unassigned" and ("-" in cell or may_be_changed(bare, self._home)):
                break
            if code in self._keeps and bare[cut:].isdigit() and (size > DATE_DIGITS or is_spaced(cell)):
                if code is None and size > DATE_DIGITS and cut <= size - _TAIL:
                    self._keep_head(bare[:-_TAIL], head + bare[cut:-_TAIL])
                return ParsedNumber(head + bare[cut:], code, self._keeps[code])
        return self.read(cell)

    def _keep_head(self, digits: str, head: str) -> None:
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[digits] = head

    @staticmethod
    def _append(reading: ParsedNumber, numbers: list[str | None], told: dict[int, ParsedNumber]) -> None:
        if reading.code is not None:
            told[len(numbers)] = reading
        numbers.append(reading.number)

    def _read_beside(self, text: str) -> ParsedNumber:
        """Read a cell that is more than digits: words beside a number must be known, and must not object."""
        beside = words_beside(text)
        if beside is None:
            return self._read_text(text)
        whole = self.read(beside.core) if beside.core else None
        if whole is None or whole.number is None:
            reading = self._read_text(text)
            return self._unknown(beside) if reading.code == "number-text" and beside.unknown else reading
        if beside.unknown:
            return self._unknown(beside)
        return ParsedNumber(whole.number, "number-text", RULES["number-text"].message) if whole.code is None else whole

    def _unknown(self, beside: Beside) -> ParsedNumber:
        return _with(self._refusals["number-words"], ", ".join(map(repr, beside.unknown)))

    def _damaged(self, text: str, digits: str) -> ParsedNumber | None:
        """Refuse what is plainly no single number; who objects beside it is heard first."""
        beside = None if digits else words_beside(text.replace("\n", " "))
        if beside and beside.objects:
            return self._refusals["number-says-no"]
        damage = None
        if not is_sound(text, digits):
            damage = name_damage(text)
            if not damage and (end := ends_otherwise(text, self._code_of)):
                said = judge_reading(text.replace("\n", " "), self._region).code
                damage = said if said == "number-extension" and has_letters(text[end:]) else "number-two"
        if damage:
            return self._refusals[damage]
        if unseen := "" if digits else first_unseen(text):
            return _with(self._refusals["number-unseen"], unseen)
        return None

    def _better_named(self, text: str, digits: str) -> ParsedNumber | None:
        """Refuse digits that nobody has been given, or nobody can be, where it shows why."""
        after_dash = "-" in text and ends_otherwise_after_dash(text, self._code_of)
        if after_dash and judge_reading(text, self._region).code:  # else it is named for what else it may be
            return self._refusals["number-two"]
        for now, says in written_now(digits, self._home):
            if not now or self._is_assigned(now):
                return _with(self._refusals["number-outdated"], f"{says}: {now}" if now else says)
        return None

    def _read_text(self, text: str) -> ParsedNumber:
        validity = judge(text, self._region)
        if has_letters(text):
            return self._read_letters(text, validity)
        return self._explain(text, "", validity) if validity.number is None else self._reading(validity)

    def _reading(self, validity: Validity) -> ParsedNumber:
        if validity.code in self._keeps:
            return ParsedNumber(validity.number, validity.code, self._keeps[validity.code])
        return self._refusals[validity.code or "number-unreadable"]

    def _explain(self, text: str, digits: str, validity: Validity) -> ParsedNumber:
        """Name the damage behind a refusal where there is a likelier one than what phonenumbers says."""
        if validity.code in (LOST_PLUS, STRAY_ZERO) and (both := self._name_both(text)):
            return both
        code = validity.code or "number-unreadable"
        few = 0 < count_digits(text) < FEWEST_DIGITS
        if code == "number-unreadable" and few and not has_letters(text):
            code = "number-too-short"
        if is_short_date(text):
            code = "number-date"
        elif code in _LENGTH_CODES or code == "number-no-country":
            code = self._lost_sign(digits) or ("number-two" if are_two_apart(text, self._code_of) else code)
        refusal = self._refusals[code]
        if code == "number-lost-plus":
            return _with(refusal, f"with it, it is {self._prefixes.validity('+' + digits).number}")
        if code in _LENGTH_CODES:
            return _with(refusal, f"{count_digits(text)} digits found")
        return refusal

    def _name_both(self, text: str) -> ParsedNumber | None:
        """Refuse a number that may be one of two, and name them."""
        found = judge_reading(text, self._region)
        second = second_reading_of(text, self._region, found)
        return _with(self._refusals[second.code], f"it may be {second.digits} or {found.number}") if second else None

    def _lost_sign(self, digits: str) -> str | None:
        if not digits or digits.startswith("+"):
            return None
        prefix = _FOREIGN_PREFIX.match(digits)
        if prefix and self._is_assigned("+" + digits[prefix.end() :]):
            return "number-foreign-prefix"
        if self._region and self._is_assigned("0" + digits):
            return "number-lost-zero"
        return "number-lost-plus" if self._is_assigned("+" + digits) else None

    def _is_assigned(self, digits: str) -> bool:
        return self._prefixes.validity(digits).code is None

    def _code_of(self, text: str) -> str | None:
        return self._prefixes.validity(bare_digits(text) or "0").code

    def _read_letters(self, text: str, validity: Validity) -> ParsedNumber:
        """Read text with letters: words beside a number, letters that stand for keys, or a mistyped digit."""
        if validity.code == "number-extension":
            return self._refusals["number-extension"]
        start = _NUMBER_START.search(text)
        number = text[start.start() :] if start else ""
        if validity.number is None:
            return self._refuse_letters(text, number, validity)
        letters = _LETTER.findall(number)
        if letters and not _REMARK_AFTER.fullmatch(number):
            code = self._judge_keys(number, validity) if len(letters) >= _VANITY_LETTERS else "number-letters"
        else:
            code = validity.code or "number-text"
        if code not in ("number-vanity", "number-text"):
            return self._reading(Validity(code, validity.number))
        return ParsedNumber(validity.number, code, RULES[code].message)

    def _judge_keys(self, number: str, validity: Validity) -> str:
        """Take letters for keys only where there is no number without them."""
        complete = judge(_LETTER.sub(" ", number), self._region).number is not None
        return "number-letters" if complete or validity.code else "number-vanity"

    def _refuse_letters(self, text: str, number: str, validity: Validity) -> ParsedNumber:
        among = has_letters(number) and count_digits(number) >= FEWEST_DIGITS
        if among and (validity.code == "number-unreadable" or validity.code in _LENGTH_CODES):
            return self._refusals["number-letters"]
        return self._explain(text, "", validity)


def _with(refusal: ParsedNumber, remark: str) -> ParsedNumber:
    return refusal._replace(message=f"{refusal.message} ({remark})")
