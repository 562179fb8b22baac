"""A campaign file: every key, every complaint, all of them at once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.campaign_file import read_campaign
from dialer.domain.campaign import Campaign, ListExpected, PaceRules
from dialer.domain.campaign_values import read_span
from dialer.domain.parameters import Parameter
from dialer.errors import SetupError

A_SPAN = 'write a length of time as a number and s, m, h or d, such as "30s"'

WHOLE = """
name = "spring-renewal"
flow_id = "flow-1"
caller_number = "+1 (202) 555-0100"
contacts = "lists/spring*.csv"

[list]
phone = "mobile"
region = "US"
allow_unassigned = false

[parameters]
first_name = { column = "first_name", required = true, min_length = 2, max_length = 40 }
due_date = { column = "due", type = "date", minimum = 2026-01-01, maximum = 2026-12-31 }
balance = { column = "balance", type = "decimal", minimum = 0, maximum = 99.5 }
visits = { column = "visits", type = "integer", default = "1" }
plan = { column = "plan", type = "choice", choices = ["gold", "silver"] }
vip = { column = "vip", type = "boolean" }
greeting = { value = "Hello from the team" }
year = { value = 2026 }
polite = { value = true }

[pace]
calls_per_second = 10
in_flight = 50
attempts = 4
timeout = "45s"
"""


@pytest.fixture
def campaign(tmp_path):
    """Read a campaign from the text of its file."""
    path = tmp_path / "spring.toml"

    def read(text, *, encoding="utf-8"):
        path.write_text(text, encoding)
        return read_campaign(path)

    read.path = path
    return read


@pytest.fixture
def complaints(campaign):
    """Tell what is wrong with a campaign, without the path every complaint begins with."""

    def read(text):
        with pytest.raises(SetupError) as caught:
            campaign(text)
        return [complaint.removeprefix(f"{campaign.path}: ") for complaint in caught.value.complaints]

    return read


def test_every_key_of_a_campaign_is_read(campaign):
    assert campaign(WHOLE) == Campaign(
        name="spring-renewal",
        flow_id="flow-1",
        caller_number="+12025550100",
        contacts="lists/spring*.csv",
        list=ListExpected(phone="mobile", region="US", allow_unassigned=False),
        parameters={
            "first_name": Parameter(column="first_name", required=True, min_length=2, max_length=40),
            "due_date": Parameter(column="due", type="date", minimum=date(2026, 1, 1), maximum=date(2026, 12, 31)),
            "balance": Parameter(column="balance", type="decimal", minimum=Decimal(0), maximum=Decimal("99.5")),
            "visits": Parameter(column="visits", type="integer", default="1"),
            "plan": Parameter(column="plan", type="choice", choices=("gold", "silver")),
            "vip": Parameter(column="vip", type="boolean"),
            "greeting": Parameter(value="Hello from the team"),
            "year": Parameter(value=2026),
            "polite": Parameter(value=True),
        },
        pace=PaceRules(calls_per_second=10.0, in_flight=50, attempts=4, timeout=timedelta(seconds=45)),
    )


def test_a_name_is_all_a_campaign_needs(campaign):
    assert campaign('name = "spring"').model_dump(by_alias=True) == {
        "name": "spring",
        "provider": None,
        "flow_id": None,
        "caller_number": None,
        "contacts": None,
        "log": None,
        "list": {
            "phone": None,
            "key": None,
            "region": None,
            "allow_unassigned": True,
            "duplicates": "first",
            "sheet": None,
            "header_row": None,
            "hidden": "skip",
            "encoding": None,
            "delimiter": None,
            "headings": None,
            "parameter_bytes": 16_384,
            "pick": "newest",
            "stable_for": None,
            "stable_wait": timedelta(minutes=30),
            "ready": None,
            "max_age": None,
            "rows": {"at_least": None, "at_most": None, "change": None},
            "invalid": None,
        },
        "parameters": None,
        "pace": {
            "calls_per_second": 5.0,
            "in_flight": 50,
            "calls_at_a_time": None,
            "attempts": 3,
            "calls_per_day": None,
            "patience": timedelta(minutes=15),
            "follow": timedelta(minutes=15),
            "timeout": timedelta(seconds=30),
        },
        "run": {
            "not_after": None,
            "carry": None,
            "carry_for": timedelta(hours=84),
            "carry_vanished": False,
            "reached": None,
        },
        "redial": {
            "on": {},
            "tries": 3,
            "until": timedelta(days=3),
            "after": timedelta(hours=24),
            "caps": (
                {"calls": 3, "within": timedelta(hours=24)},
                {"calls": 8, "within": timedelta(days=30)},
            ),
        },
        "track": {"share": 0.2},
        "hours": {
            "enforce": True,
            "reason": None,
            "voice": "automated",
            "start": None,
            "end": None,
            "when_closed": "defer",
            "deadline": None,
            "timezone": None,
            "windows": (),
        },
        "suppression": {"files": (), "columns": {}, "text": "warn"},
        "keep": {"results": None, "cells": None, "rows": None, "logs": None},
        "results": {"file": None, "latest": None},
        "alerts": {
            "ping": False,
            "notify": (),
            "trouble": {"rejected": 1, "failed": 1, "unknown": 1, "invalid": None},
            "textfile": None,
        },
    }


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ping = 1", 'alerts.ping: is true, false, "healthchecks" or "cronitor"'),
        ('notify = ["late"]', "alerts.notify: knows no 'late': the ends are done, trouble, settings, stopped, busy, "),
        ('trouble = { failed = "0%" }', "alerts.trouble.failed: is a number of rows from 1 on, or a share of them"),
        ("trouble = { failed = 0 }", "alerts.trouble.failed: is a number of rows from 1 on, or a share of them"),
        ("trouble = { placed = 1 }", "unknown key alerts.trouble.placed"),
        ('textfile = "{campain}.prom"', "alerts.textfile: takes {campaign} in braces, and nothing else"),
    ],
)
def test_alerts_that_cannot_be_are_refused(campaign, line, complaint):
    with pytest.raises(SetupError, match=re.escape(complaint)):
        campaign(f'name = "spring"\n[alerts]\n{line}')


def test_how_a_list_is_read_can_be_said(campaign):
    said = r"""
        name = "spring"
        [list]
        duplicates = "last"
        sheet = "March"
        header_row = 3
        hidden = "dial"
        encoding = "cp1252"
        delimiter = "\t"
        headings = ["phone", ""]
        parameter_bytes = 1000
    """
    assert campaign(said).list_ == ListExpected(
        duplicates="last",
        sheet="March",
        header_row=3,
        hidden="dial",
        encoding="cp1252",
        delimiter="\t",
        headings=("phone", ""),
        parameter_bytes=1000,
    )


def test_a_byte_order_mark_does_no_harm(campaign):
    assert campaign('name = "spring"', encoding="utf-8-sig").name == "spring"


def test_an_empty_table_of_parameters_sends_none(campaign):
    assert campaign('name = "spring"\n[parameters]').parameters == {}


def test_a_campaign_cannot_be_changed(campaign):
    with pytest.raises(ValidationError, match="frozen"):
        campaign('name = "spring"').name = "autumn"


def test_every_complaint_is_made_at_once_with_its_place(complaints):
    found = complaints("""
        flow_id = ""
        phone = "mobile"
        flow = "x"
        [list]
        region = "usa"
        regio = "US"
        [pace]
        call_per_second = 10
        in_flight = 0
        [paces]
        [parameters]
        date = { column = "due", typ = "date" }
        balance = { column = "balance", type = "decimal", minimum = true }
        """)
    assert found == [
        "missing key name",
        "flow_id: string should have at least 1 character",
        'list.region: is a country\'s two capital letters, such as "US" or "GB"',
        "unknown key list.regio; did you mean region?",
        "unknown key parameters.date.typ; did you mean type?",
        "parameters.balance.minimum: is a number, or a date written YYYY-MM-DD",
        "pace.in_flight: input should be greater than or equal to 1",
        "unknown key pace.call_per_second; did you mean calls_per_second?",
        "unknown key phone; did you mean list.phone?",
        "unknown key flow; did you mean flow_id?",
        "unknown key paces; did you mean pace?",
    ]


def test_a_key_like_no_other_gets_no_suggestion(complaints):
    assert complaints('name = "spring"\nxyzzy = 1') == ["unknown key xyzzy"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("name = 5", "name: input should be a valid string"),
        *(
            (
                f"name = {name!r}",
                "name: is up to 80 letters, digits, spaces and . _ - beginning with a letter or digit",
            )
            for name in ("", " spring", "a/b", "x" * 81, "-x")
        ),
        ("caller_number = 12025550100", "caller_number: input should be a valid string"),
        (
            'caller_number = "202 555 0100"',
            "caller_number: not a number in E.164: a plus sign, then 7 to 15 digits, not starting with 0",
        ),
        ("contacts = []", "contacts: input should be a valid string"),
        ("list = 3", "list: input should be a valid dictionary or instance of ListExpected"),
        ('list.region = "us"', 'list.region: is a country\'s two capital letters, such as "US" or "GB"'),
        ('list.allow_unassigned = "no"', "list.allow_unassigned: input should be a valid boolean"),
        ('list.duplicates = "all"', "list.duplicates: input should be 'first' or 'last'"),
        *(
            (f"list.delimiter = {sign}", 'list.delimiter: is one character, such as ";" or "\\t"')
            for sign in ('""', '";;"', "'\"'", '"\\n"')
        ),
        ("list.headings = []", "list.headings: tuple should have at least 1 item after validation, not 0"),
        ("list.parameter_bytes = 0", "list.parameter_bytes: input should be greater than or equal to 1"),
        ("pace.calls_per_second = 0", "pace.calls_per_second: input should be greater than 0"),
        ("pace.calls_per_second = -1", "pace.calls_per_second: input should be greater than 0"),
        ("pace.calls_per_second = nan", "pace.calls_per_second: input should be a finite number"),
        ("pace.calls_per_second = inf", "pace.calls_per_second: input should be a finite number"),
        ("pace.calls_per_second = true", "pace.calls_per_second: input should be a valid number"),
        ('pace.calls_per_second = "5"', "pace.calls_per_second: input should be a valid number"),
        ("pace.in_flight = 10_001", "pace.in_flight: input should be less than or equal to 10000"),
        ("pace.in_flight = 1.5", "pace.in_flight: input should be a valid integer"),
        ("pace.attempts = 0", "pace.attempts: input should be greater than or equal to 1"),
        ("pace.attempts = 21", "pace.attempts: input should be less than or equal to 20"),
        ("pace.attempts = true", "pace.attempts: input should be a valid integer"),
        ('pace.timeout = "0s"', "pace.timeout: input should be greater than 0 seconds"),
        ('pace.timeout = "soon"', f"pace.timeout: {A_SPAN}"),
        ("pace.timeout = 30", f"pace.timeout: {A_SPAN}"),
        (f'pace.timeout = "{"9" * 20}d"', "pace.timeout: is longer than any calendar"),
        ("parameters = 3", "parameters: input should be a valid dictionary"),
        (
            'parameters.x = "first_name"',
            "parameters.x: input should be a valid dictionary or instance of Parameter",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_key(complaints, line, complaint):
    name = "" if line.startswith("name") else 'name = "spring"\n'
    assert complaints(name + line) == [complaint]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("name = spring", "is not TOML: Invalid value (at line 1, column 8)"),
        ('name = "a"\nname = "b"\n', "is not TOML: Cannot overwrite a value (at line 2, column 11)"),
        ("x = " + "[" * 5000, "is nested too deeply"),
    ],
)
def test_what_is_no_toml_says_where(campaign, text, begins):
    with pytest.raises(SetupError) as caught:
        campaign(text)
    assert caught.value.complaints == (f"the campaign {campaign.path} {begins}",)


def test_what_is_no_text_is_no_campaign(campaign):
    with pytest.raises(SetupError, match="is not TOML"):
        campaign('name = "Grüße"', encoding="latin-1")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SetupError) as caught:
        read_campaign(tmp_path / "none.toml")
    assert str(caught.value) == f"the campaign {tmp_path / 'none.toml'} cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("30s", 30), ("1.5 m", 90), ("24h", 86_400), (" 31d ", 31 * 86_400), ("0s", 0)],
)
def test_a_span_is_a_number_and_a_unit(text, seconds):
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "-5s", "1e3s", "5 weeks", "30S", "٣s", "1.s", "30s 5m"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match="write a length of time"):
        read_span(text)


@given(st.text(max_size=20) | st.from_regex(r"[0-9]{1,400}(\.[0-9]+)?(ms|s|m|h|d)", fullmatch=True))
def test_any_text_is_a_span_or_a_value_error(text):
    try:
        span = read_span(text)
    except ValueError:
        return
    assert span >= timedelta(0)
