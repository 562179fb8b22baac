"""What every test gets: a home of its own, and no settings or proxies from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from builders import START
from hypothesis import HealthCheck, settings

from dialer.domain.screening.hours import Hours
from dialer.domain.screening.location import Address, Location, locate
from dialer.ledger.port import open_ledger
from dialer.screening.holidays import holidays_of
from dialer.screening.tables import load
from dialer.screening.versions import use_packaged_zones

use_packaged_zones()

# Moments are told on the machine's clock, too: a test reads the same wherever it runs.
os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

# A busy machine is no reason to fail, and the same commit gets the same answer whenever it is tried.
settings.register_profile("dialer", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
# Looks for what no commit has been tried with: HYPOTHESIS_PROFILE=search.
settings.register_profile("search", settings.get_profile("dialer"), derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dialer"))

_PRIVATE = ("ASTERISK_", "CXONE_", "DIALER_")
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "WS_PROXY", "WSS_PROXY"}
_HOMES = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


@pytest.fixture(autouse=True)
def private_surroundings(tmp_path_factory, monkeypatch):
    """Let a test find nobody else's settings, and leave nothing behind."""
    for name in os.environ:
        if name.startswith(_PRIVATE) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in _HOMES:
        monkeypatch.setenv(name, str(home / name.lower()))


LEDGERS = {"sqlite": lambda folder: folder / "ledger.db"}
"""Where each implementation of a ledger keeps one in a folder; the modules `test_contract_*` are run through all."""


@pytest.fixture(params=sorted(LEDGERS))
def any_ledger_path(request, tmp_path):
    return LEDGERS[request.param](tmp_path)


@pytest.fixture
def ledger_path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(ledger_path):
    with open_ledger(ledger_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def tables():
    return load()


@pytest.fixture(scope="session")
def hours_of(tables):
    known = {}

    def build(terms):
        return known.setdefault(terms, Hours(tables.windows, terms, holidays_of=holidays_of))

    return build


@pytest.fixture(scope="session")
def place(tables):
    def find(number, **columns):
        found = locate(number, Address(**columns), geography=tables.geography)
        assert isinstance(found, Location), found
        return found

    return find


_HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from dialer.ledger.port import hold
with hold(Path(sys.argv[1]), sys.argv[2], now=datetime.fromisoformat(sys.argv[3])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(ledger_path):
    """Let another process hold the campaign "spring" until this one closes its input, or kills it."""
    command = [sys.executable, "-c", _HOLD, str(ledger_path), "spring", START.isoformat()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.kill()
