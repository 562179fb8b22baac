"""Lists as spreadsheets and CRMs really write them: what is read of each, and what becomes of every row."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.contacts import open_list

FOLDER = Path(__file__).parent / "lists"
LISTS = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))["list"]
NOT_LISTS = {"expected.toml", ".gitattributes"}


def read(path, rules):
    """Tell what is read of a file, in the shape of expected.toml."""
    parameters = {} if rules.pop("without_parameters", False) else None
    try:
        opened = open_list(path, rules=ListRules(**rules), parameters=parameters, region=None, today=date(2026, 11, 23))
        rows = [
            [
                row,
                chunk.outcome(at).value,
                chunk.problems[at][0].code if at in chunk.problems else chunk.numbers[at],
                *cells,
            ]
            for chunk in opened.chunks()
            for at, (row, cells) in enumerate(zip(chunk.rows, map(chunk.chunk.own, range(len(chunk))), strict=True))
        ]
    except SetupError as problem:
        return {"refused": str(problem).replace(str(path), "FILE")}
    return {
        "headings": list(opened.headings),
        "assumptions": [said for said in opened.assumptions if said.startswith(("read ", "a text file"))],
        "warnings": list(opened.warnings),
        "rows": rows,
    }


@pytest.mark.parametrize("expected", LISTS, ids=lambda case: f"{case['file']} {case.get('rules', '')}")
def test_each_row_of_a_list_comes_to_its_expected_end(expected):
    found = read(FOLDER / expected["file"], dict(expected.get("rules", {})))
    unsaid = {} if "refused" in expected else {"assumptions": [], "warnings": []}
    assert {"file": expected["file"], "rules": expected.get("rules", {})} | found == {"rules": {}} | unsaid | expected


def test_every_file_of_the_folder_is_expected():
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert files - NOT_LISTS == {expected["file"] for expected in LISTS}
