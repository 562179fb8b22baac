"""`dialer hours`: where and when a number may be rung, by which rules, and when next."""

from __future__ import annotations

import pytest
import tzdata

from dialer.cli.terminal import fitted

pytest_plugins = ("commands",)

FLORIDA = "+18505550123"
NIGHT = "2026-11-24T02:00"
KEYS = {
    *("number", "at", "known_from", "jurisdictions", "zones", "local_time", "rules", "tzdata", "windows_as_of"),
    *("verdict", "exit_code", "timezone"),
}
SWEDEN = """
name = "north"
[hours]
voice = "live"
[[hours.windows]]
country = "SE"
mon_fri = "09:00-18:00"
source = "our own rule"
"""


def told(dialer, *words):
    return dialer.here("hours", *words, "--json").json


def says(dialer, *words):
    return told(dialer, *words)["verdict"]["says"]


def test_a_person_reads_places_rules_sources_and_the_verdict(dialer):
    assert dialer.here("hours", FLORIDA, "--at", NIGHT).out.splitlines() == [
        "number        +18505550123",
        "known from    area code 850",
        "jurisdictions US, US-FL",
        "local time    Mon 20:00 in America/Chicago, Mon 21:00 in America/New_York",
        "US            Mon-Fri 08:00-21:00, Sat 08:00-21:00, Sun 08:00-21:00",
        "              47 CFR 64.1200(c)(1); 16 CFR 310.4(c) (as of 2026-11-23)",
        "US-FL         Mon-Fri 08:00-20:00, Sat 08:00-20:00, Sun 08:00-20:00",
        "              Fla. Stat. 501.616(6) (as of 2026-11-23)",
        "              at most 3 calls in 24 hours (US-FL)",
        "asked about   Tue 2026-11-24 02:00 UTC",
        (
            "verdict       outside the calling hours of US, US-FL; they open 2026-11-24 14:00 UTC (08:00 in "
            "America/Chicago, 09:00 in America/New_York); that is Tue 2026-11-24 14:00 UTC"
        ),
        f"windows as of 2026-11-23, time zones {tzdata.IANA_VERSION}; no legal advice",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("+61412345678",),
        ("+79161234567",),
        ("+33612345678",),
        ("+18005550123",),
        ("+46701234567",),
        ("+12125550123", "--timezone", "EST"),
        ("+12125550123", "--state", "HI", "--zip", "97914", "--country", "France"),
        ("+12650000000",),
    ],
)
def test_no_line_is_wider_than_a_screen(dialer, words):
    lines = fitted(dialer.here("hours", *words, "--at", NIGHT).out, 100).splitlines()
    assert [line for line in lines if len(line) > 100] == []
    assert lines[0] == f"number        {words[0]}"


def test_json_is_one_object_with_everything_in_it(dialer):
    found = told(dialer, FLORIDA, "--at", NIGHT)
    assert found.keys() == KEYS
    assert found["verdict"] == {
        "may_be_rung": False,
        "outcome": "deferred",
        "says": "outside the calling hours of US, US-FL; they open 2026-11-24 14:00 UTC "
        "(08:00 in America/Chicago, 09:00 in America/New_York)",
        "opens": "2026-11-24T14:00:00+00:00",
        "closes": None,
    }
    assert (found["at"], found["zones"], found["local_time"], found["exit_code"]) == (
        "2026-11-24T02:00:00+00:00",
        ["America/Chicago", "America/New_York"],
        ["Mon 20:00", "Mon 21:00"],
        0,
    )
    assert found["rules"][1] == {
        "jurisdiction": "US-FL",
        "hours": "Mon-Fri 08:00-20:00, Sat 08:00-20:00, Sun 08:00-20:00",
        "source": "Fla. Stat. 501.616(6)",
        "as_of": "2026-11-23",
        "confidence": "high",
        "caps": ["3 calls in 24 hours (US-FL)"],
    }


def test_within_hours_the_end_is_told(dialer):
    assert told(dialer, FLORIDA, "--at", "2026-11-24T15:00")["verdict"] == {
        "may_be_rung": True,
        "outcome": "ready",
        "says": "may be rung until 2026-11-25 00:59 UTC",
        "opens": None,
        "closes": "2026-11-25T00:59:00+00:00",
    }


@pytest.mark.parametrize(
    "at",
    [
        *("2026-11-24T15:00", "2026-11-24T15:00+00:00", "2026-11-24T09:00-06:00", "2026-11-24 15:00"),
        *("2026-11-24T10:00 America/New_York", " 2026-11-24 16:00 europe/berlin", "2026-11-25T02:00 Australia/Sydney"),
    ],
)
def test_a_moment_may_have_an_offset_and_is_utc_without(dialer, at):
    assert told(dialer, FLORIDA, "--at", at)["at"] == "2026-11-24T15:00:00+00:00"


def test_a_person_reads_the_campaigns_own_clock_beside_utc(dialer):
    campaign = dialer.write_campaign('name = "home"\n[hours]\ntimezone = "Europe/Berlin"\n')
    ask = ("hours", "+12125550123", "-c", campaign, "--at")
    night, day = (dialer.here(*ask, f"2026-11-24T{clock}").out for clock in ("12:00", "15:00"))
    assert "asked about   Tue 2026-11-24 13:00 CET (12:00 UTC)\n" in night
    assert "that is Tue 2026-11-24 14:00 CET (13:00 UTC)\n" in night
    assert "verdict       may be rung until Wed 2026-11-25 02:59 CET (01:59 UTC)\n" in day


def test_many_places_and_clocks_are_summed_up(dialer):
    lines = dialer.here("hours", "+12655550123", "--at", "2026-11-24T15:00").out.splitlines()
    assert lines[:4] == [
        "number        +12655550123",
        "known from    area code 265, not in the table: anywhere in the United States or Canada",
        "jurisdictions CA and any of its 13 parts, US and any of its 51 parts",
        "local time    from Tue 05:00 in America/Adak to Tue 11:30 in America/St_Johns, 19 zones",
    ]


def test_without_a_moment_it_is_now(dialer):
    assert told(dialer, FLORIDA).keys() == KEYS


@pytest.mark.parametrize("number", ["nobody", "", "555", "12"])
def test_what_is_no_number_ends_with_2(dialer, number):
    ran = dialer.here("hours", number, code=2)
    assert (ran.out, ran.err.startswith(f"error: {number!r}: ")) == ("", True)


@pytest.mark.parametrize(
    "at",
    [
        *("tomorrow", "", "24.11.2026", "9999-12-31T23:00", "0001-01-01T00:00+14:00", "1999-12-31"),
        *("2026-11-24T10:00 EST", "2026-11-24T10:00 Mars/Olympus", "America/New_York", "tomorrow America/New_York"),
        "2026-11-24T10:00+01:00 Europe/Berlin",
    ],
)
def test_what_is_no_moment_ends_with_2(dialer, at):
    ran = dialer.here("hours", FLORIDA, "--at", at, code=2)
    assert ran.err.startswith(f"error: --at {at!r}: ")


def test_all_that_is_wrong_is_said_at_once(dialer):
    errors = dialer.here("hours", "nobody", "--at", "tomorrow", "--json", code=2).json["errors"]
    assert [error.partition(":")[0] for error in errors] == ["--at 'tomorrow'", "'nobody'"]


@pytest.mark.parametrize(
    ("words", "jurisdictions"),
    [
        (("--state", "WA"), ["US", "US-FL", "US-WA"]),
        (("--zip", "98101"), ["US", "US-FL", "US-WA"]),
        (("--timezone", "America/Los_Angeles"), ["US", "US-FL"]),
        (("--country", "France"), ["FR", "US", "US-FL"]),
    ],
)
def test_what_a_list_would_say_of_the_address_counts(dialer, words, jurisdictions):
    assert told(dialer, FLORIDA, *words, "--at", NIGHT)["jurisdictions"] == jurisdictions


def test_a_number_that_cannot_be_placed_says_what_to_supply(dialer):
    found = told(dialer, "+18005550123", "--at", NIGHT)
    assert (found["verdict"]["outcome"], found["jurisdictions"], found["rules"]) == ("held", [], [])
    assert found["verdict"]["says"].endswith(": supply a state, zip or timezone column")


def test_a_number_without_a_plus_needs_a_region(dialer):
    assert told(dialer, "850 555 0123", "--region", "us", "--at", NIGHT)["number"] == FLORIDA
    dialer.here("hours", "850 555 0123", code=2)


def test_a_campaign_adds_its_own_countries(dialer):
    number, at = "+46701234567", ("--at", "2026-11-24T02:00")
    assert told(dialer, number, *at)["verdict"]["outcome"] == "held"
    found = told(dialer, number, *at, "-c", dialer.write_campaign(SWEDEN))
    assert found["verdict"]["opens"] == "2026-11-24T08:00:00+00:00"
    assert [(rule["jurisdiction"], rule["source"]) for rule in found["rules"]] == [("SE", "the campaign: our own rule")]


def test_a_campaign_narrows_the_hours(dialer):
    campaign = dialer.write_campaign('name = "late"\n[hours]\nstart = "11:00"\n')
    found = told(dialer, FLORIDA, "--at", NIGHT, "-c", campaign)
    assert found["verdict"]["opens"] == "2026-11-24T17:00:00+00:00"


def test_a_campaigns_do_not_call_files_count(dialer):
    (dialer.home / "own.txt").write_text("850 555 0123\n")
    text = 'name = "own"\n[list]\nregion = "{}"\n[hours]\n[suppression]\nfiles = [{{ path = "own.txt" }}]\n'
    listed = "on the do-not-call list own.txt, line 1"
    assert says(dialer, FLORIDA, "-c", dialer.write_campaign(text.format("US"))) == listed
    campaign = dialer.write_campaign(text.format("GB").replace("[hours]", "[hours]\nvoice = 'live'"))
    assert says(dialer, FLORIDA, "-c", campaign, "--region", "US") == listed


def test_the_ledgers_own_list_and_past_calls_count(dialling):
    dialling.here("call", "+12025550123")
    at = dialling.here("hours", "+12025550123", "--json").json["at"]
    campaign = dialling.write_campaign('name = "call"\n[hours]\n')
    within = (*("--at", f"{at[:11]}18:00"), "-c", campaign)
    assert says(dialling, "+12025550123", *within).startswith(f"this campaign called the number at {at[:10]} ")
    dialling.here("suppress", "add", "+12025550123", "--reason", "asked")
    assert says(dialling, "+12025550123", *within).startswith("on the do-not-call list of this ledger, since ")


def test_looking_writes_nothing(dialer):
    before = dialer.files()
    dialer.here("hours", FLORIDA)
    assert dialer.files() == before


def test_a_foreign_text_cannot_steer_the_terminal(dialer):
    ran = dialer.here("hours", FLORIDA, "--state", "\x1b[2J", "--at", NIGHT)
    assert "\x1b" not in ran.out
