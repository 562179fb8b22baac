"""Encodings: found by the whole file, said where assumed, refused where they cannot be known."""

from __future__ import annotations

import codecs
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.errors import SetupError
from dialer.lists.encoding import Decoding, find_decoding
from dialer.lists.source import open_source

ROWS = "phone,name\n2025550143,Ann\n"
ADVICE = 'save it as "CSV UTF-8", or name its encoding in the campaign: [list] encoding = "…"'


@pytest.fixture
def found(tmp_path):
    """Find the encoding of a content; `found.path` is where it stands."""
    path = tmp_path / "list.csv"

    def find(content, given=None):
        path.write_bytes(content)
        return find_decoding(open_source(path), given)

    find.path = path
    return find


def refusal(find, content, given=None):
    with pytest.raises(SetupError) as caught:
        find(content, given)
    return str(caught.value).removeprefix(f"the list {find.path} ")


@pytest.mark.parametrize(
    ("content", "decoding"),
    [
        (ROWS.encode(), Decoding("utf-8")),
        ((ROWS + "José 山田 🎉").encode(), Decoding("utf-8")),
        (codecs.BOM_UTF8 + "José".encode(), Decoding("utf-8", 3)),
        (codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le"), Decoding("utf-16-le", 2, "UTF-16")),
        (codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"), Decoding("utf-16-be", 2, "UTF-16")),
        (codecs.BOM_UTF32_LE + ROWS.encode("utf-32-le"), Decoding("utf-32-le", 4, "UTF-32")),
        (codecs.BOM_UTF32_BE + ROWS.encode("utf-32-be"), Decoding("utf-32-be", 4, "UTF-32")),
        (ROWS.encode("utf-16-le"), Decoding("utf-16-le", 0, "UTF-16")),
        (ROWS.encode("utf-16-be"), Decoding("utf-16-be", 0, "UTF-16")),
        ((ROWS + "Jürgen Müller, Köln; Weiß").encode("cp1252"), Decoding("cp1252", 0, "cp1252")),
        (b"it\x92s \x96 \x93fine\x94 \x85 5 \x80", Decoding("cp1252", 0, "cp1252")),
        ("Dvořák".encode("cp1250"), Decoding("cp1252", 0, "cp1252")),
        ("Wałęsa".encode("cp1250"), Decoding("cp1250", 0, "cp1250")),
        ("12 € à Noël".encode("iso8859_15"), Decoding("iso8859_15", 0, "iso8859_15")),
        ("José\rÑúñez\rKöln".encode("mac_roman"), Decoding("mac_roman", 0, "mac_roman")),
        ("Jürgen\nBärbel\nKöln".encode("cp850"), Decoding("cp850", 0, "cp850")),
    ],
)
def test_an_encoding_is_found_and_said(found, content, decoding):
    assert found(content) == decoding


@pytest.mark.parametrize("before", [0, (1 << 18) - 1, (1 << 18) + 5, 3 << 18])
def test_the_last_byte_of_a_large_file_decides_too(found, before):
    filling = (ROWS * (before // len(ROWS) + 1))[:before].encode()
    assert found(filling + "é".encode()) == Decoding("utf-8")
    assert found(filling + b"Zo\xeb ") == Decoding("cp1252", 0, "cp1252")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "Zoë\nJosé\n".encode() + "Müller".encode("cp1252"),
            f"is UTF-8 text, but line 3 holds the byte 0xFC, which is not UTF-8; {ADVICE}",
        ),
        ("José\né".encode()[:-1], f"is UTF-8 text, but line 2 ends in the middle of a character; {ADVICE}"),
        (
            "имя\nЖил\n".encode("cp1251"),
            f"is in an encoding that cannot be known: line 1 holds the byte 0xE8, which is not UTF-8; {ADVICE}",
        ),
        (
            ROWS.encode() + "山田太郎,東京\n".encode("gbk"),
            f"is in an encoding that cannot be known: line 3 holds the byte 0xCC, which is not UTF-8; {ADVICE}",
        ),
        (
            codecs.BOM_UTF8 + b"a\nb\r\nM\xfcller\n",
            f"is not UTF-8 text: line 3 holds the byte 0xFC, which is not UTF-8; {ADVICE}",
        ),
        (
            codecs.BOM_UTF16_LE + "a\nb".encode("utf-16-le")[:-1],
            f"is not UTF-16 text: line 2 ends in the middle of a character; {ADVICE}",
        ),
        (b"phone\r1\r2\0\r", "is no list: line 3 holds a NUL byte; export it again"),
        ((ROWS + "a\0b" + ROWS * 9).encode("utf-16"), "is no list: line 3 holds a NUL byte; export it again"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(found, content, sentence):
    assert refusal(found, content) == sentence


@pytest.mark.parametrize(
    ("content", "given", "decoding"),
    [
        (ROWS.encode(), "UTF-8", Decoding("utf-8")),
        (codecs.BOM_UTF8 + ROWS.encode(), "utf-8-sig", Decoding("utf-8", 3)),
        (codecs.BOM_UTF8 + ROWS.encode(), "utf-8", Decoding("utf-8", 3)),
        (ROWS.encode("utf-16"), "utf-16", Decoding("utf-16-le", 2)),
        ("имя".encode("cp1251"), "windows-1251", Decoding("cp1251")),
        ("é".encode("latin-1"), "latin-1", Decoding("iso8859-1")),
        ("山田太郎".encode("shift_jis"), "shift_jis", Decoding("shift_jis")),
    ],
)
def test_a_given_encoding_is_taken(found, content, given, decoding):
    assert found(content, given) == decoding


@pytest.mark.parametrize(
    ("content", "given", "sentence"),
    [
        (b"a", "utf-99", "[list] encoding: there is no encoding 'utf-99'; usual ones are utf-8 and cp1252"),
        (b"a", "hex", "[list] encoding: there is no encoding 'hex'; usual ones are utf-8 and cp1252"),
        (b"a", "utf-7", "[list] encoding: there is no encoding 'utf-7'; usual ones are utf-8 and cp1252"),
        (b"a", "a\0b", "[list] encoding: there is no encoding 'a\\x00b'; usual ones are utf-8 and cp1252"),
        (
            b"a\nM\xfcller",
            "utf-8",
            "is not utf-8 text: line 2 holds the byte 0xFC, which is not UTF-8; leave [list] encoding out",
        ),
        (
            b"a\n\x81",
            "cp1252",
            "is not cp1252 text: line 2 holds the byte 0x81, which is not cp1252; leave [list] encoding out",
        ),
        ("é".encode("utf-16"), "cp1252", "is UTF-16 text, not cp1252: leave [list] encoding out"),
        (codecs.BOM_UTF8, "cp1252", "is UTF-8 text, not cp1252: leave [list] encoding out"),
    ],
)
def test_a_wrong_given_encoding_is_refused(found, content, given, sentence):
    assert refusal(found, content, given) == sentence


def test_a_given_encoding_that_garbles_is_doubted(found):
    decoding = found("Müller".encode(), "cp1252")
    assert decoding.doubt == (
        f"the list {found.path} looks like UTF-8 and is read as cp1252, as the campaign says: see that names are right"
    )


def test_a_line_without_end_is_refused_before_it_is_held(found):
    content = b"phone\n" + b"1" * (18 << 20)
    tracemalloc.start()
    sentence = refusal(found, content)
    assert sentence == "is no list: line 2 is over 16 MB long"
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_utf8_is_never_taken_for_anything_else(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "utf8.csv"
    path.write_bytes(text.encode())
    assert find_decoding(open_source(path)) == Decoding("utf-8")


@given(
    content=st.binary(max_size=300),
    given=st.sampled_from([None, "utf-8", "cp1252", "utf-16", "utf-32", "shift_jis", "utf-7"]),
)
def test_any_bytes_are_text_of_the_encoding_found_or_refused(content, given, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        decoding = find_decoding(open_source(path), given)
    except SetupError:
        return
    assert "\0" not in content[decoding.mark :].decode(decoding.encoding)


@pytest.mark.parametrize("encoding", ["big5", "gbk", "shift_jis", "euc_kr", "euc_jp"])
@pytest.mark.parametrize("names", [("王小明",), ("陳", "林志美"), ("高橋", "田中太郎"), ("김민수", "최")])
def test_a_few_names_in_pairs_of_bytes_are_not_taken_for_western_ones(found, encoding, names):
    try:
        content = "".join(f"+12025550123,{name}\n" for name in names).encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding has no such letters")
    assert refusal(found, b"phone,name\n" + content).endswith(ADVICE)


@pytest.mark.parametrize("name", ["Zoë", "MÜLLER", "François", "it\u2019s 5 €", "Señor Peña", "Élodie"])
def test_a_western_name_alone_is_still_read(found, name):
    assert found(f"phone,name\n+12025550123,{name}\n".encode("cp1252")).encoding in ("cp1252", "iso8859_15")
