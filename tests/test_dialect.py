"""What parts the cells: found from the first lines, unless Excel or the campaign says it."""

from __future__ import annotations

import pytest

from dialer.errors import SetupError
from dialer.lists.dialect import Dialect, find_dialect

NOTHING = "\x1f"


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        ("phone,name\n1,Ann\n", ","),
        ("phone;name\n1;Ann\n", ";"),
        ("phone\tname\n1\tAnn\n", "\t"),
        ("phone|name\n1|Ann\n", "|"),
        ("phone;balance\n1;1,50\n2;3,50\n", ";"),
        ("phone,balance\n1,a;b\n2,c;d;e\n", ","),
        ('"a;b;c","d"\n"1;2;3","4"\n', ","),
        ("name, first;phone\nAnn;1\nBob;2\n", ";"),
        ("phone;greeting\n1;Hello, you\n2;Hello, you\n3;Bye\n", ";"),
        ('phone;note\n1;"two\nlines, one cell"\n', ";"),
        ("phone,name,city\n1\n2,b\n", ","),
        ("phone\n2025550143\n", NOTHING),
        ("phone\n2025550143, ext. 5\n2025550147\n2025550148\n", NOTHING),
        ("phone\n1,Ann\n2,Bob\n", ","),
        ("", NOTHING),
        ("\n\n", NOTHING),
        (";;\n;;\n", ";"),
        ("\n\nphone;name\n1;Ann\n", ";"),
        ('phone;name\n1;"never closed, ever\n2;x\n', ";"),
    ],
)
def test_the_delimiter_is_found(head, delimiter):
    assert find_dialect(head) == Dialect(delimiter)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", ""])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_in_which_excel_names_the_delimiter_is_no_row(line, ending):
    assert find_dialect(f"{line}{ending}") == Dialect(";", len(line + ending))
    assert find_dialect(f"{line}{ending}", ",") == Dialect(",", len(line + ending))


@pytest.mark.parametrize("head", ["sep=\na;b\n", "sep=x\na;b\n"])
def test_an_excel_line_that_names_nothing_decides_nothing(head):
    assert find_dialect(head) == Dialect(";", head.index("\n") + 1)


def test_a_heading_that_begins_like_excels_line_is_a_heading():
    assert find_dialect("sep=;x,name\n") == Dialect(",")


@pytest.mark.parametrize("sign", [";", "\t", "|", ":", "^", "~", "\x01"])
def test_a_given_delimiter_is_taken(sign):
    assert find_dialect("a,b\n1,2\n", sign) == Dialect(sign)


@pytest.mark.parametrize("sign", ["", ";;", "a", "1", '"', "'", "\n", "\r", " ", "+"])
def test_what_cannot_part_cells_is_refused(sign):
    with pytest.raises(SetupError) as caught:
        find_dialect("a,b\n", sign)
    assert str(caught.value) == f'[list] delimiter: {sign!r} cannot part cells; it is one sign, such as ";" or "\\t"'


@pytest.mark.parametrize(
    ("delimiter", "said"),
    [
        (",", ""),
        (NOTHING, ""),
        (";", "with cells parted by semicolons"),
        ("\t", "with cells parted by tabs"),
        ("|", "with cells parted by vertical bars"),
        ("^", "with cells parted by '^'"),
    ],
)
def test_only_what_is_unusual_is_said(delimiter, said):
    assert Dialect(delimiter).assumption == said
