"""Who a row says that it is, by a column that the campaign names: it is kept, and one row a key is dialled."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.ledger.port import open_ledger
from dialer.lists.contacts import open_list

pytest_plugins = ("commands",)

ANN, BOB, CY, DOT = "+12124567801", "+12124567802", "+12124567803", "+12124567804"


@pytest.fixture
def rows(tmp_path):
    """Screen a list by its text: (key, number, outcome, error) of each row."""

    def screened(text, **rules):
        path = tmp_path / "list.csv"
        path.write_text(text, "utf-8")
        opened = open_list(path, rules=ListRules(**rules), parameters=None, region=None, today=date(2026, 11, 23))
        return [
            (item.key, item.number, getattr(item, "outcome", "contact"), getattr(item, "reason", ""))
            for chunk in opened.items()
            for item in chunk
        ]

    return screened


def test_a_row_has_the_key_of_its_column_without_the_blanks_around_it(rows):
    assert rows(f"Account No,phone\n A-1 ,{ANN}\n\t,{BOB}\n,{CY}\n", key="account no") == [
        ("A-1", ANN, "contact", ""),
        ("", BOB, "contact", ""),
        ("", CY, "contact", ""),
    ]


def test_without_a_key_column_nobody_has_one(rows):
    assert [key for key, *_ in rows(f"account,phone\nA-1,{ANN}\n")] == [""]


def test_a_row_of_another_width_has_none_since_its_cells_may_stand_elsewhere(rows):
    assert [
        (key, outcome) for key, _, outcome, _ in rows(f"account,phone\nA-1,{ANN},x\nA-1,{BOB}\n", key="account")
    ] == [
        ("", "invalid"),
        ("A-1", "contact"),
    ]


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        (
            "first",
            ["contact", "account: 'A-1' the same key as row 2", "contact", "phone: '{CY}' the same number as row 4"],
        ),
        (
            "last",
            ["account: 'A-1' the same key as row 3", "contact", "phone: '{CY}' the same number as row 5", "contact"],
        ),
    ],
)
def test_of_several_rows_with_one_key_one_is_dialled(rows, keep, expected):
    found = rows(f"account,phone\nA-1,{ANN}\nA-1,{BOB}\n,{CY}\n,{CY}\n", key="account", duplicates=keep)
    assert [error or outcome for _, _, outcome, error in found] == [said.replace("{CY}", CY) for said in expected]


def test_a_number_of_a_row_that_is_not_dialled_for_its_key_is_dialled_for_another(rows):
    found = rows(f"account,phone\nA-1,{ANN}\nA-1,{BOB}\nB-2,{BOB}\n", key="account")
    assert [(number, outcome) for _, number, outcome, _ in found] == [
        (ANN, "contact"),
        (BOB, "duplicate"),
        (BOB, "contact"),
    ]


def test_a_row_that_cannot_be_dialled_takes_the_turn_of_no_other(rows):
    assert [outcome for _, _, outcome, _ in rows(f"account,phone\nA-1,12\nA-1,{BOB}\n", key="account")] == [
        "invalid",
        "contact",
    ]


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("phone", "the list has no key column 'account'; it has 'phone'"),
        ("account,account,phone", "the list has more than one key column 'account'"),
    ],
)
def test_a_list_without_its_key_column_is_refused(rows, heading, said):
    with pytest.raises(SetupError) as caught:
        rows(f"{heading}\n", key="account")
    assert said in caught.value.complaints


def test_the_ledger_keeps_the_key_of_every_row_and_verify_holds_it_to_the_list(dialling):
    file = dialling.write_campaign('name = "nightly"\n[list]\nkey = "account"\n')
    contacts = dialling.write_list([(ANN, "A-1"), ("12", "B-2"), (CY, "")], headings=("phone", "account"))
    dialling.here("run", contacts, "-c", file, "--rate", 1000, code=0)

    with open_ledger(dialling.home / "ledger.db") as ledger:
        with ledger.evidence(1) as evidence:
            assert [listed.key for _, listed in evidence.listed()] == ["A-1", "B-2", ""]
        assert dialling.here("verify", "1", code=0)
        ledger._db.execute("UPDATE list_row SET key = 'C-3' WHERE row = 2")
    assert "expected the key of its cells" in dialling.here("verify", "1", code=1).out
