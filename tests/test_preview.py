"""`dialer preview`: one row as it would be sent, byte for byte, with where the person is and the verdict of `check`."""

from __future__ import annotations

import json

import pytest

pytest_plugins = ("commands",)

NOON = ("--at", "2026-11-25T18:00")
CAMPAIGN = """
name = "spring"
flow_id = "the-flow"
caller_number = "+12025550100"
contacts = "list.csv"
[list]
region = "US"
[parameters]
name = { column = "name", required = true, max_length = 20 }
balance = { column = "balance", type = "decimal" }
due = { column = "due", type = "date" }
greeting = { value = "Grüße" }
[hours]
timezone = "America/Chicago"
"""
HEADINGS = ("phone", "name", "balance", "due", "state", "notes")
ROWS = [
    ("(212) 555-0101", "Zoë", "1200.50", "2026-12-01", "WA", "asked twice"),
    ("+12125550102", "Bob", "", "", "", ""),
    ("+12125550101", "Zoë again", "1", "", "", ""),
    ("+81 90 1234 5678", "Jun", "", "", "", ""),
    ("1.2E+10", "Eve", "7", "", "", ""),
    ("+12125550106", "Fay", "", "", "", "", "one too many"),
    ("+12125550107", "", "", "", "", ""),
]


@pytest.fixture
def spring(dialer):
    dialer.write_list(ROWS, headings=HEADINGS)
    dialer.write_campaign(CAMPAIGN)
    return dialer


def preview(dialer, row, *words):
    return dialer.here("preview", "list.csv", row, "-c", "campaign.toml", *NOON, *words, "--json").json


def test_a_person_reads_what_is_sent_to_whom_and_whether_it_may_be(spring):
    lines = spring.here("preview", "list.csv", 2, "-c", "campaign.toml", *NOON).out.splitlines()
    assert lines == [
        "row 2 of list.csv, campaign spring",
        "number        +12125550101",
        "caller        +12025550100",
        "flow          the-flow",
        "cxone is sent:",
        "  {",
        '    "callerNumber": "+12025550100",',
        '    "calledNumber": "+12125550101",',
        '    "flowId": "the-flow",',
        '    "parameters": {',
        '      "greeting": "Grüße",',
        '      "name": "Zoë",',
        '      "balance": 1200.5,',
        '      "due": "2026-12-01"',
        "    }",
        "  }",
        "not sent      state 'WA', notes 'asked twice'",
        "address       state 'WA'",
        "known from    area code 212 + state column WA",
        "jurisdictions US, US-NY, US-WA",
        "local time    Wed 10:00 in America/Los_Angeles, Wed 13:00 in America/New_York",
        "US            Mon-Fri 08:00-21:00, Sat 08:00-21:00, Sun 08:00-21:00",
        "              47 CFR 64.1200(c)(1); 16 CFR 310.4(c) (as of 2026-11-23)",
        "US-WA         Mon-Fri 08:00-20:00, Sat 08:00-20:00, Sun 08:00-20:00",
        "              RCW 19.158.040(2) (as of 2026-11-23)",
        "asked about   Wed 2026-11-25 12:00 CST (18:00 UTC)",
        "verdict       ready, until Wed 2026-11-25 18:59 CST (Thu 2026-11-26 00:59 UTC)",
    ]


def test_what_is_shown_is_what_a_run_sends(dialling, truth):
    dialling.write_list([*ROWS[:2], ("+12125550109", "Bo", "007.10", "2026-12-01", "", "x")], headings=HEADINGS)
    dialling.write_campaign(CAMPAIGN.replace('[hours]\ntimezone = "America/Chicago"\n', ""))
    dialling.here("run", "list.csv", "-c", "campaign.toml", "--rate", 1000)
    sent = {request.number: request.body for request in truth.requests if request.number}
    shown = [preview(dialling, row) for row in (2, 3, 4)]
    assert {told["number"]: json.loads(told["wire"]) for told in shown} == sent
    assert [told["parameters"] for told in shown] == [sent[told["number"]]["parameters"] for told in shown]


@pytest.mark.parametrize("row", range(2, 2 + len(ROWS)))
def test_the_verdict_is_that_of_check(spring, row):
    spring.here("check", "list.csv", "-c", "campaign.toml", *NOON, "-o", "checked.csv", code=None)
    line = spring.results("checked.csv")[row - 2]
    told = preview(spring, row)
    assert (told["verdict"]["outcome"], told["verdict"]["error"]) == (line["outcome"], line["error"])
    assert (told["number"] or "") == line["number"]


def test_cells_that_no_parameter_carries_are_named(spring):
    assert preview(spring, 2)["not_sent"] == [
        {"column": "state", "value": "WA"},
        {"column": "notes", "value": "asked twice"},
    ]
    assert [cell["column"] for cell in preview(spring, 3)["not_sent"]] == ["balance", "due", "state", "notes"]
    assert preview(spring, 7)["not_sent"][-1] == {"column": "", "value": "one too many"}
    by_place = preview(spring, 3, "--provider", "cxone_scripts")["not_sent"]
    assert [cell["column"] for cell in by_place] == ["state", "notes"]  # what is empty keeps its place


def test_without_rules_every_column_with_a_heading_is_sent(dialer):
    dialer.write_list([("+12125550101", "Ann", "x")], headings=("phone", "name", " "))
    told = dialer.here("preview", "list.csv", 2, *NOON, "--json").json
    assert (told["parameters"], told["not_sent"]) == ({"name": "Ann"}, [{"column": " ", "value": "x"}])


def test_missing_settings_are_said_and_are_no_error(dialer):
    dialer.write_list([("+12125550101",)])
    told = dialer.here("preview", "list.csv", 2, *NOON, "--json").json
    assert (told["missing"], told["caller_number"], told["flow_id"]) == (["caller number", "flow id"], None, None)
    assert "caller        none: give --caller-number" in dialer.here("preview", "list.csv", 2).out


def test_the_sandbox_shows_what_it_would_be_asked(dialer):
    dialer.write_list([("+12125550101",)])
    told = dialer.here("preview", "list.csv", 2, "--sandbox", "--json").json
    assert (told["provider"], told["missing"], told["verdict"]["outcome"]) == ("sandbox", [], "ready")
    assert json.loads(told["wire"])["callerNumber"] == "+12025550100"


def test_the_campaigns_own_list_is_looked_at_when_none_is_named(spring):
    told = spring.here("preview", 3, "-c", "campaign.toml", *NOON, "--json").json
    assert (told["row"], told["number"]) == (3, "+12125550102")


def test_nothing_is_written(spring):
    before = spring.files()
    preview(spring, 2)
    assert spring.files() == before


WRONG = {
    "the headings": (1, "row 1 is no contact: the headings are above row 2, which is the first one"),
    "an empty row": (3, "row 3 is empty"),
    "behind the end": (6, "the list has no row 6: its last contact is row 5"),
    "far behind the end": (10**9, "the list has no row 1000000000: its last contact is row 5"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_row_that_is_no_contact_ends_with_2_and_a_sentence(dialer, case):
    row, says = WRONG[case]
    (dialer.home / "list.csv").write_text("phone\n+12125550101\n\n+12125550102\n+12125550103\n", encoding="utf-8")
    assert dialer.here("preview", "list.csv", row, code=2).err == f"error: {says}\n"


@pytest.mark.parametrize("words", [("list.csv",), ("list.csv", "0"), ("list.csv", "two"), ("a", "b", "2"), ()])
def test_what_names_no_row_is_wrong_usage(spring, words):
    assert spring.here("preview", *words, code=2).out == ""


def test_a_list_of_headings_alone_has_no_row(dialer):
    dialer.write_list([])
    assert dialer.here("preview", "list.csv", 2, code=2).err == (
        "error: the list has no row 2: it has headings and no contact\n"
    )


def test_who_must_not_be_rung_is_shown_as_such(dialer):
    dialer.write_list([("+12125550101", "yes")], headings=("phone", "do not call"))
    told = dialer.here("preview", "list.csv", 2, *NOON, "--json").json
    assert (told["number"], told["verdict"]["outcome"]) == ("+12125550101", "suppressed")


def test_a_row_further_down_that_objects_binds_the_row_that_is_shown(dialer):
    dialer.write_list(
        [
            ("+12125550101", ""),
            *((f"+1212555{number:04}", "") for number in range(1000, 9000)),
            ("+12125550101", "yes"),
        ],
        headings=("phone", "do not call"),
    )
    told = dialer.here("preview", "list.csv", 2, *NOON, "--json").json
    assert told["verdict"]["outcome"] == "suppressed"


def test_cells_cannot_steer_the_terminal(dialer):
    dialer.write_list([("+12125550101", "\x1b[2J\u202eevil")], headings=("phone", "name"))
    out = dialer.here("preview", "list.csv", 2, *NOON).out
    assert all(line.isprintable() for line in out.splitlines())
