"""Whether somebody wrote in a note that a person must not be called: the phrases people use, by language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from dialer.domain.screening.consent_headings import folded

ANCHORS: Final = (
    *("call", "onta", "phon", "t ring", "p ring", "dnc", "d.n.c", "opt", "unsub", "remov", "list", "wrong", "cease"),
    *("passed away", "died", "disconn", "in serv", "of serv", "consent", "disturb", "only", "fax", "bother"),
    *("ruf", "sperr", "widers", "rstorb", "falsch", "verteiler", "werbung", "appel", "inscri", "abonn", "céd", "cede"),
    *("numér", "numer", "númer", "llam", "baja", "falle", "falec", "chiam", "ligar", "ligue", "cadast"),
    *("bellen", "gebeld", "me niet", "me-niet", "verleden", "verkeerd", "benader", "dzwon", "zmar"),
)
"""Every phrase has one of these in it: looking for them first is what makes a million notes quick."""

IN_ONE_WORD: Final = (
    *("dnc", "d.n.c", "opt", "unsub", "remov", "cease", "sperr", "rstorb", "widers", "not", "nocall", "disconn"),
    *("céd", "cede", "verleden", "inscri", "abonn"),
)
"""Those of the phrases that are written as one word."""

_CALLING: Final = r"(?:call|contact|phone|phoning|ring|dial|solicit|disturb|bother)"
#: What makes of "no calls" a remark about the past, or about a number that is missing.
_PAST: Final = r"""(?!\ (?:back|yet|answer|made|received|log|history|info|information|details?|names?|numbers?|since
    |center|centre|persons?|on\ file|available|given|provided|listed|found))"""
_FEW: Final = r"(?:\w+\ ){0,4}?"

_ENGLISH: Final = rf"""
      (?:do|does|did|must|should|can|may|will|would|to)\ not\ {_FEW}{_CALLING}
    | (?:dont|doesnt|didnt|mustnt|shouldnt|wont|cant|donot|please\ no|pls\ no)\ {_FEW}{_CALLING}
    | (?:never|stop|quit|cease|not\ to|avoid|hates?|refuse[sd]?|declined?|no\ more|no\ further)
      \ (?:\w+\ ){{0,2}}?{_CALLING}
    | no\ (?:sales\ |cold\ |phone\ |marketing\ )*(?:calls?|calling|contact)\b{_PAST}
    | dnc\b | donotcall | do\ not\ contact | opt(?:ed|s|ing)?\ ?out\b | unsub(?:s|bed|scribed?|scribes)?\b
    | (?:remove|take)\ (?:me|him|her|them|us|this|my|his|number|customer|client|contact|from|name|off)\b
    | (?:be|been|was|get|got|being|asked)\ removed\b | removed?\ from\b | ^removed?$ | off\ (?:\w+\ ){{0,3}}?lists?\b
    | wrong\ (?:number|person|num|no|party|phone)\b | deceased\b | passed\ away\b | died\b | disconnected\b
    | (?:not|out|no\ longer)\ (?:in|of)\ service\b | (?:text|sms|email)\ only\b | only\ (?:text|sms|email)\b
    | fax\ number\b
    | (?:revoke[sd]?|withdrew|withdraws?|withdrawn)\ (?:\w+\ ){{0,3}}?consent
    | consent\ (?:\w+\ ){{0,2}}?(?:revoked|withdrawn|refused) | no\ consent\b | cease\ and\ desist\b"""
_OTHERS: Final = r"""
      nicht\ (?:mehr\ |wieder\ )?(?:anrufen|anzurufen|angerufen|telefonisch|kontaktier\w*|zu\ kontaktieren)
    | rufen\ sie\ (?:\w+\ ){0,3}?nicht | keine?n?\ (?:weiteren?\ )?(?:telefon)?(?:anrufe?|kontakt\w*|werbung)\b
    | (?:werbe|anruf|kontakt|telefon)sperre\b | widersprochen\b | widerspruch\b | widerrufen\b | verstorben\b
    | falsche\ (?:ruf)?nummer\b | aus\ (?:der\ liste|dem\ verteiler)\b
    | ne\ (?:veut\ |souhaite\ )?(?:pas|plus)\ (?:\w+\ ){0,2}?(?:r?appel|contact|telephon)
    | (?:plus|pas)\ dappels?\b
    | desinscri | desabonn | decede | (?:faux|mauvais)\ numero | retirer\ de\ la\ liste
    | no\ (?:\w+\ ){0,3}?(?:llamar|llamen|llames|llame|llamada|llamadas|contactar|contacten)\b
    | de\ baja\b | numero\ equivocado | fallecid
    | non\ (?:\w+\ ){0,3}?(?:richiam|chiam|contatt) | numero\ (?:sbagliato|errato) | decedut | dalla\ lista\b
    | nao\ (?:\w+\ ){0,3}?(?:ligar|ligue|contat|contact|perturb) | numero\ errado | falecid | descadastr
    | niet\ (?:meer\ )?(?:te\ )?(?:bellen|benader|contact|gebeld) | bel\ me\ niet | verkeerd\ nummer | overleden\b
    | nie\ (?:\w+\ )?(?:dzwoni|kontaktowa) | zmar[l] | zly\ numer | bledny\ numer"""
_PHRASES: Final = re.compile(rf"\b(?:{_ENGLISH.replace('^', '(?<!.)')}|{_OTHERS})", re.VERBOSE)
_APOSTROPHES: Final = re.compile("['\u2019\u00b4`]")
_LETTERS: Final = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_SIGNS: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=8192)
def says_no(text: str) -> bool:
    """Say whether a text speaks of not calling somebody, or of a number that is not theirs."""
    plain = _APOSTROPHES.sub("", folded(text).casefold())
    plain = _LETTERS.sub(lambda letters: letters[0].replace(".", ""), plain)
    return _PHRASES.search(_SIGNS.sub(" ", plain).strip()) is not None
