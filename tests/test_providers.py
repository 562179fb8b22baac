"""What the rest of the program knows of a provider, and what it does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import dialer
from dialer.errors import SetupError
from dialer.providers import cxone, sandbox
from dialer.providers.port import CALLER_NUMBER, DESTINATION_NUMBER, FLOW_ID, find_adapter, reached_statuses

pytest_plugins = ("commands",)

SOURCES = Path(dialer.__file__).parent
NUMBER = "+12125550142"


def test_nothing_but_a_providers_own_file_knows_its_settings():
    own = {SOURCES / "providers" / "cxone", SOURCES / "providers" / "cxone_scripts"}
    others = [path for path in SOURCES.rglob("*.py") if own.isdisjoint(path.parents)]

    assert len(others) > 100
    assert [str(path) for path in others if re.search("CXONE_[A-Z]", path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ["twilio", "asterisk", "connect", "cxone_scripts"])
def test_a_provider_that_tells_afterwards_names_the_place_of_its_calls_and_no_secret(name):
    adapter = find_adapter(name)
    here, there = (
        dict(adapter.stand_in(url)) | {setting.name: "s3cret-value" for setting in adapter.settings if setting.secret}
        for url in ("http://127.0.0.1:8001", "http://127.0.0.1:8002")
    )

    assert adapter.account(here) != adapter.account(there)
    assert "s3cret" not in adapter.account(here)


def test_a_provider_is_found_by_its_name():
    assert [find_adapter("cxone"), find_adapter("sandbox")] == [cxone.ADAPTER, sandbox.ADAPTER]


@pytest.mark.parametrize("name", ["nobody", "http", "port", "../cxone", "cxone.calls", "_cxone", "", "CXone", "os"])
def test_what_is_no_provider_is_refused(name):
    with pytest.raises(SetupError) as caught:
        find_adapter(name)
    assert str(caught.value).startswith(f"there is no provider {name!r}, but there are ")


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({}, ""),
        ({"CXONE_FLOW_ID": "own"}, "own"),
        ({"DIALER_FLOW_ID": "neutral"}, "neutral"),
        ({"CXONE_FLOW_ID": "own", "DIALER_FLOW_ID": "neutral"}, "neutral"),
    ],
)
def test_a_provider_reads_the_neutral_setting_before_its_own(env, found):
    assert cxone.ADAPTER.given(FLOW_ID, env) == found


def test_a_provider_without_names_of_its_own_goes_by_the_neutral_ones():
    names = (FLOW_ID, CALLER_NUMBER, DESTINATION_NUMBER)
    assert [find_adapter("cxone").name_of(name) for name in names] == [
        "CXONE_FLOW_ID",
        "CXONE_CALLER_NUMBER",
        "CXONE_DESTINATION_NUMBER",
    ]


def test_what_a_provider_that_is_gone_called_reached_is_not_known():
    assert (reached_statuses("cxone"), reached_statuses("gone")) == (frozenset({"answered", "completed"}), None)


def test_the_neutral_settings_are_enough_to_call_somebody(dialling, truth):
    for own in ("CXONE_FLOW_ID", "CXONE_CALLER_NUMBER"):
        dialling.env[own.replace("CXONE", "DIALER")] = dialling.env.pop(own)
    dialling.env["DIALER_DESTINATION_NUMBER"] = NUMBER

    assert dialling.here("call", "--json").json["outcome"] == "placed"
    assert [number for number, _ in truth.rang] == [NUMBER]


def test_the_command_line_wins_over_the_environment_and_that_over_the_campaign(dialling):
    campaign = dialling.write_campaign('name = "spring"\nflow_id = "file"\ncaller_number = "+12025550103"\n')
    dialling.env |= {"DIALER_FLOW_ID": "environment", "CXONE_CALLER_NUMBER": "", "DIALER_CALLER_NUMBER": ""}

    told = dialling.here(
        "preview", dialling.write_list([[NUMBER]]), 2, "-c", campaign, "--caller-number", "+12025550101", "--json"
    ).json
    assert json.loads(told["wire"]) == {
        "callerNumber": "+12025550101",
        "calledNumber": NUMBER,
        "flowId": "environment",
    }


def test_the_sandbox_is_no_provider_of_a_real_ledger(dialling):
    dialling.env["DIALER_PROVIDER"] = "sandbox"

    ran = dialling.here("run", dialling.write_list([[NUMBER]]), code=2)
    assert ran.err == (
        "error: DIALER_PROVIDER: the sandbox is asked for with --sandbox, which has a ledger of its own\n"
    )
