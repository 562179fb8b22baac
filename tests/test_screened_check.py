"""What `check` says of who may be rung: hours, caps and do-not-call, at whatever moment is asked about."""

from __future__ import annotations

import csv
import os
from time import time

import pytest

pytest_plugins = ("commands",)

NEW_YORK, LOS_ANGELES, TOLL_FREE, DUBLIN, SYDNEY = (
    "+12125550101",
    "+13105550102",
    "+18005550103",
    "+353861234567",
    "+61491570006",
)
EVERYWHERE = 'name = "world"\n[hours]\nenforce = true\n'
MORNING_IN_NEW_YORK = ("--at", "2026-11-24T14:00")


@pytest.fixture
def world(dialer):
    """A campaign with all rules, and a list from around the world."""
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[number] for number in (NEW_YORK, LOS_ANGELES, TOLL_FREE, DUBLIN, SYDNEY)])
    return dialer


def outcomes(dialer, *words, code=0):
    """Check, and tell the outcome of each row by its number."""
    dialer.here("check", "list.csv", "-c", "campaign.toml", "-o", "checked.csv", *words, code=code)
    return {line["number"]: line["outcome"] for line in dialer.results("checked.csv")}


def test_a_check_tells_who_could_be_rung_at_a_moment(world):
    assert outcomes(world, *MORNING_IN_NEW_YORK) == {
        NEW_YORK: "ready",
        LOS_ANGELES: "deferred",
        TOLL_FREE: "held",
        DUBLIN: "held",
        SYDNEY: "deferred",
    }


SUNDAY = ("--at", "2026-11-29T17:30")
NOON_IN_BOGOTA = ("--at", "2026-11-25T17:00")


@pytest.mark.parametrize(
    ("number", "at", "outcome"),
    [
        # Overlays keep the hours of what they overlay: Texas from noon on Sundays, Louisiana never.
        *(("+17132345678", SUNDAY, "deferred"), ("+16212345678", SUNDAY, "deferred")),
        *(("+13182345678", SUNDAY, "deferred"), ("+14572345678", SUNDAY, "deferred")),
        *(("+14832345678", SUNDAY, "deferred"), ("+14652345678", SUNDAY, "ready")),
        # What no table knows keeps the strictest hours of all; what is no area code is held.
        *(("+12655550123", SUNDAY, "deferred"), ("+12655550123", ("--at", "2026-11-25T19:00"), "ready")),
        *(("+12655550123", ("--at", "2026-11-25T17:00"), "deferred"), ("+19605550123", SUNDAY, "held")),
        # Countries whose hours are known: on a working day, on a Sunday, and on a holiday.
        *(("+573212345678", NOON_IN_BOGOTA, "ready"), ("+573212345678", SUNDAY, "deferred")),
        *(("+5511987654321", NOON_IN_BOGOTA, "ready"), ("+5511987654321", ("--at", "2026-07-09T17:00"), "deferred")),
        *(("+51912345678", NOON_IN_BOGOTA, "ready"), ("+51912345678", ("--at", "2026-11-28T17:00"), "deferred")),
        *(("+64211234567", ("--at", "2026-11-25T22:00"), "ready"), ("+64211234567", SUNDAY, "deferred")),
        *(("+351912345678", NOON_IN_BOGOTA, "ready"), ("+351912345678", ("--at", "2026-11-29T06:00"), "deferred")),
    ],
)
def test_newer_area_codes_and_countries_have_their_hours(world, number, at, outcome):
    world.write_list([[number]])
    assert outcomes(world, *at) == {number: outcome}


def test_the_hours_command_and_check_agree_of_an_unlisted_area_code(world):
    world.write_list([["+12655550123"]])
    for hour in range(24):
        at = ("--at", f"2026-11-25T{hour:02}:30")
        told = world.here("hours", "+12655550123", *at, "--json").json
        assert {told["number"]: told["verdict"]["outcome"]} == outcomes(world, *at)


def test_hours_are_those_of_the_moment_asked_about(world):
    assert outcomes(world, "--at", "2026-11-24T23:30:00+00:00") == {
        NEW_YORK: "ready",
        LOS_ANGELES: "ready",
        TOLL_FREE: "held",
        DUBLIN: "held",
        SYDNEY: "deferred",
    }


def test_the_reason_names_the_rule_and_what_would_help(world):
    outcomes(world, *MORNING_IN_NEW_YORK)
    reasons = {line["number"]: line["error"] for line in world.results("checked.csv")}
    assert reasons[LOS_ANGELES] == (
        "outside the calling hours of US, US-CA; they open 2026-11-24 16:00 UTC (08:00 in America/Los_Angeles)"
    )
    assert reasons[TOLL_FREE].endswith("supply a state, zip or timezone column")
    assert reasons[DUBLIN] == (
        "no calling window is known for IE: supply hours of your own in the campaign: "
        '[hours] windows = [{ country = "IE", mon_fri = "10:00-19:00", source = "…" }]'
    )


def test_the_forecast_says_when_a_run_that_waits_would_end(world):
    told = world.here("check", "list.csv", "-c", "campaign.toml", *MORNING_IN_NEW_YORK, "--json").json
    assert told["at"] == "2026-11-24T14:00:00+00:00"
    assert told["forecast"]["now"] == 1
    assert told["forecast"]["later"] == 2
    assert told["forecast"]["within_24_hours"] == 3
    assert told["forecast"]["would_end"].startswith("2026-11-25T01:00")
    assert told["screening"]["hours"] == "enforced"


def test_a_campaign_may_bring_hours_for_its_own_countries(world):
    world.write_campaign(
        EVERYWHERE + 'windows = [{ country = "IE", mon_fri = "09:00-18:00", source = "our lawyers" }]\n'
    )
    assert outcomes(world, *MORNING_IN_NEW_YORK)[DUBLIN] == "ready"


def test_a_moment_that_cannot_be_read_is_refused(world):
    ran = world.here("check", "list.csv", "-c", "campaign.toml", "--at", "tomorrow", code=2)
    assert ran.err.startswith("error: --at 'tomorrow': write a moment as")


def test_an_address_in_the_list_counts_beside_the_number(dialer):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[NEW_YORK, "WA"], ["+12125550110", ""], [TOLL_FREE, "NY"]], headings=("phone", "state"))
    assert outcomes(dialer, *MORNING_IN_NEW_YORK) == {NEW_YORK: "deferred", "+12125550110": "ready", TOLL_FREE: "ready"}


@pytest.mark.parametrize(
    ("heading", "cell", "outcome"),
    [
        ("dnc", "yes", "suppressed"),
        ("dnc", "no", "ready"),
        ("dnc", "", "ready"),
        ("Opt-Out", "maybe", "suppressed"),
        ("revoked_at", "2026-01-01", "suppressed"),
        ("revoked_at", "garbled", "suppressed"),
        ("consent", "yes", "ready"),
        ("consent", "", "suppressed"),
        ("consent", "unknown", "suppressed"),
    ],
)
def test_columns_about_permission_suppress_and_fail_safe(dialer, heading, cell, outcome):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[NEW_YORK, cell]], headings=("phone", heading))
    assert outcomes(dialer, *MORNING_IN_NEW_YORK) == {NEW_YORK: outcome}


@pytest.mark.parametrize("rows", [("no", "yes"), ("yes", "no")], ids=("later", "earlier"))
def test_one_row_that_says_stop_keeps_every_row_of_its_number_from_being_rung(dialer, rows):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[NEW_YORK, rows[0]], ["(212) 555-0101", rows[1]]], headings=("phone", "dnc"))
    dialer.here("check", "list.csv", "-c", "campaign.toml", "--region", "US", "-o", "checked.csv", *MORNING_IN_NEW_YORK)
    assert [line["outcome"] for line in dialer.results("checked.csv")] == ["suppressed", "suppressed"]


@pytest.mark.parametrize(
    "heading",
    [
        *("DO_NOT_CALL_FLAG", "HasOptedOutOfCall", "is_dnc", "No Call", "Do not phone", "phone_opt_out", "dncl", "TPS"),
        *("Opt-out (phone)", "Has Opted Out Of Phone", "blocked", "doNotCall", "unsubscribed", "revoked_at"),
    ],
)
def test_a_column_about_permission_is_known_however_it_is_headed(dialer, heading):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[NEW_YORK, "yes"]], headings=("phone", heading))
    assert outcomes(dialer, *MORNING_IN_NEW_YORK) == {NEW_YORK: "suppressed"}


@pytest.mark.parametrize("heading", ["consent_source", "consent_ip", "email_opt_out", "options", "adoption", "notes"])
def test_evidence_and_other_channels_say_nothing_of_calls(dialer, heading):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([[NEW_YORK, "yes"]], headings=("phone", heading))
    assert outcomes(dialer, *MORNING_IN_NEW_YORK) == {NEW_YORK: "ready"}


@pytest.mark.parametrize(
    "objecting",
    [
        (NEW_YORK, "far too long a name", "yes"),
        (NEW_YORK, "Ann", "yes", "a cell too many"),
        (f"{NEW_YORK} / {LOS_ANGELES}", "Ann", "yes"),
        (f"tel:{NEW_YORK} or {NEW_YORK}", "Ann", "yes"),
        (NEW_YORK.removeprefix("+"), "Ann", "yes"),
    ],
    ids=["breaks its contract", "of another width", "two numbers", "the same twice", "lost its plus"],
)
def test_whatever_else_is_wrong_with_a_row_its_objection_counts(dialer, objecting):
    dialer.write_campaign(
        EVERYWHERE + '[parameters]\nname = { column = "name", max_length = 9 }\ndnc = { column = "dnc" }\n'
    )
    dialer.write_list([objecting, (NEW_YORK, "Bob", "no")], headings=("phone", "name", "dnc"))
    dialer.here("check", "list.csv", "-c", "campaign.toml", "-o", "checked.csv", *MORNING_IN_NEW_YORK)
    assert [line["outcome"] for line in dialer.results("checked.csv")] == ["suppressed", "suppressed"]


@pytest.mark.parametrize("country", ["UK", "EU", "XX"])
def test_hours_for_a_country_that_is_none_are_refused(world, country):
    windows = f'windows = [{{ country = "{country}", mon_fri = "09:00-18:00", source = "us" }}]\n'
    world.write_campaign(EVERYWHERE + windows)
    ran = world.here("check", "list.csv", "-c", "campaign.toml", code=2)
    hint = "; did you mean GB?" if country == "UK" else ""
    assert ran.err == f"error: hours.windows: {country} is no country's code{hint}\n"


def test_customer_numbers_are_not_taken_for_a_do_not_call_list(world):
    (world.home / "stop.txt").write_text("phone\n10001\n10002\n10003\n23456\n99871\n")
    world.write_campaign(EVERYWHERE + '[suppression]\nfiles = [{ path = "stop.txt" }]\n')
    ran = world.here("check", "list.csv", "-c", "campaign.toml", "--region", "US", code=2)
    assert "is not to be trusted" in ran.err


def test_an_empty_do_not_call_file_is_refused_where_its_age_matters(world):
    (world.home / "stop.txt").write_text("")
    os.utime(world.home / "stop.txt", (time(), time()))  # of today, also where today is only pretended
    world.write_campaign(EVERYWHERE + '[suppression]\nfiles = [{ path = "stop.txt", max_age = "31d" }]\n')
    ran = world.here("check", "list.csv", "-c", "campaign.toml", code=2)
    assert ran.err == "error: the do-not-call list stop.txt is empty, as a download that failed is: get a fresh one\n"


def test_a_run_in_the_sandbox_agrees_with_the_check_where_hours_are_enforced(world):
    ran = world.here("run", "list.csv", "-c", "campaign.toml", "--sandbox", "--enforce-hours", "--json", code=None)
    told = world.here("check", "list.csv", "-c", "campaign.toml", "--json").json
    counts = {**ran.json["outcomes"]}
    assert counts.pop("placed", 0) == told["outcomes"].get("ready", 0)
    assert counts == {outcome: count for outcome, count in told["outcomes"].items() if outcome != "ready"}


def test_do_not_call_files_suppress_at_check_and_name_list_and_line(world):
    (world.home / "stop.txt").write_text(f"# asked us\n{NEW_YORK}\n")
    world.write_campaign(EVERYWHERE + '[suppression]\nfiles = [{ path = "stop.txt" }]\n')
    assert outcomes(world, *MORNING_IN_NEW_YORK)[NEW_YORK] == "suppressed"
    assert world.results("checked.csv")[0]["error"] == "on the do-not-call list stop.txt, line 2"


def test_a_do_not_call_file_that_is_missing_stops_check_and_run(world):
    world.write_campaign(EVERYWHERE + '[suppression]\nfiles = [{ path = "stop.txt" }]\n')
    for command in ("check", "run"):
        words = () if command == "check" else ("--sandbox",)
        ran = world.here(command, "list.csv", "-c", "campaign.toml", *words, code=2)
        assert "stop.txt" in ran.err


def test_who_must_not_be_rung_is_not_rung_in_the_sandbox_either(world):
    (world.home / "stop.txt").write_text(f"{NEW_YORK}\n")
    world.write_campaign(EVERYWHERE + '[suppression]\nfiles = [{ path = "stop.txt" }]\n')
    world.here("run", "list.csv", "-c", "campaign.toml", "--sandbox", "--rate", 500)
    assert [line["outcome"] for line in world.results()] == ["suppressed", "placed", "placed", "placed", "placed"]


def test_the_bad_rows_leave_out_whom_no_spreadsheet_mends(world):
    world.write_list([[number] for number in (NEW_YORK, LOS_ANGELES, TOLL_FREE, DUBLIN, "+1212555")])
    world.here("check", "list.csv", "-c", "campaign.toml", "--problems", "bad.csv", *MORNING_IN_NEW_YORK, code=1)
    with (world.home / "bad.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["phone"] for line in csv.DictReader(file)] == ["+1212555"]


def test_a_number_rung_yesterday_is_recent_at_check_and_run(dialling, truth):
    dialling.write_campaign('name = "daily"\n[hours]\nenforce = false\nreason = "test"\n')
    dialling.write_list([[NEW_YORK]])
    dialling.here("run", "list.csv", "-c", "campaign.toml")
    told = dialling.here("check", "list.csv", "-c", "campaign.toml", "--json").json
    assert told["outcomes"] == {"recent": 1}
    dialling.write_list([[NEW_YORK], [DUBLIN]])
    ran = dialling.here("run", "list.csv", "-c", "campaign.toml", "--json")
    assert ran.json["outcomes"] == {"placed": 1, "recent": 1}
    assert dialling.here("check", "list.csv", "-c", "campaign.toml", "--again", "--json").json["outcomes"] == {
        "ready": 2
    }
    assert len(truth.rang) == 2


def test_hours_that_the_campaign_itself_leaves_none_of_are_told(world):
    world.write_campaign(EVERYWHERE + 'start = "22:00"\n')
    assert outcomes(world, *MORNING_IN_NEW_YORK)[NEW_YORK] == "held"
    assert world.results("checked.csv")[0]["error"] == (
        "the campaign's start and end leave nothing of the calling hours of US, US-NY: change [hours] start or end"
    )


def test_an_address_that_is_not_understood_is_a_warning(dialer):
    dialer.write_campaign(EVERYWHERE)
    rows = [["2125550101", "NY", "10001"], ["2125550102", "Nirgendwo", "?"], ["2125550103", "", "abc"], ["x", "?", ""]]
    dialer.write_list([[*row] for row in rows], headings=("phone", "State", "zip"))
    words = ("check", "list.csv", "-c", "campaign.toml", "--region", "US", *MORNING_IN_NEW_YORK, "--json")
    told = dialer.here(*words, code=1).json
    (group,) = [group for group in told["problems"] if group["code"] == "address-unclear"]
    assert (group["severity"], group["count"], group["columns"]) == ("warning", 2, {"State": 1, "zip": 1})
    cells = [(example["row"], example["column"], example["value"]) for example in group["examples"]]
    assert cells == [(3, "State", "Nirgendwo"), (4, "zip", "abc")]
    assert told["outcomes"] == {"ready": 3, "invalid": 1}


def test_a_row_with_a_warning_about_its_number_keeps_it(dialer):
    dialer.write_campaign(EVERYWHERE)
    dialer.write_list([["+1 212 555 0101 ext 7", "?"]], headings=("phone", "state"))
    told = dialer.here("check", "list.csv", "-c", "campaign.toml", *MORNING_IN_NEW_YORK, "--json", code=None).json
    assert [group["code"] for group in told["problems"]] == ["number-extension"]


def test_a_check_for_the_sandbox_agrees_with_its_run(world):
    told = world.here("check", "list.csv", "-c", "campaign.toml", "--sandbox", "--json").json
    ran = world.here("run", "list.csv", "-c", "campaign.toml", "--sandbox", "--rate", 500, "--json").json
    assert told["outcomes"] == {"ready": ran["outcomes"]["placed"]}
    enforced = world.here("check", "list.csv", "-c", "campaign.toml", "--sandbox", "--enforce-hours", "--json").json
    assert enforced["outcomes"]["held"] == 2
