"""What a list says against ringing somebody, seen from outside: at check, in a run, and after it was mended."""

from __future__ import annotations

import csv

import pytest

pytest_plugins = ("commands",)

ANN, BOB, CY = "+12125550101", "+12125550102", "+12125550103"
ANY_HOUR = 'name = "spring"\n[hours]\nenforce = false\nreason = "test"\n'


def a_list(dialer, headings, *rows, name="list.csv"):
    with (dialer.home / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])


def lines_of(dialer, name):
    with (dialer.home / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def outcomes(dialer, *words, name="list.csv", code=None):
    dialer.here("check", name, "-c", "campaign.toml", "-o", "checked.csv", *words, code=code)
    return [line["outcome"] for line in dialer.results("checked.csv")]


@pytest.fixture
def checking(dialer):
    """A campaign whose hours are always open."""
    dialer.write_campaign(ANY_HOUR)
    return dialer


def test_an_objection_binds_the_invalid_rows_of_its_number_too(checking):
    a_list(checking, ("phone", "DNC"), (ANN, "yes"), ("+1 212 555 0101 ext 5", ""), (BOB, ""))
    assert outcomes(checking) == ["suppressed", "suppressed", "ready"]
    assert checking.results("checked.csv")[1]["error"].startswith(
        "row 2 of this list says that the number must not be rung; phone: '+1 212 555 0101 ext 5' there is an extension"
    )


def test_an_objection_binds_every_telephone_of_its_row(checking):
    checking.write_campaign(ANY_HOUR + '[list]\nphone = "Mobile"\n')
    a_list(checking, ("Mobile", "Work Phone", "DNC"), (ANN, BOB, "yes"), (BOB, "", ""), (CY, "", ""))
    assert outcomes(checking) == ["suppressed", "suppressed", "ready"]


def test_the_bad_rows_leave_out_who_must_not_be_rung(checking):
    a_list(checking, ("phone", "DNC"), (ANN, "yes"), ("+1 212 555 0101 ext 5", ""), ("12", ""), (BOB, ""))
    checking.here("check", "list.csv", "-c", "campaign.toml", "--problems", "bad.csv", code=1)
    assert [(line["phone"], line["dialer_codes"]) for line in lines_of(checking, "bad.csv")] == [
        ("12", "number-no-country")
    ]


@pytest.mark.parametrize(
    "code", ["do-not-call", "column-dnc", "column-consent duplicate", "not-cleared", "column-status"]
)
def test_who_was_suppressed_stays_so_when_the_file_is_fed_back(checking, code):
    a_list(checking, ("phone", "dialer_row", "dialer_codes"), (ANN, "2", code), (ANN, "3", ""), (BOB, "4", ""))
    assert outcomes(checking) == ["suppressed", "suppressed", "ready"]
    a_list(checking, ("phone", "dialer_row", "dialer_codes"), (ANN, "2", ""), (BOB, "4", ""))
    assert outcomes(checking) == ["ready", "ready"]


def test_a_column_that_keeps_nearly_all_from_being_rung_stands_in_the_headline(checking):
    a_list(checking, ("phone", "Consent?", "DNC"), (ANN, "", "no"), (BOB, "sure", "no"), (CY, "no", "maybe"))
    told = checking.here("check", "list.csv", "-c", "campaign.toml").out
    flat = " ".join(told.split())
    assert flat.startswith(
        "check of spring: 0 of 3 people can be called now the column 'Consent?', read as a permission, yes or no, "
        "keeps 3 of 3 rows from being rung. If it is not meant so, say it in the campaign: "
        '[suppression] columns = { "Consent?" = "ignore" }, or "objection"'
    )
    assert "1 of them because the cell says neither yes nor no ('sure')" in flat
    assert checking.here("check", "list.csv", "-c", "campaign.toml", "--json").json["permission"] == [
        {
            "column": "Consent?",
            "read_as": "a permission, yes or no",
            "suppresses": 3,
            "doubtful": 1,
            "doubtful_values": ["sure"],
        },
        {"column": "DNC", "read_as": "an objection, yes or no", "suppresses": 0, "doubtful": 0, "doubtful_values": []},
    ]


def test_columns_that_keep_nearly_all_together_are_named_too(checking):
    a_list(checking, ("phone", "opt in", "DNC"), (ANN, "yes", "yes"), (BOB, "no", ""))
    told = " ".join(checking.here("check", "list.csv", "-c", "campaign.toml").out.split())
    assert "the columns 'DNC', 'opt in' keep 2 of 2 rows from being rung; see below" in told


def test_the_campaign_says_what_a_column_means(checking):
    a_list(checking, ("phone", "Consent?", "Kann weg"), (ANN, "", ""), (BOB, "", "ja"), (CY, "", ""))
    checking.write_campaign(ANY_HOUR + '[suppression]\ncolumns = { "Consent?" = "ignore", "Kann weg" = "objection" }\n')
    assert outcomes(checking) == ["ready", "suppressed", "ready"]


def test_a_column_that_the_list_has_not_is_an_error(checking):
    a_list(checking, ("phone", "DNC"), (ANN, ""))
    checking.write_campaign(ANY_HOUR + '[suppression]\ncolumns = { "Consent" = "ignore" }\n')
    assert checking.here("check", "list.csv", "-c", "campaign.toml", code=2).err == (
        "error: suppression.columns: the list has no column 'Consent'; it has 'phone', 'DNC'\n"
    )


@pytest.mark.parametrize(
    ("day", "outcome"), [("2026-11-23", "ready"), ("2026-11-24", "ready"), ("2026-11-25", "suppressed")]
)
def test_a_permission_is_held_to_the_day_that_is_asked_about(checking, day, outcome):
    a_list(checking, ("phone", "Consent expiry date"), (ANN, "2026-11-24"))
    assert outcomes(checking, "--at", f"{day}T18:00") == [outcome]


def test_nobody_is_rung_who_said_no_and_verify_agrees(dialling, truth):
    dialling.write_campaign(ANY_HOUR + '[suppression]\ncolumns = { "Kann weg" = "objection" }\n')
    a_list(
        dialling,
        ("phone", "consent_withdrawn_at", "Do Not Call/Text", "Kann weg", "name"),
        (ANN, "2026-10-05", "No", "", "a"),
        (BOB, "", "Yes", "", "b"),
        (CY, "", "No", "", "c"),
        ("+12125550104", "", "No", "x", "d"),
    )
    dialling.here("run", "list.csv", "-c", "campaign.toml", "-o", "out.csv")
    assert [line["outcome"] for line in dialling.results("out.csv")] == [
        "suppressed",
        "suppressed",
        "placed",
        "suppressed",
    ]
    assert [number for number, *_ in truth.rang] == [CY]
    assert "BROKEN" not in dialling.here("verify").out


def test_a_permission_with_a_last_day_is_dialled_until_then_and_verify_agrees(dialling, truth):
    dialling.write_campaign(ANY_HOUR)
    a_list(dialling, ("phone", "Consent expiry date"), (ANN, "2001-01-01"), (BOB, "2999-12-31"), (CY, ""))
    dialling.here("run", "list.csv", "-c", "campaign.toml", "-o", "out.csv")
    assert [line["outcome"] for line in dialling.results("out.csv")] == ["suppressed", "placed", "suppressed"]
    assert [number for number, *_ in truth.rang] == [BOB]
    assert "BROKEN" not in dialling.here("verify").out
