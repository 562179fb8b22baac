"""`dialer sandbox` serves what stands in for a provider, and says how that very provider is pointed at it."""

from __future__ import annotations

import re
import shlex
import signal

import pytest

from dialer.providers.port import provider_names
from dialer.providers.sandbox import STAND_INS
from dialer.providers.sandbox.numbers import MISBEHAVING
from dialer.reports.sandbox_welcome import welcome

pytest_plugins = ("commands",)

WITHOUT_TOKENS = sorted(name for name, each in STAND_INS.items() if not each.has_tokens)


def exported(text):
    """The settings that somebody has who copies the exports of a text."""
    lines = [shlex.split(line.removeprefix("  export ")) for line in text.splitlines() if line.startswith("  export ")]
    return dict(word.split("=", 1) for line in lines for word in line)


@pytest.mark.parametrize("provider", sorted(STAND_INS))
def test_what_is_printed_is_all_that_a_call_needs(dialer, provider):
    with dialer.started("sandbox", "--provider", provider, "--port", 0) as process:
        said = []
        while not (said and said[-1].startswith("also refused: ")):
            said.append(process.stdout.readline().rstrip("\n"))
        dialer.env |= {"DIALER_LEDGER": str(dialer.home / "ledger.db"), **exported("\n".join(said))}
        placed = dialer.here("call", "+12125550142", "--json").json
        cut_off = dialer.here("call", "+12125550194", "--json", code=None).json
        process.send_signal(signal.SIGINT)
        _, heard = process.communicate(timeout=20)

    assert placed["outcome"] == "placed"
    assert cut_off["outcome"] == ("unknown" if provider in {"connect", "cxone"} else "placed")  # found when asked about
    assert dialer.here("runs", "--json").json["runs"][0]["provider"] == provider
    assert heard.count("+12125550") == 0
    assert len(re.findall(r"^\d\d:\d\d:\d\d  \S.*  [24]\d\d", heard, re.MULTILINE)) >= 2


@pytest.mark.parametrize("provider", sorted(STAND_INS))
def test_nothing_is_said_of_another_provider(provider):
    said = welcome(provider, "http://127.0.0.1:8080")

    others = {setting.name for name, each in STAND_INS.items() if name != provider for setting in each.adapter.settings}
    assert set(exported(said)) & (others - {each.name for each in STAND_INS[provider].adapter.settings}) == set()
    assert [ending for ending in MISBEHAVING if ending not in said] == []


def test_every_provider_of_this_program_has_a_stand_in():
    assert sorted(STAND_INS) == provider_names()


@pytest.mark.parametrize("provider", WITHOUT_TOKENS)
def test_what_a_provider_has_not_is_refused(dialer, provider):
    ran = dialer.here("sandbox", "--provider", provider, "--token-seconds", 5, code=2)
    assert ran.err == f"error: --token-seconds: {provider} grants no tokens\n"


def test_a_provider_that_nothing_stands_in_for_is_refused(dialer):
    ran = dialer.here("sandbox", "--provider", "nobody", code=2)
    assert ran.err.startswith("error: --provider: the sandbox has no stand-in for 'nobody', but for ")
