"""`dialer init`: a campaign file drafted from a list, which loads and checks as it stands."""

from __future__ import annotations

import csv
import gzip
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.actions.check import check
from dialer.actions.init import draft_campaign
from dialer.campaign_file import read_campaign
from dialer.domain.parameters import Parameter
from dialer.errors import SetupError
from dialer.lists.column_guess import guess
from dialer.lists.column_roles import phone_column
from dialer.session.choices import Choices
from dialer.session.list_name import named_after

pytest_plugins = ("commands",)


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def a_list(folder, *columns, name="list.csv"):
    """Write a list of thirty contacts; a column is its heading and what its cells go round in."""
    given = {"phone": [f"+120255501{at:02}" for at in range(30)], **dict(columns)}
    rows = [[cells[at % len(cells)] for cells in given.values()] for at in range(30)]
    return write(folder / name, [list(given), *rows])


# What a column is taken for

TEXT_40 = {"max_length": 40}
GUESSES = [
    (["1", "-20", "0"] * 9, {"type": "integer", "required": True}),
    (["1", "", "20"] * 9, {"type": "integer"}),
    (["0042", "0043"] * 9, {"type": "choice", "choices": ("0042", "0043"), "required": True}),
    ([f"{at:04}" for at in range(99)], {"required": True, **TEXT_40}),
    ([f"+1{at}" for at in range(99)], {"required": True, **TEXT_40}),
    (["1234567890123456", "9"], {"required": True, **TEXT_40}),
    (["120.50", "18"], {"type": "decimal", "required": True}),
    (["1,200.50", "18"], {"required": True, **TEXT_40}),
    (["1e5", "18"], {"required": True, **TEXT_40}),
    (["2026-12-01", " 2026-12-02 "], {"type": "date", "required": True}),
    (["2026-12-01", "2026-13-02"], {"required": True, **TEXT_40}),
    (["31/12/2026", "01/12/2026"], {"required": True, **TEXT_40}),
    (["Yes", "no", ""], {"type": "boolean"}),
    (["NO"] * 30, {"required": True, **TEXT_40}),
    (["1", "0"] * 9, {"type": "integer", "required": True}),
    (["gold", "silver "] * 9, {"type": "choice", "choices": ("gold", "silver"), "required": True}),
    (["gold", "silver"], {"required": True, **TEXT_40}),
    (["x" * 33, "y"], {"required": True, "max_length": 70}),
    (["", " "], {}),
    ([], {}),
]


@pytest.mark.parametrize(("cells", "keys"), GUESSES)
def test_a_column_is_taken_for_what_all_its_cells_are(cells, keys):
    assert guess("x", cells) == Parameter(column="x", **keys)


CELLS = (
    st.text(max_size=30)
    | st.from_regex(r"[-+]?[0-9]{0,6}[.,/-]?[0-9]{0,4}", fullmatch=True)
    | st.sampled_from(["yes", "no", "Y", "0", "1", "007", "2026-12-01", "2026-02-29", "1e5", " ", "NaN", "gold"])
)


@given(st.lists(CELLS, max_size=30) | CELLS.map(lambda cell: [cell] * 20))
def test_every_cell_keeps_the_rule_guessed_from_it(cells):
    rule = guess("x", cells)
    for cell in cells:
        sent = rule.read(cell)
        # What is sent as a number is written the same way again.
        assert rule.type != "integer" or str("" if sent is None else sent) == cell.strip()


# The file

PRINTED = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=12)


def names_no_phone(heading):
    try:
        phone_column([heading], None)
    except SetupError:
        return True
    return False


@st.composite
def tables(draw):
    width = draw(st.integers(1, 5))
    headings = draw(
        st.lists(
            LINE.filter(names_no_phone) | st.sampled_from(["name", "a b", "due", 'x"y', "[list]", "=1"]),
            min_size=width,
            max_size=width,
        )
    )
    kinds = [draw(st.sampled_from([CELLS.filter(lambda cell: "\0" not in cell), PRINTED])) for _ in headings]
    rows = draw(st.lists(st.tuples(*kinds).map(list), max_size=12))
    at = draw(st.integers(0, width))
    return [[*row[:at], "+12025550101" if nth else "phone", *row[at:]] for nth, row in enumerate([headings, *rows])]


@settings(max_examples=60)
@given(tables())
def test_the_campaign_of_any_list_loads_and_its_rows_keep_it(table):
    with tempfile.TemporaryDirectory() as folder:
        contacts = write(Path(folder) / "any list.csv", table)
        draft = draft_campaign(contacts)
        report = check(Choices(campaign=draft.file), {}, contacts=None, output=None)
    codes = {group["code"] for group in report.extra["problems"]}
    assert {code for code in codes if code.startswith("parameter")} == set()


def test_the_file_names_what_was_found(tmp_path):
    contacts = a_list(
        tmp_path,
        ("first_name", ["Ann", "Zoë"]),
        ("due date", ["2026-12-01"]),
        ("", ["lost"]),
        ("balance", ["1.50", ""]),
        ("dialer_row", ["7"]),
    )
    campaign = read_campaign(draft_campaign(contacts, region="US").file)

    assert (campaign.name, campaign.contacts) == ("list", "list.csv")
    assert (campaign.list_.phone, campaign.list_.region) == (("phone",), "US")
    assert campaign.parameters == {
        "first_name": Parameter(column="first_name", type="choice", choices=("Ann", "Zoë"), required=True),
        "due date": Parameter(column="due date", type="date", required=True),
        "balance": Parameter(column="balance", type="decimal"),
    }


def test_every_key_the_file_offers_in_a_comment_is_one(tmp_path):
    file = draft_campaign(write(tmp_path / "list.csv", [["phone"], ["2025550101"]])).file
    offered = re.sub(r"(?m)^# (?=\w+ = )", "", file.read_text("utf-8"))

    (tmp_path / "offered.toml").write_text(offered, encoding="utf-8")
    campaign = read_campaign(tmp_path / "offered.toml")
    assert (campaign.list_.region, campaign.list_.allow_unassigned, campaign.list_.duplicates) == ("US", False, "last")
    assert campaign.caller_number == "+12025550100"


def test_headings_that_cannot_be_named_are_left_out_and_told(tmp_path):
    table = [["phone", "a", "", "a", "x" * 201, "b"], ["+12025550101", "1", "2", "3", "4", "5"]]
    draft = draft_campaign(write(tmp_path / "list.csv", table))

    assert list(read_campaign(draft.file).parameters) == ["b"]
    assert draft.left_out == (
        "'a' is the heading of more than one column",
        "column 3 has no heading",
        f"'{'x' * 59}…' is longer than 200 characters",
    )
    assert all(f"# left out: {reason}" in draft.file.read_text("utf-8") for reason in draft.left_out)


REGIONS = [
    (["+12025550101"], None, "not needed"),
    (["\uff0b12025550101"], None, "not needed"),
    (["2025550101"], None, "not set, so numbers without a plus (30 of the 30 looked at) are invalid"),
    (["2025550101"], "US", "numbers without a plus are read as numbers of US"),
]


@pytest.mark.parametrize(("phones", "region", "told"), REGIONS)
def test_a_region_is_never_guessed(tmp_path, phones, region, told):
    draft = draft_campaign(a_list(tmp_path, ("phone", phones)), region=region)

    assert (read_campaign(draft.file).list_.region, told in draft.about_region) == (region, True)


def test_a_list_in_another_folder_is_named_from_the_campaigns(tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "campaigns").mkdir()
    contacts = a_list(tmp_path / "lists", name="customers [1] (2).csv")
    draft = draft_campaign(contacts, output=tmp_path / "campaigns" / "spring.toml")

    report = check(Choices(campaign=draft.file), {}, contacts=None, output=None)
    assert (report.campaign, report.rows) == ("customers -1- -2-", 30)


NAMES = {
    "list.csv": "list",
    "spring.2026.csv": "spring.2026",
    "customers (1).csv": "customers -1-",
    "müller_x.csv.gz": "müller_x",
    "_.csv": "_",
    "...csv": "list",
    f"{'x' * 99}.csv": "x" * 80,
    "-": "standard-input",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_campaign_without_a_file_is_named_after_its_list(name):
    assert named_after(Path(name)) == NAMES[name]


def test_a_list_whose_name_is_no_campaigns_is_checked(dialer):
    (dialer.home / "customers (1).csv").write_bytes(b"phone\n+12025550101\n")
    assert dialer.here("check", "customers (1).csv", "--json").json["campaign"] == "customers -1-"


# The command


def test_init_then_check_is_all_it_takes(dialer):
    a_list(dialer.home, ("first_name", ["Ann", "Bob"]), ("due", ["2026-12-01", ""]))

    ran = dialer.here("init", "list.csv")
    assert ran.out.splitlines()[0] == "written: list.toml"
    assert ran.out.splitlines()[-1] == "next: dialer check list.csv -c list.toml"
    assert _checked(dialer)["outcomes"] == {"ready": 30}


def test_the_json_of_init_has_what_was_found(dialer):
    a_list(dialer.home, ("due", ["2026-12-01"]))

    assert dialer.here("init", "list.csv", "--region", "us", "--json").json == {
        "campaign": "list.toml",
        "contacts": "list.csv",
        "phone": "phone",
        "region": "US",
        "parameters": {"due": {"column": "due", "type": "date", "required": True}},
        "left_out": [],
        "permission": {},
        "assumptions": [],
        "rows_looked_at": 30,
        "dialable": 30,
        "without_plus": 0,
        "exit_code": 0,
    }


def test_no_file_is_replaced_but_with_force(dialer):
    a_list(dialer.home)
    (dialer.home / "list.toml").write_text("mine", encoding="utf-8")

    refused = dialer.here("init", "list.csv", code=2)
    assert refused.err == "error: list.toml exists: name another file with -o, or replace it with --force\n"
    assert (dialer.home / "list.toml").read_text("utf-8") == "mine"
    dialer.here("init", "list.csv", "--force")
    assert read_campaign(dialer.home / "list.toml").name == "list"


def test_the_list_itself_is_not_replaced_even_with_force(dialer):
    before = a_list(dialer.home).read_bytes()

    assert (
        "would overwrite the contact list" in dialer.here("init", "list.csv", "-o", "list.csv", "--force", code=2).err
    )
    assert (dialer.home / "list.csv").read_bytes() == before


WRONG = {
    "no such list": (("none.csv",), "none.csv cannot be read"),
    "no phone column": (("nobody.csv",), "the list has 'name', 'handle'. Name one with --phone"),
    "no such phone column": (("list.csv", "--phone", "x"), "no phone column 'x'"),
    "no such region": (("list.csv", "--region", "XX"), "'XX'"),
    "no such folder": (("list.csv", "-o", "none/x.toml"), "no such folder"),
    "a sheet of a text file": (("list.csv", "--sheet", "A"), "sheet 'A'"),
    "no place for it": (("-",), "-o"),
}


def _checked(dialer):
    """What `check` says of the list by its new campaign, at an hour when all of the United States may be rung."""
    return dialer.here("check", "list.csv", "-c", "list.toml", "--at", "2026-11-24T18:00", "--json").json


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_init_ends_with_2_and_writes_nothing(dialer, case):
    words, complaint = WRONG[case]
    a_list(dialer.home)
    write(dialer.home / "nobody.csv", [["name", "handle"], ["Ann", "@ann"]])

    assert complaint in dialer.here("init", *words, code=2).err
    assert dialer.files() == {"list.csv", "nobody.csv"}


def test_the_phone_column_can_be_named(dialer):
    write(dialer.home / "list.csv", [["Kontakt", "phone"], ["+12025550101", "home"]])

    assert dialer.here("init", "list.csv", "--phone", "kontakt", "--json").json["phone"] == "Kontakt"
    assert _checked(dialer)["outcomes"] == {"ready": 1}


def test_a_phone_column_that_stands_twice_is_not_guessed(tmp_path):
    with pytest.raises(SetupError, match="more than one may be"):
        draft_campaign(write(tmp_path / "list.csv", [["phone", "phone"], ["+12025550101", "+12025550102"]]))


def test_a_packed_list_gets_a_campaign_of_its_name(tmp_path):
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(gzip.compress(a_list(tmp_path).read_bytes()))

    draft = draft_campaign(packed)
    assert (draft.file.name, read_campaign(draft.file).contacts) == ("list.toml", "list.csv.gz")


def test_a_list_of_headings_alone_gets_a_campaign(tmp_path):
    draft = draft_campaign(write(tmp_path / "list.csv", [["phone", "name"]]))
    assert (draft.rows, read_campaign(draft.file).parameters) == (0, {"name": Parameter(column="name")})


def test_columns_about_people_are_not_taken_for_contents(tmp_path):
    contacts = a_list(
        tmp_path,
        *(("zip", ["33101", "10001"]), ("State", ["FL", "NY"]), ("country", ["US"]), ("tz", [""])),
        *(("DNC", ["no", "yes"]), ("opt_in", ["1", "0"]), ("plan", ["gold", "basic"])),
    )
    draft = draft_campaign(contacts)

    campaign = read_campaign(draft.file)
    assert campaign.parameters == {
        **{name: Parameter(column=name) for name in ("zip", "State", "country", "tz")},
        "plan": Parameter(column="plan", type="choice", choices=("basic", "gold"), required=True),
    }
    assert draft.left_out == tuple(
        f"{name!r} decides who is rung, with or without a parameter" for name in ("DNC", "opt_in")
    )
    assert "# left out: 'DNC' decides who is rung" in draft.file.read_text("utf-8")


def test_a_column_that_is_almost_a_date_says_why_it_is_text(tmp_path):
    rows = [["phone", "due"], *([f"+1202555010{at}", "2026-12-01"] for at in range(5)), ["+12025550109", "TBD"]]
    draft = draft_campaign(write(tmp_path / "list.csv", rows))
    said = "looks like a date, and 1 cell is none (row 7)"
    assert dict(draft.nearly) == {"due": said}
    assert said in " ".join(draft.as_text().split())
    assert f"# due {said}" in draft.file.read_text("utf-8")


def test_the_row_of_the_headings_is_written_into_the_campaign(tmp_path):
    path = write(tmp_path / "list.csv", [["a", "b"], ["x", "y"], ["phone", "name"], ["+12025550101", "Ann"]])
    draft = draft_campaign(path, header_row=3)
    assert read_campaign(draft.file).list_.header_row == 3
    assert draft.rows == 1


@pytest.mark.parametrize(
    ("provider", "drafted"),
    [
        ("twilio", ["flow_id", "caller_number"]),
        ("asterisk", ["flow_id", "caller_number"]),
        ("cxone_scripts", ["flow_id"]),
    ],
)
def test_a_caller_is_drafted_where_the_provider_can_be_told_one(dialer, provider, drafted):
    dialer.env["DIALER_PROVIDER"] = provider
    path = dialer.write_list([["+12025550101"]])
    dialer.here("init", path)
    text = (dialer.home / "list.toml").read_text("utf-8")
    assert re.findall(r"^# (flow_id|caller_number) = ", text, re.MULTILINE) == drafted
