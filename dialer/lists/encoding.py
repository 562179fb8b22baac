"""Finding out in which encoding a text file is, by its whole content; what cannot be known is said or refused."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, NamedTuple

from dialer.errors import SetupError
from dialer.lists.codepages import guess_codepage, take_census

if TYPE_CHECKING:
    from dialer.lists.source import Source

UTF8 = "utf-8"
ADVICE = 'save it as "CSV UTF-8", or name its encoding in the campaign: [list] encoding = "…"'
_BLOCK = 1 << 18  #: bytes at a time: they stay in the processor's cache while they are decoded and looked through
_LONGEST_LINE = 16 << 20  #: bytes; a line is held in memory as a whole
#: Shares of NUL bytes among the even and the odd bytes of UTF-16: in a list of any script digits, spaces and delimiters
#: have one, always in the same of the two places.
_FEW, _MANY = 0.02, 0.3
_NOT_OF_FILES = ("utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape")
_CUT_SHORT = ("unexpected end of data", "truncated data")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # begins as UTF-16's does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF8, UTF8, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


class Decoding(NamedTuple):
    """How a file's bytes become text."""

    encoding: str
    mark: int = 0  #: bytes of a byte order mark before the text
    said: str = ""  #: what to call the text where it had to be assumed; empty for UTF-8 and for what was given
    doubt: str = ""


class _Fault(NamedTuple):
    line: int
    what: str


def find_decoding(source: Source, given: str | None = None) -> Decoding:
    """Return the encoding in which the whole of a file is text; memory does not grow with the file.

    Raises SetupError when there is none, when it cannot be known, or when the one given is wrong.
    """
    with source.open() as stream:
        head = stream.read(_BLOCK)
    if given is not None:
        return _check_given(source, given, head)
    found = _marked(head) or _unmarked(head)
    fault = _first_fault(source, found)
    if fault is None:
        return found
    if found != Decoding(UTF8):
        raise SetupError(
            f"{source.label} is not {found.said or 'UTF-8'} text: line {fault.line} {fault.what}; {ADVICE}"
        )
    return _codepage(source, fault)


def _check_given(source: Source, given: str, head: bytes) -> Decoding:
    try:
        encoding = codecs.lookup(given).name.removesuffix("-sig")
        b"a".decode(encoding, "replace")  # some codecs, such as hex, are found and make no text
    except (LookupError, ValueError):
        encoding = ""
    if not encoding or encoding.replace("_", "-") in _NOT_OF_FILES:
        raise SetupError(f"[list] encoding: there is no encoding {given!r}; usual ones are utf-8 and cp1252")
    marked = _marked(head)
    if marked is not None and not marked.encoding.startswith(encoding):
        raise SetupError(f"{source.label} is {marked.said or 'UTF-8'} text, not {given}: leave [list] encoding out")
    found = (marked or _with_byte_order(encoding, head))._replace(said="")
    if fault := _first_fault(source, found):
        raise SetupError(
            f"{source.label} is not {given} text: line {fault.line} {fault.what}; leave [list] encoding out"
        )
    with source.open() as stream:
        if encoding == UTF8 or _is_beyond_doubt(stream.read(_BLOCK)):
            return found
    doubt = f"{source.label} looks like UTF-8 and is read as {given}, as the campaign says: see that names are right"
    return found._replace(doubt=doubt)


def _with_byte_order(encoding: str, head: bytes) -> Decoding:
    """Settle the order of bytes where the name given leaves it open and no mark tells it."""
    if encoding not in ("utf-16", "utf-32"):
        return Decoding(encoding)
    guess = _unmarked(head)
    return guess if guess.encoding.startswith(encoding) else Decoding(f"{encoding}-le")


def _is_beyond_doubt(head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder(UTF8)()
    try:
        return head.isascii() or not decoder.decode(head)
    except UnicodeDecodeError:
        return True


def _marked(head: bytes) -> Decoding | None:
    for mark, encoding, said in _MARKS:
        if head.startswith(mark):
            return Decoding(encoding, len(mark), said)
    return None


def _unmarked(head: bytes) -> Decoding:
    first, second = (head[at::2].count(0) / max(len(head) // 2, 1) for at in (0, 1))
    if first <= _FEW and second >= _MANY:
        return Decoding("utf-16-le", 0, "UTF-16")
    if second <= _FEW and first >= _MANY:
        return Decoding("utf-16-be", 0, "UTF-16")
    return Decoding(UTF8)


def _codepage(source: Source, fault: _Fault) -> Decoding:
    with source.open() as stream:
        census = take_census(iter(lambda: stream.read(_BLOCK), b""))
    if census.is_mostly_utf8:
        raise SetupError(f"{source.label} is UTF-8 text, but line {fault.line} {fault.what}; {ADVICE}")
    encoding = guess_codepage(census)
    if encoding is None:
        raise SetupError(
            f"{source.label} is in an encoding that cannot be known: line {fault.line} {fault.what}; {ADVICE}"
        )
    found = Decoding(encoding, 0, encoding)
    worse = _first_fault(source, found)
    if worse is None:
        return found
    raise SetupError(f"{source.label} is neither UTF-8 nor {encoding} text: line {worse.line} {worse.what}; {ADVICE}")


def _first_fault(source: Source, decoding: Decoding) -> _Fault | None:
    """Read a file to its end and tell what is no text; raises SetupError for what no encoding excuses."""
    decoder = codecs.getincrementaldecoder(decoding.encoding)()
    wide = decoding.encoding.startswith(("utf-16", "utf-32"))
    with source.open() as stream:
        at, line_length, block = len(stream.read(decoding.mark)), 0, b"-"
        while block:
            block = stream.read(_BLOCK)
            text = ""
            if wide or not block or not block.isascii() or decoder.getstate()[0]:
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeError as problem:
                    return _fault(source, decoding, at + len(block), problem)
            plain = text.encode(errors="surrogatepass") if wide else block
            if (nul := plain.find(0)) >= 0:
                place = at + nul if not wide else at + len(text[: text.index("\0")].encode(decoding.encoding))
                line = _line_at(source, decoding, place)
                raise SetupError(f"{source.label} is no list: line {line} holds a NUL byte; export it again")
            line_length = len(plain) - _last_line_end(plain) if _last_line_end(plain) else line_length + len(plain)
            if line_length > _LONGEST_LINE:
                line = _line_at(source, decoding, at)
                raise SetupError(f"{source.label} is no list: line {line} is over {_LONGEST_LINE >> 20} MB long")
            at += len(block)
    return None


def _last_line_end(block: bytes) -> int:
    return max(block.rfind(b"\n"), block.rfind(b"\r")) + 1


def _fault(source: Source, decoding: Decoding, end: int, problem: UnicodeError) -> _Fault:
    if not isinstance(problem, UnicodeDecodeError):
        return _Fault(_line_at(source, decoding, end), "cannot be decoded")
    place = end - len(problem.object) + problem.start
    line = _line_at(source, decoding, place)
    name = next((said for _, encoding, said in _MARKS if encoding == decoding.encoding), decoding.encoding) or "UTF-8"
    if problem.end == len(problem.object) and problem.reason in _CUT_SHORT:
        return _Fault(line, "ends in the middle of a character")
    return _Fault(line, f"holds the byte 0x{problem.object[problem.start]:02X}, which is not {name}")


def _line_at(source: Source, decoding: Decoding, place: int) -> int:
    """Return the number of the line a byte is on, as an editor counts."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(decoding.encoding)("replace"), translate=True)
    line = 1
    with source.open() as stream:
        left = place - len(stream.read(decoding.mark))
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            line += decoder.decode(block).count("\n")
            left -= len(block)
    return line + decoder.decode(b"", final=True).count("\n")
