"""Words beside a number in a phone cell: labels that mean nothing, objections that bind, and words nobody knows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.domain.screening.consent_headings import Says, folded, read_meaning
from dialer.domain.screening.consent_words import vocabulary
from dialer.numbers.damage import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

SAYS_NO: Final = "number-says-no"

#: What people write beside a number to say which of somebody's telephones it is.
LABELS: Final = vocabulary(
    """
    home house residence mobile mob mobil mobiltelefon cell cellphone cellular handy smartphone iphone work wk office
    off business biz company job desk tel telephone phone ph fon fone number numbers num no nr main primary principal
    secondary second first other alt alternate alternative private personal direct landline land line fixed voice call
    contact day daytime evening eve night weekday preferred pref best switchboard reception whatsapp wa m h t p w c
    privat private festnetz arbeit buro buero geschaft geschaeft geschaftlich dienstlich dienst telefon rufnummer nummer
    portable domicile travail bureau fixe maison numero principal personnel professionnel perso pro
    movil celular casa trabajo oficina telefono fijo particular personal
    cellulare ufficio lavoro fisso abitazione
    telemovel trabalho escritorio telefone residencial comercial fixo
    mobiel thuis werk kantoor vast telefoon
    komorka komorkowy kom dom domowy praca sluzbowy stacjonarny telefon numer
    us usa uk gb ca au ie de at ch fr es it pt nl pl
    """
)
#: Objections to a number rather than by a person: a call would reach somebody else, or nobody who can talk.
_DEAD: Final = re.compile(
    r"\b(?:fax|telefax|facsimile|pager|disconnected|deceased|dead|removed?"
    r"|(?:wrong|bad|old|former|invalid|incorrect) (?:number|num|no|person)"
    r"|(?:not|out of|no longer)(?: in)? (?:service|use)"
    r"|(?:sms|text|texts|txt|whatsapp|email) only|only (?:sms|text|texts)|nur sms"
    r"|falsche nummer|kein anschluss|faux numero|numero (?:equivocado|sbagliato|errado)|verkeerd nummer)\b"
)
_NO_CALL: Final = re.compile(r"\b(?:no|not|never|dont|donot)\b[ ._-]*(?:calls?|calling|contact|phone|ring|dial)\b")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_BESIDE: Final = re.compile(r"(?P<front>[^\d+]*?)(?P<core>[(]?[+(]?\d[\d ().\-/+]*?)(?P<back>[^\d+]*)", re.DOTALL)
_SHOWN: Final = 5  #: unknown words, so that a remark stays one line of the problems


class Beside(NamedTuple):
    """What stands in a phone cell with words: the number's own signs, '' where words stand in it, and what they say."""

    core: str
    objects: bool
    unknown: tuple[str, ...]


@lru_cache(maxsize=8192)
def read_words(words: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """Say whether words beside a number object to calls, and which of them are no labels."""
    unknown = tuple(word for word in words if folded(word).casefold() not in LABELS)[:_SHOWN]
    text = folded(" ".join(words)).casefold()
    meaning = read_meaning(text)
    objects = meaning is not None and meaning.says is Says.OBJECTION
    return objects or _DEAD.search(text) is not None or _NO_CALL.search(text) is not None, unknown


def words_beside(text: str) -> Beside | None:
    """Part a cleaned phone cell into its number and the words beside it; None where there are no words."""
    words = tuple(_WORD.findall(text))
    if not words:
        return None
    objects, unknown = read_words(words)
    match = _BESIDE.fullmatch(text)
    core = match["core"].strip(" -/.") if match else ""
    if core.endswith("(") or core.count("(") > core.count(")"):
        core = core.rstrip("( ")
    return Beside(core, objects, unknown)


def any_objects(cells: Iterable[str]) -> bool:
    """Say whether words beside the number object to calls in any of some phone cells."""
    lettered = (cell for cell in cells if _WORD.search(cell))
    return any(beside is not None and beside.objects for beside in map(words_beside, map(clean, lettered)))
