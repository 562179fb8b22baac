"""What has changed from one list of a campaign to the next, as every summary says it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from truth import numbers

from dialer.ledger.port import open_ledger
from dialer.reports.delta import Delta, Night, Page, compare, delta_of, pages_alike

pytest_plugins = ("commands",)

A, B, C, D, E, F = numbers(6)
MONDAY = datetime(2026, 11, 23, 18, tzinfo=UTC)
HEADINGS = ("account", "phone", "name")


def pages(rows, size=3):
    """Make pages of rows, each (key, number, other cells)."""
    for at in range(0, len(rows), size):
        own = rows[at : at + size]
        keys, known = [key for key, _, _ in own], [number for _, number, _ in own]
        yield Page(
            list(range(at + 2, at + 2 + len(own))), keys, known, [[*key, number, *cells] for key, number, cells in own]
        )


def changes(now, before):
    """Tell the change of each row of a list, then the rows of the list before whose people have vanished."""
    found = compare(pages(now), pages(before))
    gone = found.before[found.before["change"] == "vanished"]
    return [*found.now["change"], *(f"vanished {row}" for row in gone["row"])]


def test_each_row_is_new_changed_with_another_number_or_as_before():
    before = [("a", A, ["Ann"]), ("b", B, ["Bob"]), ("c", C, ["Cy"]), ("d", D, ["Dot"])]
    now = [("c", C, ["Cy"]), ("a", A, ["Anna"]), ("b", E, ["Bob"]), ("e", D, ["Dot"])]
    assert changes(now, before) == ["as before", "changed", "other number", "new", "vanished 5"]


def test_without_keys_the_number_tells_who_it_is():
    before = [("", A, ["Ann"]), ("", B, ["Bob"])]
    assert changes([("", A, ["Anna"]), ("", C, ["Bob"])], before) == ["changed", "new", "vanished 3"]


def test_where_only_one_night_has_keys_the_number_tells():
    assert changes([("a", A, ["Ann"])], [("", A, ["Ann"])]) == ["changed"]
    assert changes([("", A, ["Ann"])], [("a", A, ["Ann"]), ("b", B, [])]) == ["changed", "vanished 3"]


def test_a_row_that_names_nobody_is_known_by_its_cells():
    assert changes([("", "", ["x"]), ("", "", ["y"])], [("", "", ["x"])]) == ["as before", "new"]


def test_rows_of_one_person_are_each_counted():
    assert changes([("a", A, ["1"]), ("a", A, ["2"])], [("a", A, ["2"])]) == ["changed", "as before"]
    assert changes([("b", B, [])], [("a", A, ["1"]), ("a", A, ["2"])]) == ["new", "vanished 2", "vanished 3"]


@pytest.mark.parametrize(("now", "before"), [([], []), ([], [("a", A, [])]), ([("a", A, [])], [])])
def test_a_list_may_be_empty(now, before):
    assert changes(now, before) == ["new"] * len(now) + [f"vanished {at + 2}" for at in range(len(before))]


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", A, B]), st.lists(st.sampled_from("xy"), max_size=1)
    ),
    max_size=8,
)


@given(PEOPLE, PEOPLE)
def test_the_changes_add_up_and_are_those_of_a_dictionary(now, before):
    by_key = any(key for key, *_ in now) and any(key for key, *_ in before)

    def who(row):
        key, number, cells = row
        return (by_key and key) or number or (key, number, tuple(cells))

    old = {who(row): [other for other in before if who(other) == who(row)] for row in before}
    expected = [
        "new"
        if who(row) not in old
        else "as before"
        if row in old[who(row)]
        else "other number"
        if row[1] not in [number for _, number, _ in old[who(row)]]
        else "changed"
        for row in now
    ]
    gone = [f"vanished {at}" for at, row in enumerate(before, start=2) if who(row) not in set(map(who, now))]
    assert changes(now, before) == [*expected, *gone]


def test_what_is_said_adds_up_to_the_rows():
    delta = Delta(run=8, began=MONDAY, new=1204, changed=310, other_number=96, as_before=48510, vanished=1090)
    assert delta.sentence == (
        "50,120 rows: 1,204 new, 310 changed, 96 other number, 48,510 as before; "
        "1,090 vanished since run 8 of 2026-11-23"
    )


def test_columns_that_only_one_list_has_or_that_moved_change_nobody():
    page = Page([2], ["a"], [A], [["a", A, "Ann"]])
    other = Page([2], ["a"], [A], [["Ann", "x", "a", A]])
    now, before = Night(HEADINGS, lambda: [page]), Night(("name", "extra", "account", "phone"), lambda: [other])

    found = compare(pages_alike(before, now), pages_alike(now, before))

    assert delta_of(found, run=1, began=MONDAY).as_json() == {
        "run": 1, "new": 0, "changed": 0, "other_number": 0, "as_before": 1, "vanished": 0,
    }  # fmt: skip


# Whole commands

LISTS = (
    [("1", A, "Ann"), ("2", B, "Bob"), ("3", C, "=Cy"), ("4", "12", "Dot")],
    [("1", A, "Ann"), ("2", D, "Bob"), ("3", C, "Cyd"), ("5", E, "Eve"), ("4", "12", "Dot")],
)
SAID = "5 rows: 1 new, 1 changed, 1 other number, 2 as before; 1 vanished since run 1 of "
COUNTED = {"run": 1, "new": 1, "changed": 1, "other_number": 1, "as_before": 2, "vanished": 0}


@pytest.fixture
def two_nights(dialling):
    """Dial Monday's list, and write Tuesday's."""
    file = dialling.write_campaign('name = "nightly"\n[list]\nkey = "account"\n')
    first, second = LISTS
    dialling.here("run", dialling.write_list(first, headings=HEADINGS), "-c", file, "--rate", 1000)
    return dialling, dialling.write_list(second, headings=HEADINGS), file


def lines(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


CHANGES = [
    ["change", "key", "number", "row", "previous_number", "previous_row"],
    ["other number", "2", D, "3", B, "3"],
    ["changed", "3", C, "4", C, "4"],
    ["new", "5", E, "5", "", ""],
]


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_run_and_a_check_say_what_has_changed_and_write_it(two_nights, command):
    dialer, path, file = two_nights
    rate = ("--rate", 1000) if command == "run" else ()
    told = dialer.here(command, path, "-c", file, *rate, "--delta", "changes.csv", "--json", code=None).json

    assert told["delta"] == COUNTED
    assert told["notes"][0].startswith(SAID.replace("1 vanished", "0 vanished"))
    assert lines(dialer.home / "changes.csv") == CHANGES
    assert (dialer.home / "changes.csv").stat().st_mode & 0o777 == 0o600


def test_who_has_vanished_is_written_last_with_the_row_that_it_had(two_nights):
    dialer, _, file = two_nights
    path = dialer.write_list([("9", F, "Fay")], headings=HEADINGS)
    dialer.here("check", path, "-c", file, "--delta", "changes.csv")

    assert lines(dialer.home / "changes.csv")[1:] == [
        ["new", "9", F, "2", "", ""],
        ["vanished", "1", "", "", A, "2"],
        ["vanished", "2", "", "", B, "3"],
        ["vanished", "3", "", "", C, "4"],
        ["vanished", "4", "", "", "", "5"],
    ]


def test_the_first_night_has_nothing_to_say_and_writes_nothing(dialling):
    path = dialling.write_list([[A]])
    told = dialling.here("run", path, "--rate", 1000, "--delta", "changes.csv", "--json").json

    assert "delta" not in told
    assert not (dialling.home / "changes.csv").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("list.csv", "the changes would overwrite the contact list"),
        ("list.results.csv", "overw"),
        ("none/changes.csv", "there is no such folder"),
        ("campaign.toml", "the changes would overwrite the campaign"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_changes_are_written_over_nothing_that_is_needed(two_nights, truth, command, given, said):
    dialer, path, file = two_nights
    before = len(truth.calls)
    ran = dialer.here(command, path, "-c", file, "--delta", given, code=2)

    assert said in ran.err
    assert len(truth.calls) == before


def test_nights_are_compared_one_after_the_other_whatever_became_of_their_calls(two_nights):
    dialer, path, file = two_nights
    dialer.here("run", path, "-c", file, "--rate", 1000, "--limit", 1, code=None)
    path = dialer.write_list(LISTS[0], headings=HEADINGS)

    told = dialer.here("check", path, "-c", file, "--json", code=None).json["delta"]

    assert told == {"run": 2, "new": 0, "changed": 1, "other_number": 1, "as_before": 2, "vanished": 1}


def test_a_run_of_which_rows_were_pruned_is_compared_with_no_more(two_nights):
    dialer, path, file = two_nights
    with open_ledger(dialer.home / "ledger.db") as ledger:
        ledger._db.execute("INSERT INTO pruned (run, what, rows, at, who) VALUES (1, 'cells', 4, 1, 'ann')")

    assert "delta" not in dialer.here("check", path, "-c", file, "--json", code=None).json


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("cells = 'x'", {**COUNTED, "changed": 2, "as_before": 1}),
        ("key = x'ff'", {**COUNTED, "new": 2, "as_before": 1, "vanished": 1}),
        ("key = CAST(x'c328' AS TEXT)", None),
    ],
)
def test_an_earlier_run_that_is_damaged_calls_nothing_off(two_nights, change, told):
    dialer, path, file = two_nights
    with open_ledger(dialer.home / "ledger.db") as ledger:
        ledger._db.execute(f"UPDATE list_row SET {change} WHERE row = 2")

    assert dialer.here("check", path, "-c", file, "--json", code=1).json.get("delta") == told
    assert dialer.here("run", path, "-c", file, "--rate", 1000, "--json", code=0).json.get("delta") == told
