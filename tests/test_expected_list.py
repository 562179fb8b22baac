"""Which list is tonight's, and what is expected of it: an age, so many rows, few of them bad, a start in time."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from nights import BERLIN, NEW_YORK, OPEN, SYDNEY, Night, all_but_the_log
from truth import numbers

from dialer.actions import run as running
from dialer.campaign_file import read_campaign
from dialer.domain.call import Outcome
from dialer.domain.campaign import ListExpected, RowsExpected
from dialer.domain.expected_list import too_old, unexpected
from dialer.errors import RefusedError

pytest_plugins = ("commands",)

AT = "2026-11-24T18:00+00:00"


@pytest.fixture
def nightly(dialling, truth):
    """Give a night of a campaign that picks its list itself, from what it says of it."""
    (dialling.home / "lists").mkdir()

    def make(rules, *, hours=""):
        night = Night(dialling, truth, hours)
        night.file = dialling.write_campaign(f'name = "nightly"\ncontacts = "lists/*.csv"\n{rules}\n{OPEN}{hours}')
        return night

    return make


def put(night, name, count, *, first=0, age=timedelta(), at=AT, bad=0):
    """Write a list of so many rows, last changed so long before a moment."""
    path = night.dialer.home / "lists" / name
    rows = [*numbers(first + count - bad)[first:], *(["nobody"] * bad)]
    path.write_text("\n".join(["phone", *rows, ""]))
    os.utime(path, ((datetime.fromisoformat(at) - age).timestamp(),) * 2)
    return path


def tonight(night, at=AT, **more):
    return night.dial(running.prepare(night.request(at, **more), night.env()))


def events(dialer):
    return [json.loads(line) for line in (dialer.home / "ledger.db.log").read_text("utf-8").splitlines()]


# Which list is picked


@pytest.mark.parametrize(("pick", "picked"), [("newest", "a-2026-11-23.csv"), ("name", "b-2026-11-24.csv")])
def test_the_list_is_the_newest_or_the_last_by_name(nightly, pick, picked):
    night = nightly(f'[list]\npick = "{pick}"\n')
    put(night, "a-2026-11-23.csv", 1)
    put(night, "b-2026-11-24.csv", 2, first=3, age=timedelta(hours=1))

    assert tonight(night).list_path.name == picked


def test_the_last_by_name_is_found_in_folders_of_months(nightly):
    night = nightly('[list]\npick = "name"\n')
    night.file.write_text(night.file.read_text().replace("lists/*.csv", "lists/**/*.csv"))
    for month in ("11", "12"):
        (night.dialer.home / "lists" / month).mkdir()
    put(night, "11/30.csv", 1)
    put(night, "12/01.csv", 2, first=3, age=timedelta(hours=1))

    assert tonight(night).list_path.parts[-2:] == ("12", "01.csv")


# What is refused: exit 6, no request, no run, and an event


REFUSED = {
    'max_age = "20h"': "the list is too old: last changed 120 h 0 min ago, and may be 20 h 0 min old ([list] max_age)",
    "rows = { at_least = 6 }": "the list has 5 rows, fewer than 6 ([list] rows at_least)",
    "rows = { at_most = 4 }": "the list has 5 rows, more than 4 ([list] rows at_most)",
    'invalid = "30%"': "2 of 5 rows are invalid, more than 30 % ([list] invalid)",
}


@pytest.mark.parametrize("rule", REFUSED)
@pytest.mark.parametrize("there_is_a_ledger", [False, True])
def test_a_list_that_is_not_as_expected_is_refused_with_an_event_and_no_run(
    nightly, dialling, truth, rule, there_is_a_ledger
):
    if there_is_a_ledger:
        dialling.here("run", dialling.write_list([[numbers(19)[18]]]), "--rate", 1000)
    night = nightly(f"[list]\n{rule}\n")
    put(night, "tonight.csv", 5, age=timedelta(days=5), at=datetime.now(UTC).isoformat(), bad=2)
    before, calls = all_but_the_log(dialling), len(truth.requests)

    ran = dialling.here("run", "-c", night.file, code=6)

    assert REFUSED[rule] in ran.err
    assert (all_but_the_log(dialling), len(truth.requests)) == (before, calls)
    looked = dialling.here("check", "-c", night.file, "--json", code=6).json
    assert f"a run would not be begun: {REFUSED[rule]}" in looked["notes"]
    if there_is_a_ledger:
        told = events(dialling)[-1]
        assert (told["event"], told["exit_code"]) == ("run.refused", 6)
        assert REFUSED[rule] in told["reasons"][0]


def test_a_do_not_call_file_that_is_too_old_leaves_no_run(nightly, dialling, truth):
    dialling.here("run", dialling.write_list([[numbers(19)[18]]]), "--rate", 1000)
    night = nightly('[suppression]\nfiles = [{ path = "stop.txt", max_age = "1d" }]\n')
    stop = dialling.home / "stop.txt"
    stop.write_text(f"{numbers(1)[0]}\n")
    os.utime(stop, (0, 0))
    put(night, "tonight.csv", 2)
    before, calls = all_but_the_log(dialling), len(truth.requests)

    dialling.here("run", "-c", night.file, code=2)

    assert (all_but_the_log(dialling), len(truth.requests)) == (before, calls)
    assert (events(dialling)[-1]["event"], events(dialling)[-1]["exit_code"]) == ("run.refused", 2)


def test_what_is_as_expected_is_dialled(nightly):
    night = nightly('[list]\nmax_age = "20h"\nrows = { at_least = 5, at_most = 5, change = "0%" }\ninvalid = "40%"\n')
    put(night, "tonight.csv", 5, bad=2, age=timedelta(hours=19))

    assert tonight(night).outcomes == {Outcome.PLACED: 3, Outcome.INVALID: 2}


def test_a_list_is_held_against_the_last_that_was_dialled_to_its_end(nightly, dialling):
    night = nightly('[list]\nrows = { change = "50%" }\n[redial]\nafter = "1h"\n')
    put(night, "1.csv", 10)
    tonight(night)
    dialling.here("call", numbers(30)[29], "-c", night.file, "--yes")
    put(night, "2.csv", 4, first=10, at="2026-11-25T18:00+00:00")
    with pytest.raises(RefusedError, match="4 rows, which differ from the 10 of the last one by more than 50 %"):
        tonight(night, "2026-11-25T18:00+00:00")
    put(night, "2.csv", 5, first=10, at="2026-11-25T18:00+00:00")
    assert tonight(night, "2026-11-25T18:00+00:00").outcomes == {Outcome.PLACED: 5}
    put(night, "3.csv", 8, first=20, at="2026-11-26T18:00+00:00")
    with pytest.raises(RefusedError, match="8 rows, which differ from the 5 of the last one"):
        tonight(night, "2026-11-26T18:00+00:00")


def test_a_run_that_is_open_is_gone_on_with_whatever_its_list_has_become_old(nightly):
    night = nightly('[list]\nmax_age = "20h"\nrows = { at_least = 4 }\n')
    put(night, "tonight.csv", 4)
    tonight(night, limit=1)

    assert tonight(night, "2026-11-25T18:00+00:00").outcomes == {Outcome.PLACED: 4}


def test_a_finished_list_that_is_too_old_is_a_night_without_a_list(nightly):
    night = nightly('[list]\nmax_age = "20h"\n')
    put(night, "tonight.csv", 2)
    tonight(night)

    with pytest.raises(RefusedError, match="too old: last changed 24 h 0 min ago"):
        tonight(night, "2026-11-25T18:00+00:00")


def test_expectations_are_told_together_and_those_that_hold_are_not():
    expected = ListExpected(max_age="1d", rows=RowsExpected(at_least=10, at_most=20, change="10%"), invalid="10%")
    assert unexpected(expected, {Outcome.READY: 9, Outcome.INVALID: 1}, before=9) == [
        "the list has 10 rows, which differ from the 9 of the last one by more than 10 % ([list] rows change)",
    ]
    assert unexpected(expected, {Outcome.READY: 7, Outcome.INVALID: 1}, before=None) == [
        "the list has 8 rows, fewer than 10 ([list] rows at_least)",
        "1 of 8 rows is invalid, more than 10 % ([list] invalid)",
    ]
    assert unexpected(expected, {}, before=0) == ["the list has 0 rows, fewer than 10 ([list] rows at_least)"]
    assert [too_old(expected, timedelta(hours=hours)) for hours in (-5, 24)] == ["", ""]


@pytest.mark.parametrize(
    "wrong",
    [
        'pick = "oldest"',
        'max_age = "0s"',
        "rows = { at_least = 5, at_most = 4 }",
        "rows = { change = 0.5 }",
        "rows = { few = 1 }",
        'invalid = "5"',
        'invalid = "-5%"',
        "invalid = 5",
    ],
)
def test_an_expectation_that_cannot_be_read_ends_with_2(nightly, wrong):
    night = nightly(f"[list]\n{wrong}\n")
    put(night, "tonight.csv", 1)
    said = night.dialer.here("check", "-c", night.file, code=2).err
    assert said.startswith(f"error: {night.file}: ")
    assert "list." in said


# Not after


@pytest.mark.parametrize(
    ("not_after", "zone", "at"),
    [
        ("21:00", NEW_YORK, "2026-11-24T21:00:01-05:00"),
        ("21:00", NEW_YORK, "2026-11-25T08:59-05:00"),  # the machine was off over night
        ("21:00", BERLIN, "2026-11-24T23:00+01:00"),
        ("00:30", SYDNEY, "2026-11-25T00:31+11:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:40-04:00"),  # clocks went back at 02:00: 01:30 was shown, and will be again
        ("02:30", BERLIN, "2027-03-28T03:01+02:00"),  # 02:30 is skipped
        ("21:00", SYDNEY, "2026-10-04T08:59+11:00"),
    ],
)
def test_nothing_is_begun_after_the_time_for_it(nightly, not_after, zone, at):
    night = nightly(f'[run]\nnot_after = "{not_after}"\n', hours=f'timezone = "{zone}"\n')
    put(night, "tonight.csv", 2)
    before = all_but_the_log(night.dialer)
    with pytest.raises(RefusedError, match=r"too late: .* is past, and nobody was dialled.* \[run\] not_after"):
        tonight(night, at)
    assert (all_but_the_log(night.dialer), night.truth.requests) == (before, [])


@pytest.mark.parametrize(
    ("not_after", "zone", "at"),
    [
        ("21:00", NEW_YORK, "2026-11-24T20:59-05:00"),
        ("21:00", NEW_YORK, "2026-11-24T09:00-05:00"),
        ("00:30", SYDNEY, "2026-11-24T23:59+11:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:20-04:00"),
        ("02:30", BERLIN, "2027-03-28T01:29+01:00"),
    ],
)
def test_a_start_until_then_is_dialled(nightly, not_after, zone, at):
    night = nightly(f'[run]\nnot_after = "{not_after}"\n', hours=f'timezone = "{zone}"\n')
    put(night, "tonight.csv", 2)
    assert tonight(night, at).outcomes == {Outcome.PLACED: 2}


def test_what_was_begun_in_time_is_gone_on_with_on_the_same_night_alone(nightly):
    night = nightly('[run]\nnot_after = "21:00"\n', hours='timezone = "UTC"\n')
    put(night, "tonight.csv", 4)
    tonight(night, "2026-11-24T20:50+00:00", limit=1)

    assert tonight(night, "2026-11-24T23:00+00:00", limit=2).outcomes[Outcome.PLACED] == 2
    with suppress(RefusedError):
        tonight(night, "2026-11-25T23:00+00:00")
        pytest.fail("the night after it was begun")
    assert night.resume("2026-11-25T23:00+00:00").outcomes == {Outcome.PLACED: 4}


def test_a_rehearsal_may_be_begun_at_any_time(nightly, dialling):
    night = nightly('[run]\nnot_after = "00:00"\n', hours='timezone = "UTC"\n')
    put(night, "tonight.csv", 1)
    dialling.here("run", "-c", night.file, "--sandbox", "--rate", 1000)


def test_a_check_foresees_a_start_that_is_too_late(nightly, dialling):
    night = nightly('[run]\nnot_after = "21:00"\n', hours='timezone = "UTC"\n')
    put(night, "tonight.csv", 1)
    words = ("check", "-c", night.file, "--at")
    late = dialling.here(*words, "2026-11-24T22:00", "--json", code=6).json
    dialling.here(*words, "2026-11-24T20:00")
    assert "a run would not be begun: it may not be begun any more ([run] not_after)" in late["notes"]
    assert read_campaign(night.file).run.not_after.hour == 21
