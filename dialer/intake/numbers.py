"""Phone cells become E.164 numbers, or reasons why not, as phonenumbers reads them in the list's region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import phonenumbers

from dialer.intake.number_damage import clean, count_digits, is_short_date, name_damage
from dialer.intake.number_judge import Verdict, judge
from dialer.intake.number_rules import RULES, Rule
from dialer.intake.number_shapes import DEEPER, LONGEST, Leaf, Shapes
from dialer.intake.number_words import words_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dialer.intake.number_words import Beside

__all__ = ["RULES", "NumberReader", "Reading", "Rule"]

_BATCH = 4096
_LONGEST_TEXT = 250  #: phonenumbers refuses to look at longer text
_DATE_DIGITS = 8
_TAIL = 6  #: digits that decide nothing in most numbers
_MOST_HEADS = 1 << 16  #: kept before all of them are forgotten; some 10 MB
_FEWEST_DIGITS = 3  #: fewer digits are read differently with punctuation than without
_VANITY_LETTERS = 3  #: from here on phonenumbers takes letters for keys

_PUNCTUATION = b" ().-"
_BARE_PUNCTUATION = str.maketrans("", "", " ().-/")
_MAYBE_DECIMAL = re.compile(rb"\.00? *$", re.MULTILINE)
_NUMBER_START = re.compile(r"[+\d]")
_LETTER = re.compile(r"[A-Za-z]")
_REMARK_AFTER = re.compile(r"[^A-Za-z]*\d[ .]*[ (][A-Za-z]{1,2}[.)]*")
_FOREIGN_PREFIX = re.compile(r"00|011")
_LENGTH_CODES = frozenset(("number-too-short", "number-too-long", "number-wrong-length", "number-no-area-code"))


class Reading(NamedTuple):
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
        self._shapes = Shapes(self._region)
        #: What takes the place of a clean number's digits before the last six: their count settles the length.
        self._heads: dict[str, str] = {}
        self._keeps: dict[str | None, str] = {None: ""}
        if allow_unassigned:
            self._keeps["number-unassigned"] = RULES["number-unassigned"].message
        self._refusals = {code: Reading(None, code, rule.message) for code, rule in RULES.items()}

    @property
    def region(self) -> str | None:
        """The country of numbers without +, None where there are none."""
        return self._region

    def read(self, cell: str) -> Reading:
        """Read one cell."""
        text = clean(cell)
        digits = _bare_digits(text)
        damage = None if _is_sound(text, digits) else name_damage(text)
        if damage:
            return self._refusals[damage]
        if not digits:
            return self._read_beside(text.replace("\n", " "))
        verdict = self._shapes.verdict(digits)
        if verdict.number is None:
            return self._explain(text, digits, verdict)
        return self._reading(verdict)

    def read_all(self, cells: Iterable[str]) -> list[Reading]:
        """Read many cells, with the same answers as `read` and much faster."""
        numbers, told = self.read_column(list(cells))
        return [told.get(at) or Reading(number, None, "") for at, number in enumerate(numbers)]

    def read_column(self, cells: Sequence[str]) -> tuple[list[str | None], dict[int, Reading]]:
        """Read many cells, with the same answers as `read`: every number, and by position what is not clean."""
        numbers: list[str | None] = []
        told: dict[int, Reading] = {}
        for start in range(0, len(cells), _BATCH):
            batch = cells[start : start + _BATCH]
            if max(map(len, batch)) > _LONGEST_TEXT:
                for cell in batch:
                    self._append(self.read(cell), numbers, told)
            else:
                self._read_batch(batch, numbers, told)
        return numbers, told

    def _read_batch(self, batch: Sequence[str], numbers: list[str | None], told: dict[int, Reading]) -> None:
        """Append the numbers of cells no longer than phonenumbers takes."""
        head_of, append, cut = self._heads.get, numbers.append, -_TAIL
        for cell, bare in zip(batch, _strip_all(batch), strict=True):
            head = head_of(bare[:cut])
            if head is not None and (tail := bare[cut:]).isdigit():
                append(head + tail)
            else:
                self._append(self._read_bare(cell, bare), numbers, told)

    def _read_bare(self, cell: str, bare: str) -> Reading:
        """Read a cell whose digits nobody has asked about yet; what settles the leading ones is kept."""
        size = len(bare)
        if size > LONGEST:
            return self.read(cell)
        leaves = self._shapes.leaves[size]
        for cut in range(_CUTS[size], max(_CUTS[size], size - _TAIL) + 1):
            head, code = leaves.get(bare[:cut], _UNSEEN)
            if code in self._keeps and bare[cut:].isdigit() and (size > _DATE_DIGITS or _is_spaced(cell)):
                if code is None and size > _DATE_DIGITS and cut <= size - _TAIL:
                    self._keep_head(bare[:-_TAIL], head + bare[cut:-_TAIL])
                return Reading(head + bare[cut:], code, self._keeps[code])
        return self.read(cell)

    def _keep_head(self, digits: str, head: str) -> None:
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[digits] = head

    @staticmethod
    def _append(reading: Reading, numbers: list[str | None], told: dict[int, Reading]) -> None:
        if reading.code is not None:
            told[len(numbers)] = reading
        numbers.append(reading.number)

    def _read_beside(self, text: str) -> Reading:
        """Read a cell that is more than digits: words beside a number must be known, and must not object."""
        beside = words_beside(text)
        if beside is None:
            return self._read_text(text)
        if beside.objects:
            return self._refusals["number-says-no"]
        whole = self.read(beside.core) if beside.core else None
        if whole is None or whole.number is None:
            reading = self._read_text(text)
            return self._unknown(beside) if reading.code == "number-text" and beside.unknown else reading
        if beside.unknown:
            return self._unknown(beside)
        return Reading(whole.number, "number-text", RULES["number-text"].message) if whole.code is None else whole

    def _unknown(self, beside: Beside) -> Reading:
        refusal = self._refusals["number-words"]
        return refusal._replace(message=f"{refusal.message} ({', '.join(map(repr, beside.unknown))})")

    def _read_text(self, text: str) -> Reading:
        verdict = judge(text, self._region)
        if _has_letters(text):
            return self._read_letters(text, verdict)
        return self._explain(text, "", verdict) if verdict.number is None else self._reading(verdict)

    def _reading(self, verdict: Verdict) -> Reading:
        if verdict.code in self._keeps:
            return Reading(verdict.number, verdict.code, self._keeps[verdict.code])
        return self._refusals[verdict.code or "number-unreadable"]

    def _explain(self, text: str, digits: str, verdict: Verdict) -> Reading:
        """Name the damage behind a refusal where there is a likelier one than what phonenumbers says."""
        code = verdict.code or "number-unreadable"
        few = 0 < count_digits(text) < _FEWEST_DIGITS
        if code == "number-unreadable" and few and not _has_letters(text):
            code = "number-too-short"
        if is_short_date(text):
            code = "number-date"
        elif code in _LENGTH_CODES or code == "number-no-country":
            code = self._lost_sign(digits) or (self._two_apart(text) if " " in text else None) or code
        refusal = self._refusals[code]
        if code in _LENGTH_CODES:
            return refusal._replace(message=f"{refusal.message} ({count_digits(text)} digits found)")
        return refusal

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
        return self._shapes.verdict(digits).code is None

    def _two_apart(self, text: str) -> str | None:
        """Return the code for two numbers where a space parts the text into numbers that both exist."""
        for space in re.finditer(" +", text):
            sides = text[: space.start()], text[space.end() :]
            if all(self._is_assigned(_bare_digits(side) or "0") for side in sides):
                return "number-two"
        return None

    def _read_letters(self, text: str, verdict: Verdict) -> Reading:
        """Read text with letters: words beside a number, letters that stand for keys, or a mistyped digit."""
        if verdict.code == "number-extension":
            return self._refusals["number-extension"]
        start = _NUMBER_START.search(text)
        number = text[start.start() :] if start else ""
        if verdict.number is None:
            return self._refuse_letters(text, number, verdict)
        letters = _LETTER.findall(number)
        if letters and not _REMARK_AFTER.fullmatch(number):
            code = self._judge_keys(number, verdict) if len(letters) >= _VANITY_LETTERS else "number-letters"
        else:
            code = verdict.code or "number-text"
        if code not in ("number-vanity", "number-text"):
            return self._reading(Verdict(code, verdict.number))
        return Reading(verdict.number, code, RULES[code].message)

    def _judge_keys(self, number: str, verdict: Verdict) -> str:
        """Take letters for keys only where there is no number without them."""
        complete = judge(_LETTER.sub(" ", number), self._region).number is not None
        return "number-letters" if complete or verdict.code else "number-vanity"

    def _refuse_letters(self, text: str, number: str, verdict: Verdict) -> Reading:
        among = _has_letters(number) and count_digits(number) >= _FEWEST_DIGITS
        if among and (verdict.code == "number-unreadable" or verdict.code in _LENGTH_CODES):
            return self._refusals["number-letters"]
        return self._explain(text, "", verdict)


_UNSEEN = Leaf("", DEEPER)
_CUTS = tuple(Shapes.first_cut(size) for size in range(LONGEST + 1))


def _strip_all(cells: Sequence[str]) -> list[str]:
    """Return the cells without punctuation, and with a question mark where `read` has to look itself.

    One pass over all of them at once costs a tenth of a pass over each.
    """
    joined = "\n".join(cells)
    if joined.count("\n") >= len(cells):
        joined = "\n".join(cell.replace("\n", "?") for cell in cells)
    signs = joined.encode("ascii", "replace")
    if b".0" in signs:
        signs = _MAYBE_DECIMAL.sub(b"?", signs)
    return signs.translate(None, _PUNCTUATION).decode("ascii").split("\n")


def _is_spaced(cell: str) -> bool:
    """Say whether a cell has nothing but digits and spaces: with dots, dashes or slashes it may be a date."""
    return cell.replace(" ", "").isdigit()


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _bare_digits(text: str) -> str:
    """Return the digits and the + in front, '' for text with anything else but punctuation."""
    digits = text.translate(_BARE_PUNCTUATION)
    bare = digits.removeprefix("+")
    if len(text) > _LONGEST_TEXT or len(bare) < _FEWEST_DIGITS or not (bare.isascii() and bare.isdecimal()):
        return ""
    return digits


def _is_sound(text: str, digits: str) -> bool:
    """Say whether bare digits are beyond suspicion: too many for a date, not parted, not an amount."""
    return len(digits) > _DATE_DIGITS and "/" not in text and "." not in text[-3:]
