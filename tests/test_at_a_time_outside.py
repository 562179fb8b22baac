"""Calls at a time as the provider counts them: real processes, one of them killed, and calls that last."""

from __future__ import annotations

import pytest
from carrying import Carrying, most_at_a_time
from truth import numbers, serving

pytest_plugins = ("commands",)

LASTS = 1.2  #: seconds a call: long enough to be found going on


@pytest.fixture
def carrier():
    with serving(keeper=lambda script: Carrying(script, lasts=LASTS)) as truth:
        yield truth


def settled_on(dialer, carrier, *, lines, more=""):
    dialer.settle_on(carrier.url)
    return dialer.write_campaign(f'name = "spring"\n[pace]\ncalls_per_second = 50\ncalls_at_a_time = {lines}\n{more}')


@pytest.mark.parametrize("lines", [1, 5])
def test_no_more_calls_are_up_than_the_campaign_says(dialer, carrier, lines):
    campaign = settled_on(dialer, carrier, lines=lines)
    contacts = dialer.write_list([number] for number in numbers(4 * lines))

    said = dialer("run", contacts, "-c", campaign, "--track", "--json").json

    assert said["outcomes"] == {"placed": 4 * lines}
    assert said["statuses"] == {"completed": 4 * lines}
    assert most_at_a_time(carrier) == lines
    dialer("verify")


def test_the_calls_of_a_run_that_was_killed_are_counted_when_it_goes_on(dialer, carrier):
    campaign = settled_on(dialer, carrier, lines=4, more='follow = "3s"\n')
    contacts = dialer.write_list([number] for number in numbers(12))
    with dialer.started("run", contacts, "-c", campaign) as killed:
        carrier.wait_for_calls(3)
        killed.kill()
        killed.wait()

    dialer("resume", code=None)

    outcomes = {row["number"]: row["outcome"] for row in dialer.results()}
    rung = [number for number, _ in carrier.rang]
    assert len(set(rung)) == len(rung)
    assert set(outcomes.values()) <= {"placed", "unknown"}
    assert {number for number, outcome in outcomes.items() if outcome == "placed"} <= set(rung)
    assert most_at_a_time(carrier) <= 4


def test_that_all_lines_are_busy_is_in_the_log(dialer, carrier):
    campaign = settled_on(dialer, carrier, lines=2)
    contacts = dialer.write_list([number] for number in numbers(4))

    dialer("run", contacts, "-c", campaign)

    log = (dialer.home / "ledger.db.log").read_text()
    assert log.count('"reason": "2 calls at a time: all lines are busy"') == 1
