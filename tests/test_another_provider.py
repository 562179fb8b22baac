"""Another provider, added as one file: what the command line makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import HandClock, in_jumping_time
from tiny_exchange import ANN, BOB, KEY, an_exchange

from dialer import providers
from dialer.domain.campaign import Campaign
from dialer.errors import SetupError
from dialer.ledger.port import open_ledger
from dialer.providers.port import Ceiling
from dialer.session.choices import Choices
from dialer.session.complaints import Complaints
from dialer.session.overrides import within_ceiling
from dialer.session.plan import make_plan
from dialer.session.tracking import look_up_pace

pytest_plugins = ("commands",)


@pytest.fixture
def exchange(dialer, monkeypatch):
    """Let `dialer` find the provider of the tests, and give it everything that provider needs."""
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(Path(__file__).parent / "adapters")])
    with an_exchange() as (kind, url):
        dialer.env |= {
            "DIALER_PROVIDER": "tiny",
            "TINY_URL": url,
            "TINY_KEY": KEY,
            "TINY_SCRIPT": "script-7",
            "DIALER_LEDGER": str(dialer.home / "ledger.db"),
        }
        yield kind


def run(dialer, *words, code=0):
    return dialer.here("run", dialer.write_list([[ANN], [BOB]]), *words, "--json", code=code)


def test_its_calls_are_placed_and_followed_to_its_own_last_words(dialer, exchange):
    told = run(dialer, "--track").json

    assert exchange.heard == [{"to": [number], "script": ["script-7"]} for number in (ANN, BOB)]
    assert (told["outcomes"], told["statuses"], told["reached"]) == ({"placed": 2}, {"busy": 1, "talked": 1}, 1)
    assert [(row["outcome"], row["status"]) for row in dialer.results()] == [("placed", "talked"), ("placed", "busy")]


def test_each_try_is_told_apart_by_the_token_that_the_ledger_keeps(dialer, exchange):
    run(dialer)

    with open_ledger(dialer.home / "ledger.db") as ledger, ledger.evidence(1) as evidence:
        kept = [each.token for _, tries in evidence.attempts() for each in tries]
    assert sorted(exchange.tags) == sorted(kept)
    assert len(set(kept)) == 2


def test_status_waits_for_its_own_last_words(dialer, exchange):
    run(dialer)

    assert dialer.here("status", "--wait", "--json").json["statuses"] == {"busy": 1, "talked": 1}


def test_a_busy_call_ends_the_waiting_as_one_that_was_answered_does(dialer, exchange):
    run(dialer, "--track")

    dialer.env["TINY_URL"] = "http://127.0.0.1:9"  # nobody is asked again
    assert dialer.here("status", "--wait", "--json").json["statuses"] == {"busy": 1, "talked": 1}


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"TINY_SCRIPT": ""}, "no flow id: give --flow-id, TINY_SCRIPT or the campaign's flow_id"),
        ({"TINY_SCRIPT": "renewal"}, "the flow must look like script-12"),
        ({"TINY_KEY": ""}, "TINY_KEY is not set (what lets this program in)"),
        ({"TINY_URL": "ftp://x"}, "TINY_URL must look like https://host"),
    ],
)
def test_what_is_missing_is_named_as_it_is_known_there(dialer, exchange, env, said):
    dialer.env |= env

    assert run(dialer, code=2).json["errors"] == [said]
    assert exchange.heard == []


def test_its_run_is_gone_on_with_by_it_whatever_is_set_by_then(dialer, exchange):
    run(dialer, "--limit", 1, code=7)
    dialer.env["DIALER_PROVIDER"] = "cxone"

    assert dialer.here("resume", "--track", "--json").json["statuses"] == {"busy": 1, "talked": 1}
    assert [asked["to"] for asked in exchange.heard] == [[ANN], [BOB]]


def test_a_preview_shows_what_it_would_be_sent(dialer, exchange):
    told = dialer.here("preview", dialer.write_list([[ANN, "Ann"]], headings=("phone", "name")), 2, "--json").json

    assert (told["provider"], told["missing"]) == ("tiny", [])
    assert told["wire"] == "to=%2B12125550101&script=script-7&name=Ann"


def test_a_row_that_it_cannot_be_sent_is_invalid_before_anybody_is_called(dialer, exchange):
    contacts = dialer.write_list([[ANN, "Ann"], [BOB, "B" * 500]], headings=("phone", "name"))
    why = "a call takes 500 characters, and this one has 539"

    checked = dialer.here("check", contacts, "--json", code=1).json
    assert (checked["outcomes"], checked["problems"][0]["code"]) == ({"ready": 1, "invalid": 1}, "call-misfit")

    assert dialer.here("run", contacts, "--json", code=0).json["outcomes"] == {"placed": 1, "invalid": 1}
    assert [asked["to"] for asked in exchange.heard] == [[ANN]]
    assert [row["error"] for row in dialer.results()] == ["", why]
    dialer.here("verify")

    said = dialer.here("call", BOB, "--param", f"name={'B' * 500}", "--json", code=2).json["errors"]
    assert said == [f"the call cannot be sent: {why}"]


def test_a_campaign_takes_its_pace_and_may_not_ask_for_more(dialer, exchange):
    dialer.env["TINY_RATE"] = "2"
    contacts = dialer.write_list([[ANN], [BOB]])

    assert dialer.here("check", contacts, "--json").json["expected_seconds"] == 1.0
    told = dialer.here("check", contacts, "--rate", 3, "--json", code=2).json["errors"]
    above = "3 calls a second are more than the 2 that tiny takes: TINY_RATE says how much was paid for"
    assert told == [f"{above}; say calls_per_second = 2 under [pace], or --rate"]
    assert run(dialer, "--rate", 3, code=2).json["errors"] == told


def pace_of(dialer, **said):
    """Tell at which pace a campaign is dialled whose [pace] says this."""
    keys = "".join(f"{key} = {value}\n" for key, value in said.items())
    campaign = dialer.write_campaign(f'name = "spring"\n[pace]\n{keys}')
    complaints = Complaints()
    plan = make_plan(Choices(campaign=campaign), dialer.env, complaints, name="spring")
    complaints.raise_if_any()
    return plan.campaign.pace.calls_per_second, plan.campaign.pace.calls_at_a_time


def test_a_campaign_takes_its_calls_at_a_time_and_may_not_ask_for_more(dialer, exchange):
    assert pace_of(dialer) == (5, None)
    assert pace_of(dialer, calls_at_a_time=50) == (5, 50)
    dialer.env |= {"TINY_LINES": "10", "TINY_RATE": "4"}
    assert pace_of(dialer) == (4, 10)
    assert pace_of(dialer, calls_at_a_time=10, calls_per_second=3) == (3, 10)
    with pytest.raises(SetupError) as problem:
        pace_of(dialer, calls_at_a_time=11, calls_per_second=5)
    why = "TINY_RATE says how much was paid for; say"
    assert problem.value.complaints == (
        f"5 calls a second are more than the 4 that tiny takes: {why} calls_per_second = 4 under [pace], or --rate",
        f"11 calls at a time are more than the 10 that tiny takes: {why} calls_at_a_time = 10 under [pace]",
    )


def test_a_provider_may_know_how_many_calls_it_carries_and_nothing_of_their_pace(dialer, exchange):
    lines_alone = Ceiling(calls=None, look_ups=None, at_a_time=10, why="so it is")
    plan = make_plan(Choices(), dialer.env, Complaints(), name="spring")
    adapter = replace(plan.adapter, ceiling=lambda _: lines_alone)
    campaign = within_ceiling(Campaign(name="spring"), adapter, {})
    assert (campaign.pace.calls_per_second, campaign.pace.calls_at_a_time) == (5, 10)
    assert look_up_pace(replace(plan, adapter=adapter), HandClock().ticks) is None


def test_look_ups_have_a_pace_of_their_own(dialer, exchange):
    dialer.env["TINY_RATE"] = "10"
    clock = HandClock()
    pace = look_up_pace(make_plan(Choices(), dialer.env, Complaints(), name="spring"), clock.ticks)

    async def look_up(calls):
        for _ in range(calls):
            await pace.permits(1)
            pace.ended(await pace.leave())

    in_jumping_time(look_up(200), clock)
    assert clock.seconds == pytest.approx(200 / 50, rel=0.05)


def test_a_wrong_key_stops_the_run_and_no_secret_is_told(dialer, exchange):
    dialer.env["TINY_KEY"] = "another-key-altogether"

    ran = run(dialer, code=3)
    assert "check TINY_KEY" in ran.out
    assert "another-key" not in ran.out + ran.err
    assert ran.json["outcomes"] == {"pending": 2}


def test_the_command_line_chooses_before_the_environment_and_that_before_the_campaign(dialer, exchange):
    contacts = dialer.write_list([[ANN]])
    campaign = dialer.write_campaign('name = "spring"\nprovider = "cxone"\n')

    def chosen(*words):
        return dialer.here("preview", contacts, 2, "-c", campaign, *words, "--json").json["provider"]

    assert chosen() == "tiny"
    assert chosen("--provider", "cxone") == "cxone"
    dialer.env["DIALER_PROVIDER"] = ""
    assert (chosen(), chosen("--provider", "tiny")) == ("cxone", "tiny")


@pytest.mark.parametrize(
    ("env", "keys", "words", "where"),
    [
        ("", "", ("--provider", "nobody"), "--provider"),
        ("nobody", "", (), "DIALER_PROVIDER"),
        ("", 'provider = "nobody"\n', (), "the campaign's provider"),
    ],
)
def test_a_provider_that_is_not_there_is_said_where_it_was_asked_for(dialer, exchange, *, env, keys, words, where):
    dialer.env |= {"DIALER_PROVIDER": env, "CXONE_CLIENT_ID": "x"}
    campaign = dialer.write_campaign(f'name = "spring"\n{keys}')

    (said,) = run(dialer, "-c", campaign, *words, code=2).json["errors"]
    assert said.startswith(f"{where}: there is no provider 'nobody', but there are ")


def test_a_rehearsal_needs_a_stand_in(dialer, exchange):
    (said,) = run(dialer, "--sandbox", code=2).json["errors"]
    assert said.startswith("DIALER_PROVIDER: the sandbox has no stand-in for 'tiny', but for asterisk, ")


def test_a_run_is_not_gone_on_with_by_another_provider(dialer, exchange):
    run(dialer, "--limit", 1, code=7)
    dialer.env |= {"CXONE_BASE_URL": "http://127.0.0.1:9", "CXONE_CLIENT_ID": "x", "CXONE_CLIENT_SECRET": KEY}
    dialer.env["CXONE_CALLER_NUMBER"] = "+12025550100"

    ran = dialer.here("resume", "1", "--provider", "cxone", "--flow-id", "f", "--json", code=2)
    assert ran.json["errors"] == ["run 1 was dialled by tiny, not by cxone"]
