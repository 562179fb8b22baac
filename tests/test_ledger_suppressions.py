"""The ledger's own do-not-call list: who is on it, and what is kept of who was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import START, number_of

from dialer.ledger.port import open_ledger
from dialer.ledger.records import Suppressed

LATER = START + timedelta(hours=1)
ANN, BOB = number_of(2), number_of(3)


@pytest.fixture
def own_list(ledger):
    return ledger.suppressions()


def kept(ledger):
    """Fetch every line ever written, those taken off as well."""
    return ledger._db.execute(
        "SELECT number, reason, who, removed_at IS NOT NULL, removed_by FROM suppression ORDER BY id"
    ).fetchall()


def entry(number, reason="", *, who="ann", since=START):
    return Suppressed(number=number, reason=reason, who=who, since=since)


def test_a_new_ledger_suppresses_nobody(own_list):
    assert list(own_list) == []


def test_numbers_are_listed_in_the_order_they_were_added(own_list):
    assert own_list.add([(BOB, "by mail"), (ANN, "")], who="ann", now=START) == 2
    assert own_list.add([(number_of(1), "on the phone")], who="carl", now=LATER) == 1
    assert list(own_list) == [
        entry(BOB, "by mail"),
        entry(ANN),
        entry(number_of(1), "on the phone", who="carl", since=LATER),
    ]


def test_who_is_on_the_list_keeps_the_first_reason_and_time(own_list):
    own_list.add([(ANN, "first")], who="ann", now=START)
    assert own_list.add([(ANN, "second"), (BOB, ""), (BOB, "again")], who="carl", now=LATER) == 1
    assert list(own_list) == [entry(ANN, "first"), entry(BOB, who="carl", since=LATER)]


def test_a_removed_number_is_off_the_list_and_stays_on_record(ledger, own_list):
    own_list.add([(ANN, "asked"), (BOB, "")], who="ann", now=START)
    assert own_list.remove([ANN, number_of(9)], who="carl", now=LATER) == 1
    assert list(own_list) == [entry(BOB)]
    assert kept(ledger) == [(ANN, "asked", "ann", 1, "carl"), (BOB, "", "ann", 0, "")]


def test_a_number_removed_twice_was_removed_once(ledger, own_list):
    own_list.add([(ANN, "")], who="ann", now=START)
    assert [own_list.remove([ANN], who=who, now=LATER) for who in ("carl", "dora")] == [1, 0]
    assert kept(ledger) == [(ANN, "", "ann", 1, "carl")]


def test_a_removed_number_can_be_added_again_as_a_new_line(ledger, own_list):
    own_list.add([(ANN, "first")], who="ann", now=START)
    own_list.remove([ANN], who="carl", now=LATER)
    assert own_list.add([(ANN, "second")], who="dora", now=LATER) == 1
    assert list(own_list) == [entry(ANN, "second", who="dora", since=LATER)]
    assert len(kept(ledger)) == 2


def test_a_list_of_many_pages_is_walked_whole_while_it_changes(own_list):
    people = [f"+1212{5_550_000 + last}" for last in range(2500)]
    own_list.add([(number, "") for number in people], who="ann", now=START)
    walk = iter(own_list)
    first = next(walk)
    own_list.add([(ANN, "")], who="ann", now=LATER)
    assert [first.number, *(found.number for found in walk)][:2500] == people


def test_a_change_is_on_disk_when_it_is_made(own_list, ledger_path):
    own_list.add([(ANN, "asked")], who="ann", now=START)
    with open_ledger(ledger_path) as second:
        assert list(second.suppressions()) == [entry(ANN, "asked")]


def test_a_reason_is_kept_however_odd(own_list):
    own_list.add([(ANN, "said “stop”\n\ud83d")], who="ann", now=START)
    assert [found.reason for found in own_list] == ["said “stop”\n\\ud83d"]
