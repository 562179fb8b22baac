"""What phonenumbers asks its patterns on the way to a verdict, answered from leading digits alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from dialer.numbers.newer_area_codes import NANP, NANP_NUMBER, newer_numbers
from dialer.numbers.pattern_derivatives import ANYTHING, NEVER, DigitPatterns, Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from phonenumbers.phonemetadata import PhoneNumberDesc

_TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)

Answers: TypeAlias = tuple[object, ...]

_Kinds: TypeAlias = tuple[Expression, Expression, Expression]  # of any number, a premium one, an assigned one


class PartialNumber(NamedTuple):
    """A number of which the first digits are known and the others are not."""

    known: str
    unread: int


class UndecidedError(Exception):
    """The known digits do not settle a question the library asks."""


class UnfitError(Exception):
    """No leading digits settle it: the library rewrites such numbers, or treats them one by one."""


class Questions:
    """The patterns one region's numbers meet, asked the library's questions in its order.

    Where the known digits leave a question open, UndecidedError is raised; asking more than the library would
    is harmless, because it only takes more digits to settle.
    """

    def __init__(self, region: str | None) -> None:
        """Compile nothing yet; `region` is a supported region in capitals, or None."""
        self._patterns = DigitPatterns()
        self._home = PhoneMetadata.metadata_for_region(region) if region else None
        self._regions: dict[int, tuple[tuple[PhoneMetadata, Expression | None], ...]] = {}
        self._kinds: dict[tuple[str, int, int], _Kinds] = {}
        self._short_lengths: dict[int, frozenset[int]] = {}

    def about_reading(self, partial: PartialNumber) -> tuple[int, Answers]:
        """Return the calling code and every answer that decides where the national number starts."""
        length = len(partial.known) + partial.unread
        if partial.known.startswith("+"):
            return self._abroad(partial, 1, (length, "+"))
        if self._home is None or self._home.country_code is None:
            raise UnfitError
        prefix = self._prefix(self._home.international_prefix, partial, 0)
        if prefix and prefix == len(partial.known):
            raise UndecidedError
        if prefix and partial.known[prefix] != "0":
            return self._abroad(partial, prefix, (length, prefix))
        return self._home.country_code, (length, "national", self._at_home(self._home, partial))

    def about_kind(self, country: int, partial: PartialNumber, start: int) -> Answers:
        """Return every answer that decides what kind of number the digits from `start` on are.

        Like the library, take the first region whose leading digits fit, or which has such numbers.
        """
        if start > len(partial.known):
            raise UndecidedError
        if country not in self._regions:
            self._regions[country] = tuple(self._compile_regions(country))
        kind = (False, False)
        for metadata, leading in self._regions[country]:
            belongs = leading is None or self._settled(leading, partial, start)
            kind = self._kind(metadata, partial, start) if belongs else (False, False)
            if kind != (False, False) or (belongs and leading is not None):
                break
        if kind == (False, False):
            self._refuse_short(country, len(partial.known) + partial.unread - start)
            if country == NANP:
                patterns = map(self._patterns.compile, (newer_numbers(), NANP_NUMBER))
                return (*kind, *(self._settled(pattern, partial, start) for pattern in patterns))
        return kind

    def _at_home(self, home: PhoneMetadata, partial: PartialNumber) -> Answers:
        own = str(home.country_code)
        if len(partial.known) < len(own):
            raise UndecidedError
        answers = self._national(home, partial, 0)
        if partial.known.startswith(own):
            answers += self._national(home, partial, len(own))
            answers += self._national(_main(int(own)), partial, len(own))
        return answers

    def _abroad(self, partial: PartialNumber, start: int, answers: Answers) -> tuple[int, Answers]:
        for end in range(start + 1, start + 4):
            if end > len(partial.known):
                raise UndecidedError
            country = int(partial.known[start:end])
            if partial.known[start] != "0" and country in COUNTRY_CODE_TO_REGION_CODE:
                return country, (*answers, country, self._national(_main(country), partial, end))
        raise UnfitError

    def _national(self, metadata: PhoneMetadata, partial: PartialNumber, start: int, strips: int = 2) -> Answers:
        """Return the answers about stripping the national prefix, which the library may do twice."""
        viable = self._whole(metadata, partial, start)
        prefix = self._national_prefix(metadata, partial, start) if strips else None
        if prefix is None:
            return (viable,)
        metadatas = {id(each): each for each in (metadata, _main(metadata.country_code or 0))}
        answers = (self._national(each, partial, start + prefix, strips - 1) for each in metadatas.values())
        return (viable, prefix, *answers)

    def _national_prefix(self, metadata: PhoneMetadata, partial: PartialNumber, start: int) -> int | None:
        pattern = metadata.national_prefix_for_parsing
        prefix = self._prefix(pattern, partial, start)
        if pattern and prefix is not None and metadata.national_prefix_transform_rule:
            match = re.compile(pattern).match(partial.known, start)
            if match is None or (match.groups() and match.groups()[-1] is not None):
                raise UnfitError
        return prefix

    def _whole(self, metadata: PhoneMetadata, partial: PartialNumber, start: int) -> bool:
        if start > len(partial.known):
            raise UndecidedError
        desc = metadata.general_desc
        pattern = desc.national_number_pattern if desc else None
        return bool(pattern) and self._settled(self._patterns.compile(pattern or ""), partial, start)

    def _prefix(self, pattern: str | None, partial: PartialNumber, start: int) -> int | None:
        """Return how many digits a pattern takes from `start` on, None when it does not match there."""
        if not pattern:
            return None
        if start > len(partial.known):
            raise UndecidedError
        left = self._patterns.after(self._patterns.compile(pattern), partial.known[start:])
        if self._patterns.may_match_later(left, partial.unread):
            raise UndecidedError
        match = re.compile(pattern).match(partial.known[start:] + "0" * partial.unread)
        return match.end() if match else None

    def _kind(self, metadata: PhoneMetadata, partial: PartialNumber, start: int) -> tuple[bool, bool]:
        """Return whether the number is assigned, and whether at a premium rate."""
        length = len(partial.known) + partial.unread - start
        key = (metadata.id, metadata.country_code or 0, length)
        if key not in self._kinds:
            every = [self._compile_desc(getattr(metadata, kind), length) for kind in _TYPES]
            general = self._compile_desc(metadata.general_desc, length)
            premium = self._compile_desc(metadata.premium_rate, length)
            self._kinds[key] = (general, premium, self._patterns.either(*every))
        general, premium, some = self._kinds[key]
        if not self._settled(general, partial, start) or not self._settled(some, partial, start):
            return (False, False)
        return (True, self._settled(premium, partial, start))

    def _settled(self, expression: Expression, partial: PartialNumber, start: int) -> bool:
        fate = self._patterns.fate(self._patterns.after(expression, partial.known[start:]), partial.unread)
        if fate is None:
            raise UndecidedError
        return fate

    def _compile_regions(self, country: int) -> Iterator[tuple[PhoneMetadata, Expression | None]]:
        """Give the regions of a calling code in the library's order, with the pattern of their numbers."""
        regions = COUNTRY_CODE_TO_REGION_CODE[country]
        for region in regions:
            metadata = _metadata(country, region)
            pattern = metadata.leading_digits if len(regions) > 1 else None
            leading = self._patterns.then(self._patterns.compile(pattern), ANYTHING) if pattern else None
            yield metadata, leading

    def _compile_desc(self, desc: PhoneNumberDesc | None, length: int) -> Expression:
        if desc is None or not desc.national_number_pattern:
            return NEVER
        if desc.possible_length and length not in desc.possible_length:
            return NEVER
        return self._patterns.compile(desc.national_number_pattern)

    def _refuse_short(self, country: int, length: int) -> None:
        """Leave to the library what may be a short code, which is one by all of its digits."""
        if country not in self._short_lengths:
            self._short_lengths[country] = _short_lengths(country)
        if length in self._short_lengths[country]:
            raise UnfitError


def _metadata(country: int, region: str) -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    if metadata is None:
        raise UnfitError
    return metadata


def _main(country: int) -> PhoneMetadata:
    return _metadata(country, COUNTRY_CODE_TO_REGION_CODE[country][0])


def _short_lengths(country: int) -> frozenset[int]:
    lengths: set[int] = set()
    for region in COUNTRY_CODE_TO_REGION_CODE[country]:
        metadata = PhoneMetadata.short_metadata_for_region(region)
        for desc in (metadata.general_desc, metadata.short_code, metadata.emergency) if metadata else ():
            lengths.update(desc.possible_length if desc else ())
    return frozenset(lengths)
