"""Somebody says stop, or is rung by others, while a run goes on: the next call already knows."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future

import pytest
from builders import a_contact, a_run, a_settlement, awaited, work_of
from scenes import DAY, DONE, FLORIDA, LONDON, NEW_YORK, lawful_scenes, people, until

from dialer.domain.call import Accepted, NotSent, Throttled, Unclear
from dialer.domain.screening.caps import Cap
from dialer.ledger.port import open_ledger

ONE_A_DAY = Cap(calls=1, within=DAY, rule="1 call in 24 hours (the campaign's cap)")


@pytest.fixture
def scene(ledger, tables):
    with lawful_scenes(ledger, tables) as build:
        yield build


def test_a_number_suppressed_meanwhile_is_not_dialled(scene, ledger_path):
    day = scene("03 15:00")
    rows = people(*[NEW_YORK] * 30)
    run = day.load(rows)

    async def somebody_asks(bench):
        await until(lambda: len(bench.provider.asked) == 5)
        with open_ledger(ledger_path) as other:
            other.suppressions().add([(rows[20].number, "asked")], who="ann", now=bench.clock.now())

    assert day.dial(run, rate=1, in_flight=2, meanwhile=somebody_asks) == DONE
    assert day.ledger.counts(run) == {"placed": 29, "suppressed": 1}
    assert rows[20].number not in day.provider.asked
    assert day.errors()[22].startswith("on the do-not-call list of this ledger, since 2026-03-03 15:00 UTC (asked)")


def test_a_number_suppressed_while_a_run_waits_is_not_dialled_in_the_morning(scene, ledger_path):
    night = scene("03 06:00")
    rows = people(NEW_YORK, NEW_YORK, LONDON)
    run = night.load(rows)

    async def somebody_asks(bench):
        await asyncio.sleep(4 * 3600)
        with open_ledger(ledger_path) as other:
            other.suppressions().add([(rows[0].number, "")], who="ann", now=bench.clock.now())

    assert night.dial(run, wait=True, meanwhile=somebody_asks) == DONE
    assert night.rows() == {2: "suppressed", 3: "placed", 4: "placed"}
    assert sorted(night.provider.asked) == sorted([rows[1].number, rows[2].number])


def test_thousands_suppressed_meanwhile_are_all_set_aside(scene, ledger_path):
    day = scene("03 15:00")
    rows = [a_contact(row, number=f"+1212{5_550_000 + row}") for row in range(2, 3002)]
    run = day.load(rows)

    async def everybody_asks(bench):
        await until(lambda: len(bench.provider.asked) >= 5)
        with open_ledger(ledger_path) as other:
            other.suppressions().add([(row.number, "") for row in rows[100:]], who="ann", now=bench.clock.now())

    assert day.dial(run, rate=10, in_flight=2, meanwhile=everybody_asks) == DONE
    assert day.ledger.counts(run) == {"placed": 100, "suppressed": 2900}


def test_a_do_not_call_file_that_changes_meanwhile_binds_the_next_calls(scene, tmp_path):
    day = scene("03 15:00")
    rows = people(*[NEW_YORK] * 20)
    run = day.load(rows)
    file = tmp_path / "own.txt"
    file.write_text(f"{rows[1].number}\n")

    async def the_file_grows(bench):
        await until(lambda: len(bench.provider.asked) == 5)
        file.write_text(f"{rows[18].number}\n{rows[19].number}\n")
        os.utime(file, (1, 1))

    assert day.dial(run, rate=1, in_flight=1, files=[file], meanwhile=the_file_grows) == DONE
    assert {row: outcome for row, outcome in day.rows().items() if outcome != "placed"} == dict.fromkeys(
        (3, 20, 21), "suppressed"
    )
    assert day.errors()[20] == "on the do-not-call list own.txt, line 1"


def test_a_do_not_call_file_that_vanishes_meanwhile_stays_in_force(scene, tmp_path):
    night = scene("03 06:00")
    rows = people(LONDON, NEW_YORK, NEW_YORK)
    run = night.load(rows)
    file = tmp_path / "own.txt"
    file.write_text("+12125559999\n")
    asleep = 8 * 3600

    async def the_file_goes(_):
        await asyncio.sleep(3600)
        file.write_text(f"+12125559999\n{rows[1].number}\n")
        await asyncio.sleep(asleep - 3600)
        file.unlink()

    assert night.dial(run, wait=True, files=[file], meanwhile=the_file_goes) == DONE
    assert night.rows() == {2: "placed", 3: "suppressed", 4: "placed"}


def in_half_a_minute(reading):
    """Read files again beside the dialling, which takes a while."""
    again = Future()
    asyncio.get_running_loop().call_later(30, lambda: again.set_result(reading()))
    return again


def test_a_long_list_that_changes_at_night_is_read_before_the_morning(scene, tmp_path):
    night = scene("03 06:00")
    rows = people(*[NEW_YORK] * 40)
    run = night.load(rows)
    file = tmp_path / "own.txt"
    file.write_text("")

    async def the_file_grows(_):
        await asyncio.sleep(3600)
        file.write_text("".join(f"{row.number}\n" for row in rows[1:]))

    assert night.dial(run, wait=True, files=[file], submit=in_half_a_minute, meanwhile=the_file_grows) == DONE
    assert night.ledger.counts(run) == {"placed": 1, "suppressed": 39}


def rung_by_another_campaign(path, numbers, answer, *, now):
    """Let another program dial these numbers for another campaign of the same ledger."""
    with open_ledger(path) as other:
        rows = [a_contact(row, number=number) for row, number in enumerate(numbers, start=2)]
        run = a_run(other, rows, provider="cxone", campaign="winter", digest="w")
        work = work_of(other, run.number, now=now)
        claims = awaited(work.turn((), want=len(numbers), now=now))
        if answer:
            awaited(work.turn([a_settlement(claim, answer, at=now) for claim in claims], want=0, now=now))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(Accepted("c-1"), "recent"), (Unclear("lost"), "recent"), (None, "recent"), (NotSent("dns"), "placed")],
    ids=["accepted", "unclear", "in flight", "not sent"],
)
def test_a_cap_that_another_campaign_fills_meanwhile_is_kept(scene, ledger_path, answer, outcome):
    day = scene("03 15:00")
    rows = people(*[NEW_YORK] * 20)
    run = day.load(rows)

    async def somebody_else_rings(bench):
        await until(lambda: len(bench.provider.asked) == 5)
        numbers = [row.number for row in rows[17:]]
        rung_by_another_campaign(ledger_path, numbers, answer, now=bench.clock.now())

    redial = {"caps": (ONE_A_DAY,), "after": DAY}
    assert day.dial(run, rate=1, in_flight=1, redial=redial, meanwhile=somebody_else_rings) == DONE
    assert day.rows(run) == {**dict.fromkeys(range(2, 19), "placed"), **dict.fromkeys((19, 20, 21), outcome)}


def test_the_laws_cap_is_kept_over_runs_and_campaigns(scene):
    day = scene("03 15:00")
    for count, campaign in enumerate(("spring", "summer", "autumn", "winter")):
        run = day.load(people(FLORIDA, NEW_YORK), campaign=campaign)
        day.dial(run)
        assert day.rows(run) == {2: "placed" if count < 3 else "recent", 3: "placed"}
        day.clock.forward(60)
    assert day.errors(run)[2].startswith("already 3 calls in 24 hours (US-FL); again after 2026-03-04 15:00")


def test_the_redial_gap_holds_for_the_next_run_and_not_for_a_rows_own_retry(scene):
    rows = people(NEW_YORK, NEW_YORK)
    day = scene("03 15:00", script={rows[0].number: [Throttled("HTTP 429")]})
    redial = {"after": DAY}
    first, second = day.load(rows), day.load(rows, digest="d2")
    day.dial(first, redial=redial)
    day.dial(second, redial=redial)
    assert (day.rows(first), day.rows(second)) == ({2: "placed", 3: "placed"}, {2: "recent", 3: "recent"})
    assert len(day.requests) == 3
