"""What a heading, or a cell in words, says of permission to call: a permission or an objection, and in which form.

A heading is cut into words, each word has a role (`consent_words`), and the roles in their order are read by a few
patterns. Pure: no heading is known by itself.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.domain.screening.consent_words import ALONE, GLUED, PHRASES, WORDS, Role, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Says(StrEnum):
    """What a yes under a heading would mean."""

    PERMISSION = "permission"
    OBJECTION = "objection"
    UNCLEAR = "both a permission and an objection"
    NEITHER = "status"


class Cells(StrEnum):
    """What stands under a heading."""

    YES_NO = "yes or no"
    DATE = "the day it was said"
    UNTIL = "the last day it holds"
    ANYTHING = "what is only there when it was said"
    STATUS = "words"


class HeadingMeaning(NamedTuple):
    """What a heading says, in which form its cells say it, and whether every word of it is known."""

    says: Says
    cells: Cells
    is_plain: bool = True


_ROLE_OF: Final = {word: role for role, words in WORDS.items() for word in words.split()}
_LONGEST_PHRASE: Final = max(map(len, PHRASES))
_LONGEST_WORD: Final = max(map(len, GLUED))
_LONGEST_HEADING: Final = 300  #: signs; what is longer is a text under which no cells stand

_APOSTROPHE = re.compile(r"(?<=n)['\u2019\u00b4`](?=t\b)", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"\bN[or]\.(?![^\W\d_])", re.IGNORECASE)
_LEGEND_NO = re.compile(r"\b(?:no|n|0|false|nein|non)\s*=(?!=)", re.IGNORECASE)
_LEGEND_YES = re.compile(r"\b(?:yes|y|1|true|ja|oui)\s*=(?!=)", re.IGNORECASE)
_LEGEND = re.compile(
    r"\b(?:yes|y|ja|oui|si|sim|tak|true|1)\s*(?:[/|,]|or|oder|ou)\s*(?:no|n|nein|non|nao|nee|nie|false|0)\b"
    r"|\b(?:no|n|nein|non|false|0)\s*(?:[/|,]|or|oder|ou)\s*(?:yes|y|ja|oui|true|1)\b",
    re.IGNORECASE,
)
_LEGEND_ITSELF = re.compile(
    r"\b(?:1|y|yes|true|ja|oui|si)\s*=\s*(?:yes|ja|oui|si|true)\b|\b(?:0|n|no|false|nein|non)\s*=\s*(?:no|nein|non|false)\b",
    re.IGNORECASE,
)
_IN_OR_OUT = re.compile(r"\bopt(?:ed)?[\W_]*in[\W_]*(?:or[\W_]*)?out(?![^\W_])", re.IGNORECASE)
_SPELT = re.compile(r"\b(?:[^\W\d_][._-] ?){2,}[^\W\d_]?\b\.?")  #: letters apart with dots or lines, such as D.N.C.
_TOKEN = re.compile(r"[^\W\d_]+|[/&+,]|[.;?!\n]+(?=\s|$)|2(?=[^\W\d_])")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_NO = "no"

#: What has a number, so that "no" behind it is one.
_NUMBERED: Final = vocabulary(
    """phone telephone tel telefon mobile cell fax contact account acct customer client member order invoice policy
    reference ref case ticket id serial house street room unit item lot contract loan card claim application reg
    employee staff patient student meter seq sl sr row line record"""
)
#: Behind these a "no" is a number whatever follows it.
_ALWAYS_NUMBERED: Final = frozenset(("phone", "telephone", "tel", "mobile", "cell", "fax", "contact"))
#: At the end of a heading these say when or by whom: consented_at, revoked_by.
_LAST: Final = {"at": Role.DATE, "on": Role.DATE, "am": Role.DATE, "op": Role.DATE, "by": Role.REASON}
#: Days, in languages in which the word is not English for something else.
_DATA: Final = frozenset(("data", "le"))
_DATA_OF: Final = re.compile(r"\b(?:consens|consentim|consentem|revoca|revoga|zgod|sprzeciw|oposic|opposizion|permess)")

_CHANNEL = "[CKM&f]"
_T = "(?:[CK]f*(?:bf*c)?|bf*c|cf*b)"  # the call that is spoken of
_TERMS: Final = re.compile(
    "|".join(
        (
            rf"(?P<no_consent>N[ftbeu]{{0,3}}?{_CHANNEL}*P)",
            r"(?P<kept>P[^&.]*?Nf*[RAVL]|Nf*[RAVL]f*t?f*P)",
            r"(?P<not_given>P[^&.]*?Nf*[sdh]|PN(?=[.f]*$))",
            r"(?P<lost>P[^&.]*?[RAVLO]|[RAVL][ft]*[CK]?[ft]*P)",
            r"(?P<consent>P)",
            rf"(?P<no_objection>N[fbt]*[OAV]|Of*k|N[ftb]*N[ftb]*{_T})",
            r"(?P<undone>O[f]*[LRAV])",
            r"(?P<objection>O)",
            rf"(?P<refused_not>Nf*[RAV][ft]*{_T}|{_T}[f]*Nf*[RAV])",
            rf"(?P<no_call>N[ftb]*{_T}?(?:[CK]f*)*d[ft]+{_T}|N[ftb]*(?:Mf*&?f*)*(?:[CK]f*)+d?|N[ftb]*u[ft]*C|N[fta]*u?[ft]*(?:bf*c|cf*b))",
            rf"(?P<not_allowed>N[ftb]*[ad][ftbad&MKu]*?{_T}|{_T}f*N[fb]*d)",
            rf"(?P<allowed>a[ftbad&MK]*?{_T}|{_T}[fb]*d|df*t[ft]*{_T})",
            rf"(?P<refused>{_T}[fb]*[RAV]|[RAV][ft&MK]*?{_T}|{_T}N(?=f*$))",
            r"(?P<other_only>[RAVN]?[ft]*M[f]*o|o[ft]*M)",
        )
    )
)
_PERMITS: Final = frozenset(("kept", "consent", "no_objection", "refused_not", "allowed"))
_WEAK: Final = frozenset(("allowed", "not_allowed", "refused_not"))
_ALONE: Final = re.compile(r"[fbtDg]*A[fbtDr&A]*|.*V.*")
_LAW: Final = re.compile(r"[fbtD]*g[fbtDsd]*")
_EVIDENCE_DONE: Final = re.compile(r"[er]f*s|sf*Pf*[er]")
_STATUS: Final = re.compile(r"S|y.*[CK]|[CK].*y|yy")
_JOINED: Final = re.compile(r"[KOP][ft]*&[ft]*M|M[ft]*&[ft]*[KOP]")


@lru_cache(maxsize=8192)
def read_meaning(text: str) -> HeadingMeaning | None:
    """Say what a heading, or a few words in a cell, mean for calls; None where they say nothing of them."""
    if len(text) > _LONGEST_HEADING:
        return None
    words = _words(text)
    roles = "".join(_roles(words))
    plain = "u" not in roles
    terms = ["objection"] if len(words) == 1 and words[0] in ALONE else _terms(roles)
    if not terms:
        is_status = _STATUS.search(roles) is not None and _concerns_calls(roles)
        return HeadingMeaning(Says.NEITHER, Cells.STATUS, plain) if is_status else None
    if "other_only" not in terms and not _concerns_calls(roles):
        return None
    says = _said_by(terms)
    cells = _cells(roles, says)
    return HeadingMeaning(says, cells, plain) if cells else None


def _terms(roles: str) -> list[str]:
    """Find what is said, by the names of the patterns."""
    terms = [match.lastgroup or "" for match in _TERMS.finditer(roles)]
    if "T" in roles:
        terms = [term for term in terms if term not in _WEAK]
    if not terms and _ALONE.fullmatch(roles):
        return ["objection"]
    return ["consent"] if not terms and _LAW.fullmatch(roles) else terms


def concerns_calls(heading: str) -> bool:
    """Say whether what stands under a heading may be about calls: notes may, an e-mail's status may not."""
    roles = "".join(_roles(_words(heading)))
    return _concerns_calls(roles) or "r" in roles


def declared_cells(heading: str, says: Says) -> Cells:
    """Tell the form of the cells under a heading of which somebody has said what it means."""
    return _cells("".join(_roles(_words(heading))), says) or Cells.YES_NO


def _said_by(terms: Sequence[str]) -> Says:
    """Say what all terms mean together; who speaks of a permission and of an objection is not clear."""
    signs = {term in _PERMITS for term in terms}
    if "undone" in terms or len(signs) > 1:
        return Says.UNCLEAR
    return Says.PERMISSION if signs == {True} else Says.OBJECTION


def _concerns_calls(roles: str) -> bool:
    """Say whether calls are spoken of: by name, or as contact of any kind where no other channel narrows it."""
    return "M" not in roles or not {"C", "c"}.isdisjoint(roles) or _JOINED.search(roles) is not None


def _cells(roles: str, says: Says) -> Cells | None:
    """Tell the form of the cells; None where they say nothing, whatever stands in them."""
    has = set(roles)
    if _says_nothing(roles, says):
        return None
    if says is Says.PERMISSION and ("y" in has or ("S" in has and "P" not in has)):
        return Cells.STATUS
    if "U" in has:
        return Cells.UNTIL
    if "D" in has:
        return Cells.DATE
    return Cells.ANYTHING if says is Says.OBJECTION and has & set("ry") else Cells.YES_NO


def _says_nothing(roles: str, says: Says) -> bool:
    """Say whether a column only keeps what is kept of a decision whichever way it went."""
    has = set(roles)
    if says is not Says.PERMISSION:
        return "e" in has or ("h" in has and "S" not in has)
    if has & set("er") and not _EVIDENCE_DONE.search(roles):
        return True
    return "h" in has and ("D" in has or "O" in has)


def _roles(words: Sequence[str]) -> Iterator[Role]:
    """Give each word its role, phrases first."""
    at, last = 0, len(words)
    has_date = _DATA_OF.search(" ".join(words)) is not None
    while at < last:
        for size in range(min(_LONGEST_PHRASE, last - at), 1, -1):
            if role := PHRASES.get(tuple(words[at : at + size])):
                yield role
                at += size
                break
        else:
            yield _role(words, at, has_date=has_date)
            at += 1


def _role(words: Sequence[str], at: int, *, has_date: bool) -> Role:
    word = words[at]
    if word in "/&+,":
        return Role.AND
    if not word.isalpha():
        return Role.TO if word == "2" else Role.END
    if word == _NO and _is_number(words, at):
        return Role.FILL
    if at and at == len(words) - 1 and word in _LAST:
        return _LAST[word]
    if has_date and word in _DATA:
        return Role.DATE
    return _ROLE_OF.get(word, Role.FILL if len(word) == 1 else Role.UNKNOWN)


def _is_number(words: Sequence[str], at: int) -> bool:
    """Say whether a "no" is short for number: behind what has one, in front of "of", or at the end of words."""
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if before in _ALWAYS_NUMBERED or after == "of":
        return True
    return before in _NUMBERED and _ROLE_OF.get(after) is not Role.CALL


def _words(text: str) -> list[str]:
    """Cut a heading into its words, without accents and capitals; signs that join or end stay, letters are joined."""
    plain = folded(text)
    plain = _NUMBER_SIGN.sub(" ", _APOSTROPHE.sub("", plain))
    plain = _IN_OR_OUT.sub(" opt in & opt out ", _LEGEND.sub(" ", _LEGEND_ITSELF.sub(" ", plain)))
    plain = _LEGEND_YES.sub(" ", _LEGEND_NO.sub(" not ", plain))
    words: list[str] = []
    singles: list[str] = []
    plain = _SPELT.sub(lambda found: re.sub(r"[\W_]", "", found[0]) + " ", plain)
    for token in _TOKEN.findall(plain):
        if len(token) == 1 and token.isalpha():
            singles.append(token.casefold())
            continue
        words += _single(singles)
        singles = []
        words += _cut(token) if token.isalpha() else [token]
    return words + _single(singles)


def _single(letters: Sequence[str]) -> list[str]:
    """Take D N C for a word, and other letters that stand alone for what they are."""
    word = "".join(letters)
    return [word] if _ROLE_OF.get(word) is Role.OBJECTION else list(letters)


def _cut(token: str) -> list[str]:
    """Cut letters at capitals, and words of the table that were written as one."""
    whole = token.casefold()
    if whole in _ROLE_OF:
        return [whole]
    if glued := _unglued(whole):
        return glued
    parts = [part.casefold() for part in _CAMEL.findall(token)]
    return [word for part in parts for word in ([part] if part in _ROLE_OF else _unglued(part) or [part])]


@lru_cache(maxsize=8192)
def _unglued(word: str) -> list[str]:
    """Part a word that is made of nothing but words of the table; the longest first, [] where it is not."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(word) + 1):
        found: list[str] | None = None
        for start in range(max(0, end - _LONGEST_WORD), end - 1):
            before = best[start]
            if before is not None and word[start:end] in GLUED and (found is None or len(before) < len(found) - 1):
                found = [*before, word[start:end]]
        best.append(found)
    words = best[-1] or []
    return words if _terms("".join(_roles(words))) else []


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Return a text without accents."""
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ß", "ss"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
