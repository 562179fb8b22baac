"""Everything that knows who may be rung, asked at once: rules, do-not-call files, the ledger."""

from __future__ import annotations

import os
from concurrent.futures import Future
from datetime import UTC, datetime, time, timedelta

import pytest
from builders import HandClock

from dialer.domain.call import Outcome
from dialer.domain.screening.candidate import Candidate, Facts, PastCall
from dialer.domain.screening.hours import HoursTerms
from dialer.domain.screening.rules import PERMISSION_ENDED, Barred, Clear, Redial
from dialer.domain.screening.ruleset import RuleSet
from dialer.domain.screening.suppression import SuppressionFile
from dialer.screening.campaign_rules import in_order
from dialer.screening.campaign_screening import CampaignScreening, at_once
from dialer.screening.dnc_index import read_suppression

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
ANN, BOB, CARL, DORA = "+12125550101", "+12125550102", "+12125550103", "+12125550104"


class Memory:
    """What is remembered of numbers, as told; keeps what it was asked."""

    def __init__(self, facts=None, changes=()):
        self.known = facts or {}
        self.changes = list(changes)
        self.asked = []

    def has_changed(self):
        return self.changes.pop(0) if self.changes else False

    def facts(self, candidates, *, since):
        self.asked.append(([candidate.number for candidate in candidates], since))
        return {found.number: self.known[found.number] for found in candidates if found.number in self.known}


class Setting:
    """A campaign's screening, what stands around it, and one do-not-call file."""

    def __init__(self, path, tables, hours, past=None, *, submit=at_once, lapses=None, **redial):
        self.path, self.clock, self.said, self.writes = path, HandClock(), [], 0
        self.write(ANN)
        self.screening = CampaignScreening(
            rules=RuleSet(
                in_order(hours=hours, redial=Redial(campaign="spring", **redial), last_days=lapses or {}),
                tables.geography,
            ),
            past=past,
            files=read_suppression([SuppressionFile(path=path)], region=None, now=NOW),
            reach=timedelta(days=30),
            ticks=self.clock.ticks,
            say=self.said.append,
            submit=submit,
        )

    def write(self, *lines):
        self.path.write_text("".join(f"{line}\n" for line in lines))
        self.writes += 1
        os.utime(self.path, (NOW.timestamp() + self.writes,) * 2)

    def screen(self, *numbers):
        verdicts = self.screening.screen([Candidate(number=number) for number in numbers], NOW)
        return ["clear" if isinstance(verdict, Clear) else str(verdict.outcome) for verdict in verdicts]

    def has_changed(self, *, after):
        self.clock.forward(after)
        return self.screening.has_changed(NOW)


@pytest.fixture
def setting(tmp_path, tables, hours_of):
    def build(past=None, **redial):
        return Setting(tmp_path / "own.txt", tables, hours_of(HoursTerms(voice="live")), past, **redial)

    return build


def test_files_ledger_and_rules_are_asked_together(setting):
    calls = (PastCall(at=NOW - timedelta(hours=1), campaign="spring"),)
    memory = Memory({BOB: Facts(listed="on the ledger's list"), CARL: Facts(calls=calls)})
    built = setting(memory, after=timedelta(hours=24))
    assert built.screen(ANN, BOB, CARL, "+12125550104", "+18005550123") == [
        Outcome.SUPPRESSED,
        Outcome.SUPPRESSED,
        Outcome.RECENT,
        "clear",
        Outcome.HELD,
    ]
    assert memory.asked == [([ANN, BOB, CARL, "+12125550104", "+18005550123"], NOW - timedelta(days=30))]


def test_without_a_memory_the_files_and_the_rules_decide(setting):
    assert setting().screen(ANN, BOB) == [Outcome.SUPPRESSED, "clear"]


def test_a_reason_names_the_file_and_the_line(setting):
    built = setting()
    (verdict,) = built.screening.screen([Candidate(number=ANN)], NOW)
    assert verdict.reason == "on the do-not-call list own.txt, line 1"


def test_the_ledgers_own_list_is_named_before_a_file(setting):
    (verdict,) = setting(Memory({ANN: Facts(listed="on the ledger's list")})).screening.screen(
        [Candidate(number=ANN)], NOW
    )
    assert verdict.reason == "on the ledger's list"


def test_nobody_asked_is_nobody_decided(setting):
    assert setting(Memory()).screen() == []


def test_nothing_changes_while_file_and_ledger_stay_as_they_are(setting):
    built = setting(Memory())
    assert [built.has_changed(after=5) for _ in range(3)] == [False] * 3


def test_a_change_of_the_ledger_is_told_at_every_look(setting):
    built = setting(Memory(changes=[True, False, True]))
    assert [built.has_changed(after=0) for _ in range(4)] == [True, False, True, False]


def test_a_changed_file_is_read_again_and_told_once(setting):
    built = setting()
    built.write(ANN, BOB)
    assert built.has_changed(after=1.0)
    assert built.screen(ANN, BOB, CARL) == [Outcome.SUPPRESSED, Outcome.SUPPRESSED, "clear"]
    assert not built.has_changed(after=1.0)
    assert built.said == []


def test_files_are_looked_at_once_a_second_at_most(setting):
    built = setting()
    built.write(BOB)
    assert [built.has_changed(after=0.3) for _ in range(4)] == [False, False, False, True]
    built.write(CARL)
    assert [built.has_changed(after=0.3) for _ in range(4)] == [False, False, False, True]


def test_a_file_and_the_ledger_may_change_at_once(setting):
    built = setting(Memory(changes=[True]))
    built.write(BOB)
    assert built.has_changed(after=1)
    assert built.screen(BOB) == [Outcome.SUPPRESSED]


def test_a_file_is_read_beside_the_dialling_and_told_once_it_is(setting):
    readings = []

    def later(work):
        readings.append((Future(), work))
        return readings[-1][0]

    built = setting(submit=later)
    built.write(ANN, BOB)
    assert [built.has_changed(after=1) for _ in range(3)] == [False] * 3
    assert built.screen(ANN, BOB) == [Outcome.SUPPRESSED, "clear"]
    ((again, work),) = readings
    again.set_result(work())
    assert [built.has_changed(after=1) for _ in range(3)] == [True, False, False]
    assert built.screen(ANN, BOB) == [Outcome.SUPPRESSED, Outcome.SUPPRESSED]


@pytest.mark.parametrize("ruin", [lambda path: path.unlink(), lambda path: path.write_text("<html>\n")])
def test_a_file_that_cannot_be_read_again_stays_in_force_and_is_told(setting, ruin):
    built = setting()
    ruin(built.path)
    assert built.has_changed(after=1)
    assert built.screen(ANN, BOB) == [Outcome.SUPPRESSED, "clear"]
    assert len(built.said) == 1
    assert "own.txt" in built.said[0]
    assert not built.has_changed(after=1)
    assert len(built.said) == 1


def test_a_file_that_came_right_again_is_read(setting):
    built = setting()
    built.path.unlink()
    built.has_changed(after=1)
    built.write(BOB)
    assert built.has_changed(after=1)
    assert built.screen(BOB) == [Outcome.SUPPRESSED]


def test_who_was_once_listed_stays_so_though_the_file_shrinks(setting):
    built = setting()
    built.write(BOB)
    built.has_changed(after=1)
    assert built.screen(ANN, BOB) == [Outcome.SUPPRESSED, Outcome.SUPPRESSED]


def test_nobody_is_rung_after_the_last_day_of_a_permission(setting):
    today = NOW.date()
    setting = setting(lapses={BOB: today - timedelta(days=1), CARL: today})
    over, still, other = setting.screening.screen([Candidate(number=number) for number in (BOB, CARL, DORA)], NOW)
    assert over == Barred(
        ground=PERMISSION_ENDED, reason=f"the list's permission to ring ended on {today - timedelta(days=1)}"
    )
    assert isinstance(still, Clear)
    assert still.closes == min(other.closes, datetime.combine(today + timedelta(days=1), time(), UTC))
    tomorrow = NOW + timedelta(days=1)
    assert setting.screening.screen([Candidate(number=CARL)], tomorrow)[0].outcome is Outcome.SUPPRESSED
