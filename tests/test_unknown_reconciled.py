"""Calls whose answers were lost, each in its own way, asked about afterwards: what is said of them is the truth."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from lost_answers import LOSSES, losing, untruths
from truth import ANY_HOUR, numbers

import dialer
from dialer.actions.reconcile import reconcile
from dialer.actions.resume import resume_all
from dialer.engine.rules import Clock
from dialer.providers.sandbox import STAND_INS
from dialer.session.choices import Choices
from dialer.session.request import Request

KINDS = {name: loss for name, loss in LOSSES.items() if not loss.kills}


class NotNow(dialer.Observer):
    """Stops a run when it begins to ask, so that a later moment can."""

    def __init__(self):
        self.stop = dialer.Stop()

    def reconciling(self, rows):
        self.stop.ask()


def later_by(minutes):
    return lambda: datetime.now(UTC) + timedelta(minutes=minutes)


def results(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def settings(url, flow):
    stand_in = STAND_INS["twilio"]
    env = {**stand_in.adapter.stand_in(url), "DIALER_PROVIDER": "twilio", "DIALER_FLOW_ID": flow}
    return {**env, "DIALER_CALLER_NUMBER": stand_in.caller_number, "TWILIO_CALLS_PER_SECOND": "50"}


@pytest.fixture
def listed(tmp_path):
    listed = numbers(2 * len(KINDS) + 10)[10:]  # the caller is not among them
    (tmp_path / "list.csv").write_text("phone\n" + "\n".join(listed) + "\n")
    return listed


@pytest.mark.parametrize("flow", [f"FW{0:032x}", "https://example.com/say"], ids=["studio", "calls"])
async def test_what_became_of_unknown_calls_is_found_and_nobody_is_rung_twice(tmp_path, listed, flow):
    stand_in, losses = STAND_INS["twilio"], dict(zip(listed[::2], KINDS.values(), strict=True))  # no outage
    campaign = tmp_path / "campaign.toml"
    campaign.write_text(f'name = "lost"\n[pace]\ntimeout = "500ms"\ncalls_per_second = 50\nin_flight = 1\n{ANY_HOUR}')
    options = {"campaign": campaign, "ledger": tmp_path / "ledger.db"}
    async with losing(stand_in, losses, listed) as (url, lost):
        env = settings(url, flow)
        first = NotNow()
        await dialer.run(tmp_path / "list.csv", observers=[first], stop=first.stop, env=env, **options)
        unknown = {line["number"] for line in results(tmp_path / "list.results.csv") if line["outcome"] == "unknown"}
        later = Clock(now=later_by(5), ticks=monotonic, dice=lambda: 0.0)
        asked = await reconcile(1, Choices(ledger=options["ledger"]), env, clock=later)
        rang = sum(loss.rings for loss in losses.values())
        assert unknown == set(losses)
        assert asked.extra["reconciled"] == {"placed": rang, "pending": len(losses) - rang}
        again = NotNow()
        await dialer.run(tmp_path / "list.csv", observers=[again], stop=again.stop, now=later_by(6), env=env, **options)

    lines = results(tmp_path / "list.results.csv")
    assert untruths(lines, lost) == []
    assert {line["outcome"] for line in lines} == {"placed"}


async def test_what_is_to_be_dialled_again_is_asked_about_first(tmp_path):
    listed = numbers(12)[10:]
    (tmp_path / "list.csv").write_text("phone\n" + "\n".join(listed) + "\n")
    (tmp_path / "campaign.toml").write_text(f'name = "lost"\n{ANY_HOUR}')
    choices = Choices(ledger=tmp_path / "ledger.db")
    async with losing(STAND_INS["twilio"], {listed[0]: KINDS["reset after reading"]}, listed) as (url, lost):
        env, first, said = settings(url, f"FW{0:032x}"), NotNow(), []
        options = {"campaign": tmp_path / "campaign.toml", "ledger": choices.ledger, "env": env}
        await dialer.run(tmp_path / "list.csv", observers=[first], stop=first.stop, **options)
        request = Request(choices=choices, redial_unknown=True)
        await resume_all([1], request, env, tell=said.append, complain=said.append)

    lines = results(tmp_path / "list.results.csv")
    assert ([line["outcome"] for line in lines], untruths(lines, lost)) == (["placed", "placed"], [])
    assert [number for number, _ in lost.rung] == listed
    assert said[0].notes[0] == "twilio was asked about 1 unknown row: 1 placed"


async def test_a_run_that_is_stopped_while_it_asks_says_how_to_ask_again(tmp_path):
    listed = numbers(12)[10:]
    (tmp_path / "list.csv").write_text("phone\n" + "\n".join(listed) + "\n")
    (tmp_path / "campaign.toml").write_text(f'name = "lost"\n{ANY_HOUR}')
    ledger = tmp_path / "ledger.db"
    async with losing(STAND_INS["twilio"], {listed[0]: KINDS["reset before ringing"]}, listed) as (url, _):
        first = NotNow()
        options = {"campaign": tmp_path / "campaign.toml", "ledger": ledger, "env": settings(url, f"FW{0:032x}")}
        summary = await dialer.run(tmp_path / "list.csv", observers=[first], stop=first.stop, **options)

    again = f"dialer reconcile 1 --ledger {ledger}"
    assert (summary.exit_code, summary.outcomes) == (1, {"placed": 1, "unknown": 1})
    assert summary.notes[0] == f"interrupted: stopped asking about unknown rows; {again} goes on"
    assert f"unknown rows may have rung and are not dialled again by themselves: {again}" in summary.notes
