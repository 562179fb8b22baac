"""Which columns of a list hold the numbers, and say where people live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.domain.whereabouts import AddressColumns
from dialer.errors import SetupError
from dialer.intake.unseen import means_nothing

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
    "number",
    "msisdn",
    "to",
    "callednumber",
    "contactnumber",
    "destination",
    "e164",
)

_PHONE_WORDS = frozenset({"phone", "mobile", "cell", "telephone", "tel", "mobilephone", "cellphone", "phonenumber"})
_NO_NUMBERS = frozenset(
    {
        *("carrier", "code", "consent", "country", "date", "dnc", "ext", "extension", "id", "label"),
        *("opt", "provider", "status", "timezone", "type", "valid", "verified"),
    }
)

_ADDRESS_HEADINGS = (
    ("timezone", "tz"),
    ("zip", "zipcode", "postalcode", "postcode"),
    ("state", "province", "region", "st"),
    ("country", "countrycode", "iso"),
)


def address_columns(headings: Sequence[str]) -> AddressColumns:
    """Find the columns with the usual headings of addresses; case and punctuation do not matter."""
    names = [_key(heading) for heading in headings]
    places = ([names.index(name) for name in known if name in names] for known in _ADDRESS_HEADINGS)
    return AddressColumns(*(found[0] if found else None for found in places))


def phone_column(headings: Sequence[str], wanted: str | None) -> int:
    """Return the place of the column `wanted`, else of the first heading known for numbers; raises SetupError.

    Where no heading is known, the only one that begins with a word for telephones is taken, such as `phone 1`.
    """
    names = [_key(heading) for heading in headings]
    if wanted is not None:
        places = [at for at, heading in enumerate(headings) if heading == wanted]
        places = places or [at for at, name in enumerate(names) if name == _key(wanted)]
        if len(places) == 1:
            return places[0]
        if places:
            raise SetupError(f"the list has more than one phone column {wanted!r}")
        raise SetupError(f"the list has no phone column {wanted!r}; it has {', '.join(map(repr, headings))}")
    for name in PHONE_HEADINGS:
        if name in names:
            return names.index(name)
    likely = [at for at, heading in enumerate(headings) if _is_likely(heading)]
    if len(likely) == 1:
        return likely[0]
    raise SetupError(
        f"no column of the list is known as a phone column; it has {', '.join(map(repr, headings))}. "
        'Name one in the campaign: [list] phone = "…"'
    )


def _is_likely(heading: str) -> bool:
    words = re.findall(r"[^\W\d_]+", heading.casefold())
    return bool(words) and words[0] in _PHONE_WORDS and not _NO_NUMBERS & set(words)


def _key(heading: str) -> str:
    seen = "".join(sign for sign in heading if not means_nothing(sign))
    return re.sub(r"[\W_]", "", seen).casefold()
