"""What is shipped to begin with works: every campaign file, and the sample contact list."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import pytest

from dialer.campaign_file import read_campaign

pytest_plugins = ("commands",)

PROJECT = Path(__file__).parents[1]
SAMPLE = PROJECT / "sample_contacts.csv"
CAMPAIGNS = sorted((PROJECT / "campaigns").glob("*.toml"))


def names(paths):
    return [path.stem for path in paths]


def test_there_is_a_campaign_to_begin_with():
    assert CAMPAIGNS


@pytest.mark.parametrize("path", CAMPAIGNS, ids=names(CAMPAIGNS))
def test_every_campaign_is_called_by_its_own_name(path):
    assert read_campaign(path).name in {path.stem, path.stem.replace("_", "-")}


@pytest.mark.parametrize("path", CAMPAIGNS, ids=names(CAMPAIGNS))
def test_every_campaign_runs_in_the_sandbox(dialer, path):
    pattern, contacts = read_campaign(path).contacts, ()
    if not pattern or not [*path.parent.glob(pattern)]:  # of a list that has just come, which is waited for
        contacts = (copy(SAMPLE, dialer.home / "sample.csv"),)
        path = dialer.write_campaign(path.read_text("utf-8").replace('stable_for = "60s"', 'stable_for = "1ms"'))

    ran = dialer.here(
        "run", *contacts, "-c", path, "--sandbox", "--rate", 500, "-o", dialer.home / "results.csv", "--json"
    )

    lines = dialer.results("results.csv")
    assert len(lines) == ran.json["rows"] == sum(ran.json["outcomes"].values())
    assert ran.json["outcomes"]["placed"] > 0
    assert {line["number"] for line in lines if line["outcome"] == "placed"} == {
        line["number"] for line in lines if line["callId"]
    }


def test_the_sample_list_holds_several_countries_and_some_bad_rows(dialer):
    told = dialer.here("check", SAMPLE, "-o", dialer.home / "checked.csv", "--json", code=1).json

    ready = {line["number"] for line in dialer.results("checked.csv") if line["outcome"] == "ready"}
    countries = ("+1", "+33", "+353", "+44", "+49", "+61")
    assert {code for code in countries for number in ready if number.startswith(code)} == set(countries)
    assert {"ready", "invalid", "duplicate"} <= told["outcomes"].keys()
    assert told["outcomes"]["ready"] > told["rows"] / 2


def test_the_sample_list_is_dialled_in_the_sandbox(dialer):
    ran = dialer.here("run", SAMPLE, "--sandbox", "--rate", 500, "-o", dialer.home / "results.csv", "--json", code=0)

    assert ran.json["outcomes"] == {"placed": 19, "invalid": 5, "duplicate": 1}
