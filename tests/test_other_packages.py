"""A provider in somebody's own package is found by its name, and what is wrong with it is told in a sentence."""

from __future__ import annotations

import importlib
from dataclasses import replace
from shutil import rmtree

import pytest
from adapters import tiny
from other_packages import install
from tiny_exchange import ANN, BOB, KEY, an_exchange

from dialer.cli.options import _providers
from dialer.errors import SetupError
from dialer.providers import cxone
from dialer.providers.port import find_adapter, provider_names, reached_statuses

pytest_plugins = ("commands",)

TINY = """from dataclasses import replace
from adapters.tiny import ADAPTER as TINY
ADAPTER = replace(TINY, name="elsewhere")
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Give a folder into which packages are installed."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def refused(name):
    with pytest.raises(SetupError) as caught:
        find_adapter(name)
    return str(caught.value)


def test_a_provider_of_another_package_is_found_by_its_name(packages):
    install(packages, "tiny-dialer", {"tiny_dialer.py": TINY}, provider="elsewhere", leads_to="tiny_dialer:ADAPTER")

    assert find_adapter("elsewhere") == replace(tiny.ADAPTER, name="elsewhere")
    assert reached_statuses("elsewhere") == tiny.ADAPTER.reached_statuses
    assert {"cxone", "elsewhere", "twilio"} <= set(provider_names())


def test_a_provider_of_this_program_wins(packages):
    install(packages, "other-cxone", {"other_cxone.py": TINY}, provider="cxone", leads_to="other_cxone:ADAPTER")

    assert find_adapter("cxone") is cxone.ADAPTER


def test_two_packages_with_one_name_are_refused_and_named(packages):
    install(packages, "tiny-dialer", {"tiny_dialer.py": TINY}, provider="elsewhere", leads_to="tiny_dialer:ADAPTER")
    install(packages, "tiny-too", {"too.py": TINY}, provider="elsewhere", leads_to="too:ADAPTER", version="2.1")

    assert refused("elsewhere") == (
        "the provider 'elsewhere' is in several packages: tiny-dialer 1.0 and tiny-too 2.1; uninstall all but one"
    )
    assert reached_statuses("elsewhere") is None


@pytest.mark.parametrize(
    ("text", "leads_to", "said"),
    [
        ("import nothing_of_the_kind\n", "odd:ADAPTER", "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("raise ValueError('first line\\nsecond')\n", "odd:ADAPTER", "ValueError: first line second"),
        ("raise SystemExit(3)\n", "odd:ADAPTER", "SystemExit: 3"),
        ("def (\n", "odd:ADAPTER", "SyntaxError: invalid syntax (odd.py, line 1)"),
        ("", "odd:ADAPTER", "AttributeError: module 'odd' has no attribute 'ADAPTER'"),
        ("", "nowhere:ADAPTER", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_provider_that_cannot_be_loaded_is_told_of_with_its_package_and_why(packages, text, leads_to, said):
    install(packages, "odd-dialer", {"odd.py": text}, provider="odd", leads_to=leads_to)

    assert refused("odd") == f"the provider 'odd' of odd-dialer 1.0 cannot be loaded: {said}"


def test_what_is_no_adapter_or_goes_by_another_name_is_refused(packages):
    install(packages, "odd-dialer", {"odd.py": "ADAPTER = {}\n"}, provider="odd", leads_to="odd:ADAPTER")
    install(packages, "tiny-dialer", {"tiny_dialer.py": TINY}, provider="small", leads_to="tiny_dialer:ADAPTER")

    assert refused("odd") == "the provider 'odd' of odd-dialer 1.0 is no Adapter but a dict"
    assert refused("small") == "the provider 'small' of tiny-dialer 1.0 has an Adapter of another name, 'elsewhere'"


def test_who_asks_for_one_that_is_not_there_is_told_which_are(packages):
    install(packages, "odd-dialer", {"odd.py": "1 / 0\n"}, provider="acme-voice", leads_to="odd:ADAPTER")

    said = refused("nobody")
    assert said.startswith("there is no provider 'nobody', but there are acme-voice, ")
    assert "sandbox" not in said


def test_a_shell_completes_their_names(packages):
    install(packages, "odd-dialer", {"odd.py": "1 / 0\n"}, provider="acme-voice", leads_to="odd:ADAPTER")

    assert (_providers("ac"), _providers("cxo")[0], _providers("x")) == (["acme-voice"], "cxone", [])


def test_a_command_says_in_a_sentence_what_is_wrong_with_a_package(dialer, packages):
    install(packages, "odd-dialer", {"odd.py": "1 / 0\n"}, provider="odd", leads_to="odd:ADAPTER")

    ran = dialer.here("check", dialer.write_list([["+12125550101"]]), "--provider", "odd", code=2)
    why = "ZeroDivisionError: division by zero"
    assert ran.err == f"error: --provider: the provider 'odd' of odd-dialer 1.0 cannot be loaded: {why}\n"


def test_a_run_whose_provider_is_gone_is_told_of_by_its_name_alone(dialer, packages):
    install(packages, "tiny-dialer", {"tiny_dialer.py": TINY}, provider="elsewhere", leads_to="tiny_dialer:ADAPTER")
    with an_exchange() as (heard, url):
        dialer.env |= {"TINY_URL": url, "TINY_KEY": KEY, "TINY_SCRIPT": "script-7"}
        contacts = dialer.write_list([[ANN], [BOB]])
        ran = dialer.here("run", contacts, "--provider", "elsewhere", "--limit", 1, "--json", code=7)
        assert ran.json["outcomes"] == {"placed": 1, "pending": 1}
        assert heard.heard == [{"to": [ANN], "script": ["script-7"]}]

    rmtree(packages / "tiny_dialer-1.0.dist-info")
    importlib.invalidate_caches()
    for command in ("resume", "status"):
        (said,) = dialer.here(command, "--json", code=2).json["errors"]
        assert said.startswith("what placed the calls of run 1: there is no provider 'elsewhere', but there are ")
    assert dialer.here("report", "--json", code=3).json["outcomes"] == {"placed": 1, "pending": 1}
