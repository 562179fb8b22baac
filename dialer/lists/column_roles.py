"""Which columns of a list hold the numbers, and say where people live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.domain.screening.location import AddressColumns
from dialer.errors import SetupError
from dialer.numbers.invisible_signs import means_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

PHONE_HEADINGS = (
    "phone",
    "phonenumber",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "cell",
    "cellphone",
    "telephone",
    "telephonenumber",
    "tel",
    "msisdn",
    "callednumber",
    "contactnumber",
    "e164",
)
ANY_NUMBERS = ("number", "to", "destination")
"""Headings of numbers that may be those of records, tickets or orders."""

_WHOLE_LINE = re.compile(r"[,;|\t]")  #: between headings that were not parted
_PHONE_WORDS = frozenset(
    {
        *("phone", "phones", "mobile", "cell", "telephone", "tel", "mobilephone", "cellphone", "phonenumber", "msisdn"),
        *("telefon", "telefoon", "telefono", "teléfono", "telefone", "téléphone", "telephonenumber", "telefonnummer"),
        *("handy", "handynummer", "rufnummer", "mobil", "mobiltelefon", "mobilnummer", "movil", "móvil", "celular"),
        *("cellulare", "komórka", "телефон", "мобильный", "電話", "电话", "手机", "전화"),
    }
)
_NO_NUMBERS = frozenset(
    {
        *("carrier", "code", "consent", "country", "date", "dnc", "ext", "extension", "id", "label"),
        *("opt", "provider", "status", "timezone", "type", "valid", "verified", "fax", "emergency", "agent", "caller"),
        *("from", "sender", "owner", "model", "brand", "os", "time", "calls", "call", "count", "score", "plan", "bill"),
    }
)

_ADDRESS_HEADINGS = (
    ("timezone", "tz"),
    ("zip", "zipcode", "postalcode", "postcode"),
    ("state", "province", "region", "st"),
    (
        *("country", "countryname", "countryregion", "countryofresidence", "nation", "land", "pays", "pais", "paese"),
        *("countrycode", "countryiso", "isocountry", "iso", "iso2", "iso3"),
        *("addresscountry", "homecountry", "mailingcountry", "billingcountry", "personcountry"),
    ),
)
_PHONE_COUNTRY_HEADINGS = (
    *("phonecountry", "phonecountrycode", "mobilecountrycode", "callingcode", "countrycallingcode", "dialcode"),
    *("dialingcode", "diallingcode", "isd", "isdcode", "idd", "countrycode"),
)


def address_columns(headings: Sequence[str]) -> AddressColumns:
    """Find the columns with the usual headings of addresses; case and punctuation do not matter."""
    names = [_key(heading) for heading in headings]
    places = ([names.index(name) for name in known if name in names] for known in _ADDRESS_HEADINGS)
    return AddressColumns(*(found[0] if found else None for found in places))


def phone_country_column(headings: Sequence[str]) -> int | None:
    """Find the column that says which country a row's number is of, else the one of its address; None without any."""
    names = [_key(heading) for heading in headings]
    said = next((names.index(name) for name in _PHONE_COUNTRY_HEADINGS if name in names), None)
    return said if said is not None else address_columns(headings).country


def phone_column(headings: Sequence[str], wanted: str | None) -> int:
    """Return the place of the column `wanted`, else of the one that plainly holds the numbers; raises SetupError.

    That is the first of the usual headings. Those that may be anything's number (`Number`, `To`) come last, behind a
    heading with a word for telephones in it, such as `Home Phone`. Of two headings that differ in nothing but how they
    are written, or of two that only have such a word, none is taken.
    """
    names = [_key(heading) for heading in headings]
    if wanted is not None:
        return _named_column(headings, names, wanted)
    if name := next((name for name in PHONE_HEADINGS if name in names), None):
        return _only_one([at for at, other in enumerate(names) if _stem(other) == _stem(name)], headings)
    vague = [at for at, name in enumerate(names) if name in ANY_NUMBERS]
    if places := other_phone_columns(headings, ()) or vague:
        return _only_one(places, headings)
    raise SetupError(
        f"no column of the list is known as a phone column; it has {', '.join(map(repr, headings))}. "
        'Name one in the campaign: [list] phone = "…"'
    )


def phone_columns(headings: Sequence[str], wanted: Sequence[str] | None) -> tuple[int, ...]:
    """Return the places of the columns `wanted`, in their order, else of the one that `phone_column` finds."""
    if wanted is None:
        return (phone_column(headings, None),)
    return tuple(dict.fromkeys(phone_column(headings, heading) for heading in wanted))


def key_column(headings: Sequence[str], wanted: str | None) -> int | None:
    """Return the place of the column that says who a row is, None where none is `wanted`; raises SetupError."""
    if wanted is None:
        return None
    return _named_column(headings, [_key(heading) for heading in headings], wanted, what="key")


def names_phones(headings: Sequence[str], wanted: Sequence[str] | None) -> bool:
    """Say whether cells may be a list's headings: one is a phone column `wanted`, or known as one."""
    return bool(phone_places(headings, wanted))


def phone_places(headings: Sequence[str], wanted: Sequence[str] | None) -> list[int]:
    """Return the places of every heading that is `wanted` for numbers, or that may be one's."""
    known = {_key(heading) for heading in wanted} if wanted is not None else {*PHONE_HEADINGS, *ANY_NUMBERS}
    likely = other_phone_columns(headings, ()) if wanted is None else ()
    return [at for at, heading in enumerate(headings) if at in likely or _key(heading) in known]


def other_phone_columns(headings: Sequence[str], taken: Sequence[int]) -> list[int]:
    """Return the places of the columns that hold telephone numbers by their headings, but for those `taken`."""
    return [at for at, heading in enumerate(headings) if at not in taken and _is_likely(heading)]


def _named_column(headings: Sequence[str], names: Sequence[str], wanted: str, *, what: str = "phone") -> int:
    places = [at for at, heading in enumerate(headings) if heading == wanted]
    places = places or [at for at, name in enumerate(names) if name == _key(wanted)]
    if len(places) == 1:
        return places[0]
    if places:
        raise SetupError(f"the list has more than one {what} column {wanted!r}")
    raise SetupError(f"the list has no {what} column {wanted!r}; it has {', '.join(map(repr, headings))}")


def _only_one(places: Sequence[int], headings: Sequence[str]) -> int:
    if len(places) == 1:
        return places[0]
    found = ", ".join(repr(headings[at]) for at in places)
    raise SetupError(
        f"no column of the list is known as a phone column, because more than one may be: {found}. "
        'Say which: [list] phone = "…" in the campaign'
    )


def _is_likely(heading: str) -> bool:
    words = set(re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).casefold()))
    says_phone = bool(words & _PHONE_WORDS) or _key(heading) in PHONE_HEADINGS
    return says_phone and not _NO_NUMBERS & words and not _WHOLE_LINE.search(heading)


def _stem(name: str) -> str:
    """Return a heading without the word that says it is a number."""
    return re.sub(r"(?<=.)(?:number|num|nr|no)$", "", name)


def _key(heading: str) -> str:
    seen = heading if heading.isascii() else "".join(sign for sign in heading if not means_nothing(sign))
    return re.sub(r"[\W_]", "", seen).casefold()
