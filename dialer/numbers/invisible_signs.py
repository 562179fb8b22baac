"""Signs that cannot be seen, which copying brings along: which of them mean nothing, and what the others are called."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import Final

_BLANK: Final = frozenset("\u2800\ufffc")
"""A braille cell without dots, and the place of a picture."""

# Unicode 16, DerivedCoreProperties.txt, Default_Ignorable_Code_Point; unicodedata does not tell of it.
_IGNORABLE: Final = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_STARTS: Final = tuple(first for first, _ in _IGNORABLE)
_KEPT_CONTROLS: Final = frozenset("\t\n\v\f\r\u0085")
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me"))
_KEYCAP: Final = "\u20e3"  #: the frame of a digit's emoji


def means_nothing(character: str) -> bool:
    """Say whether a sign is invisible by its nature: Unicode's default-ignorable ones, formats, controls, fillers."""
    at = bisect_right(_STARTS, ord(character)) - 1
    if character in _BLANK or character == _KEYCAP or (at >= 0 and ord(character) <= _IGNORABLE[at][1]):
        return True
    return character not in _KEPT_CONTROLS and unicodedata.category(character) in ("Cc", "Cf")


def first_unseen(text: str) -> str:
    """Name the first sign of a text that shows nothing, or nothing certain; '' where there is none."""
    for character in text:
        if unicodedata.category(character) in _UNSEEN and character not in _KEPT_CONTROLS:
            name = unicodedata.name(character, "")
            return f"U+{ord(character):04X}{' ' + name if name else ''}"
    return ""
