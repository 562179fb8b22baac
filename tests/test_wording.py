"""Sentences that count: one row is no rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import dialer
from dialer.domain.wording import counted

SOURCE = Path(dialer.__file__).parent
MANY = re.compile(
    r" ([a-z-]+ )?(rows|calls|requests|turns|people|numbers|breaches|lines|columns|cells|sheets|files|runs|entries"
    r"|names|contacts|attempts|hours|days|minutes)\b"
)


def uncounted(tree):
    """Every text of a module that puts a plural behind a number without looking at it."""
    looked_at = {id(part) for node in ast.walk(tree) if isinstance(node, ast.IfExp) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr) or id(node) in looked_at:
            continue
        for value, text in zip(node.values, node.values[1:], strict=False):
            spec = isinstance(value, ast.FormattedValue) and value.format_spec
            is_count = spec and ast.unparse(spec).strip("f'\"") in {",", "d"} and not ast.unparse(value.value).isupper()
            if is_count and isinstance(text, ast.Constant) and MANY.match(str(text.value)):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_sentence_counts_in_the_plural_by_hand():
    """Say it with `counted`."""
    found = [
        f"{path.relative_to(SOURCE)} {said}"
        for path in sorted(SOURCE.rglob("*.py"))
        for said in uncounted(ast.parse(path.read_text("utf-8")))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ["row"], "0 rows"),
        (1, ["row"], "1 row"),
        (2, ["row"], "2 rows"),
        (1, ["person", "people"], "1 person"),
        (2000, ["person", "people"], "2,000 people"),
    ],
)
def test_one_is_said_otherwise_than_many(count, words, said):
    assert counted(count, *words) == said
