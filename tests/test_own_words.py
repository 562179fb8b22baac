"""What is said of a provider's settings names its own, and never those of another."""

from __future__ import annotations

import re

import pytest

from dialer.providers.port import CALLER_NUMBER, DESTINATION_NUMBER, FLOW_ID, find_adapter, provider_names

pytest_plugins = ("commands",)

PROVIDERS = provider_names()
SETTING = re.compile(r"\b(?:ASTERISK|AWS|CONNECT|CXONE|TWILIO)_[A-Z_]+\b|CXone|Twilio|Asterisk|Amazon")


def own(adapter):
    """The names of a provider's settings, and of the three that all have."""
    three = (adapter.name_of(name) for name in (FLOW_ID, CALLER_NUMBER, DESTINATION_NUMBER))
    return {setting.name for setting in adapter.settings} | set(three)


def foreign(text, adapter):
    """The settings and vendors that a text speaks of and that are another provider's."""
    brands = {"cxone": "CXone", "cxone_scripts": "CXone", "twilio": "Twilio", "asterisk": "Asterisk"}
    known = own(adapter) | {brands.get(adapter.name, "Amazon")}
    return sorted(set(SETTING.findall(text)) - known)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("command", ["call", "run", "check", "preview", "init"])
def test_a_command_speaks_of_the_settings_of_its_own_provider(dialer, provider, command):
    contacts = dialer.write_list([["+12125550101"]])
    dialer.env["DIALER_PROVIDER"] = provider
    words = {"call": (), "preview": (contacts, 2)}.get(command, (contacts,))
    ran = dialer.here(command, *words, code=None)

    written = "".join(path.read_text("utf-8") for path in dialer.home.glob("list.toml"))
    assert foreign(ran.out + ran.err + written, find_adapter(provider)) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_everything_that_is_missing_is_named_as_the_provider_names_it(dialer, provider):
    adapter = find_adapter(provider)
    dialer.env["DIALER_PROVIDER"] = provider
    said = dialer.here("call", "--json", code=2).json["errors"]

    needed = [f"{setting.name} is not set ({setting.what})" for setting in adapter.settings if setting.needed]
    assert [missing for missing in needed if missing not in said] == []
    assert f"no number to call: name one, or set {adapter.name_of(DESTINATION_NUMBER)}" in said
    assert f"no flow id: give {adapter.where_to_give(FLOW_ID)}" in said


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_campaign_is_drafted_with_the_names_of_the_provider_that_is_set(dialer, provider):
    adapter = find_adapter(provider)
    dialer.env["DIALER_PROVIDER"] = provider
    dialer.here("init", dialer.write_list([["+12125550101"]]))

    drafted = (dialer.home / "list.toml").read_text("utf-8")
    assert f'# provider = "{provider}"' in drafted
    named = (FLOW_ID, CALLER_NUMBER) if adapter.takes_caller else (FLOW_ID,)
    assert [name for name in named if adapter.name_of(name) not in drafted] == []
