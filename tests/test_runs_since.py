"""The question of the morning: did anything run, and is anything left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from truth import Rule, numbers

from dialer.actions.runs import runs_since
from dialer.session.choices import Choices
from dialer.session.environment import utc_now

pytest_plugins = ("commands",)

DAY = timedelta(days=1)


@pytest.fixture
def night(dialling):
    """Dial a list of two as a campaign; more words go to the command."""

    def dial(name, *words, first=0, code=0):
        file = dialling.write_campaign(f'name = "{name}"\n').rename(dialling.home / f"{name}.toml")
        contacts = dialling.write_list([number] for number in numbers(first + 2)[first:])
        dialling.here("run", contacts, "-c", file, *words, code=code)
        return file

    return dial


def test_a_night_that_went_well_is_no_trouble(dialling, night):
    night("spring")
    ran = dialling.here("runs", "--since", "24h", "--json").json

    assert ([run["run"] for run in ran["runs"]], ran["wrong"], ran["exit_code"]) == ([1], [], 0)


def test_that_nothing_was_dialled_is_said_with_the_command(dialling, night):
    file = night("spring")
    choices = Choices(campaign=file, ledger=dialling.home / "ledger.db")
    found = runs_since(choices, {}, DAY, now=utc_now() + 2 * DAY)

    assert (found.runs, found.exit_code) == ([], 1)
    (sentence,) = found.wrong
    assert sentence.startswith("nothing was dialled since ")
    assert sentence.endswith(f" run -c {file} --ledger {choices.ledger}")


def test_a_single_call_is_no_night(dialling):
    dialling.here("call", numbers(1)[0])
    ran = dialling.here("runs", "--since", "24h", code=1)

    assert "nothing was dialled since " in ran.out


def test_what_is_open_and_unknown_in_any_run_is_named(dialling, night, truth):
    night("spring", "--limit", 1, code=7)
    truth.tell(Rule(number=numbers(11)[10], cut=True))
    night("spring", first=10, code=1)
    ran = dialling.here("runs", "--since", "1h", code=1)

    assert [line.split(" has ")[1] for line in ran.out.splitlines() if " has " in line] == [
        "1 row left (1 pending): dialer resume 1",
        "1 unknown row that may have rung: dialer settle 2",
    ]


def test_another_campaign_is_not_asked_about(dialling, night):
    night("spring", "--limit", 1, code=7)
    file = night("autumn", first=10)

    told = dialling.here("runs", "-c", file, "--since", "24h", "--json").json
    assert ([run["campaign"] for run in told["runs"]], told["wrong"]) == (["autumn"], [])
    assert [run["run"] for run in dialling.here("runs", "-c", file, "--json").json["runs"]] == [2]


def test_a_time_that_is_none_is_wrong_usage(dialling):
    assert "write a length of time" in dialling.here("runs", "--since", "yesterday", code=2).err
