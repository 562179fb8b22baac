"""Who must not be rung: what a hit says, and what the list's own columns about permission mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.problem import Problem
from dialer.domain.screening.permission import permission_columns
from dialer.domain.screening.suppression import SUPPRESSION_RULES, Hit, SuppressionFile, prefix_of

TODAY = date(2026, 11, 23)


def objection(heading: str, cell: str) -> str | None:
    found = permission_columns(("phone", heading)).objection(("+12025550123", cell), TODAY)
    return found.code if found else None


@pytest.mark.parametrize(
    ("number", "prefix"), [("+12125550123", "1212"), ("+493012345678", "4930"), ("+2907123", "2907")]
)
def test_a_prefix_is_the_first_four_digits(number, prefix):
    assert prefix_of(number) == prefix


@pytest.mark.parametrize(
    ("hit", "sentence"),
    [
        (Hit("national.txt", 17), "on the do-not-call list national.txt, line 17"),
        (
            Hit("internal.csv", 3, "2026-03-01", "asked by mail"),
            "on the do-not-call list internal.csv, line 3, since 2026-03-01 (asked by mail)",
        ),
        (Hit("of the ledger", since="2026-03-01"), "on the do-not-call list of the ledger, since 2026-03-01"),
    ],
)
def test_a_hit_names_list_line_date_and_reason(hit, sentence):
    assert hit.sentence == sentence
    assert hit.problem == Problem("do-not-call", sentence)


def test_a_list_is_called_by_its_name_or_its_files():
    path = Path("dnc") / "national.txt"
    assert SuppressionFile(path=path).title == "national.txt"
    assert SuppressionFile(path=path, name="national registry").title == "national registry"


@pytest.mark.parametrize("heading", ["dnc", "Do Not Call", "DO_NOT_CALL", "dnc-flag", "optout", "opt_out", "suppress"])
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, None) for cell in ("", " ", "n", "No", "FALSE", "0")),
        *(
            (cell, "column-dnc")
            for cell in ("y", "YES", "true", "1", "x", "X", "maybe", "NULL", "-", "0.0", "2026-03-01")
        ),
    ],
)
def test_do_not_call_is_obeyed_unless_it_is_a_clear_no(heading, cell, code):
    assert objection(heading, cell) == code


@pytest.mark.parametrize("heading", ["revoked_at", "Unsubscribed At", "opt-out date", "dnc_date"])
@pytest.mark.parametrize(
    ("cell", "code"), [("", None), *((cell, "column-revoked") for cell in ("2026-03-01", "no", "?"))]
)
def test_anything_in_a_revocation_date_takes_permission_back(heading, cell, code):
    assert objection(heading, cell) == code


@pytest.mark.parametrize("heading", ["consent", "Opt In", "tcpa_consent", "PEWC", "has-consent"])
@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, None) for cell in ("y", "Yes", " TRUE ", "1", "x")),
        *((cell, "column-consent") for cell in ("", "n", "no", "false", "0", "unknown", "given")),
    ],
)
def test_consent_is_only_what_is_clearly_a_yes(heading, cell, code):
    assert objection(heading, cell) == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, None) for cell in ("2026-11-23", "2026-03-01T10:00:00Z", "2026-03-01 10:00", "3/1/2026", "1.3.26")),
        *((cell, "column-consent-date") for cell in ("", "2026-11-24", "12/31/2026", "soon", "2026-02-30", "yes")),
    ],
)
def test_a_consent_date_alone_must_be_a_day_up_to_today(cell, code):
    assert objection("consent_date", cell) == code


@pytest.mark.parametrize(
    ("consent", "day", "code"),
    [
        ("yes", "", None),
        ("yes", "2026-03-01", None),
        ("yes", "2027-03-01", "column-consent-date"),
        ("yes", "soon", "column-consent-date"),
        ("no", "2026-03-01", "column-consent"),
    ],
)
def test_beside_a_consent_its_date_may_be_missing_but_not_wrong(consent, day, code):
    found = permission_columns(("consent", "consent_at")).objection((consent, day), TODAY)
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("heading", "cell", "sentence"),
    [
        (
            "DNC",
            "Yes",
            (
                "DNC: 'Yes' means do not call, or is not clearly a no: "
                "write no, or nothing, only where the person may be rung"
            ),
        ),
        (
            "consent",
            " ",
            (
                "consent: an empty cell is not clearly a yes, so there is no consent: "
                "write yes only where there is consent"
            ),
        ),
    ],
)
def test_an_objection_says_which_column_and_what_to_do(heading, cell, sentence):
    found = permission_columns((heading,)).objection((cell,), TODAY)
    assert found
    assert found.sentence == sentence


def test_a_cell_that_is_not_there_counts_as_empty():
    assert permission_columns(("phone", "dnc")).objection(("+12025550123",), TODAY) is None
    assert permission_columns(("phone", "consent")).objection(("+12025550123",), TODAY)


def test_columns_about_permission_are_found_and_others_are_not():
    headings = ("phone", "Opt Out", "name", "dnc", "consent_source", "city", "CONSENT")
    assert permission_columns(headings).headings == ("Opt Out", "dnc", "CONSENT")
    assert not permission_columns(("phone", "name")).objections([["1"], ["x"]].__getitem__, TODAY)


def test_a_page_is_objected_to_by_position():
    columns = permission_columns(("dnc", "revoked_at"))
    cells = [("", "x", "no", "no"), ("", "", "2026-03-01", "")]
    found = columns.objections(cells.__getitem__, TODAY)
    assert {at: problem.code for at, problem in found.items()} == {1: "column-dnc", 2: "column-revoked"}


@given(st.text().filter(lambda text: not any(map(str.isalpha, text)) and text.strip() not in {"", "0", "☐"}))
def test_no_text_without_words_passes_a_do_not_call_column(cell):
    assert objection("do_not_call", cell) == "column-dnc"


@given(st.text(max_size=12), st.sampled_from(["consent_at", "revoked_at", "opt_in"]))
def test_whatever_stands_in_a_cell_is_judged(cell, heading):
    assert objection(heading, cell) in {None, *SUPPRESSION_RULES}
