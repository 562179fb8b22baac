"""When the breaker trips, when a probe may leave, and when it gives up."""

from __future__ import annotations

import pytest

from dialer.engine.breaker import Breaker


def a_breaker(*, faults=3, patience=900.0):
    return Breaker(faults=faults, patience=patience)


def tripped(*, at=10.0, patience=900.0):
    breaker = a_breaker(faults=1, patience=patience)
    breaker.fault(at, sent_at=at - 1)
    return breaker


def test_a_breaker_starts_closed():
    breaker = a_breaker()
    assert (breaker.open, breaker.wait(0), breaker.has_given_up(1e9)) == (False, 0.0, False)


@pytest.mark.parametrize(("faults", "is_open"), [(2, False), (3, True), (4, True)])
def test_it_trips_after_so_many_faults_in_a_row(faults, is_open):
    breaker = a_breaker(faults=3)
    for second in range(faults):
        breaker.fault(second, sent_at=second)
    assert breaker.open is is_open


def test_a_success_between_faults_starts_the_count_again():
    breaker = a_breaker(faults=2)
    breaker.fault(1, sent_at=0)
    breaker.success()
    breaker.fault(2, sent_at=1)
    assert not breaker.open


def test_the_first_probe_may_leave_two_seconds_after_the_trip():
    breaker = tripped(at=10)
    assert [breaker.wait(now) for now in (10, 11.5, 12, 13)] == [2.0, 0.5, 0.0, 0.0]


def test_probes_that_fail_wait_twice_as_long_up_to_a_minute():
    breaker, now, waits = tripped(at=0), 0.0, []
    for _ in range(8):
        waits.append(breaker.wait(now))
        now += waits[-1]
        breaker.fault(now, sent_at=now)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_faults_of_calls_sent_before_the_trip_change_nothing():
    breaker = tripped(at=10)
    for sent_at in (3, 9.9, 10):
        breaker.fault(11, sent_at=sent_at)
    assert breaker.wait(11) == 1.0


def test_a_probe_that_succeeds_lets_everything_go_on():
    breaker = tripped()
    breaker.success()
    assert (breaker.open, breaker.wait(10), breaker.has_given_up(1e9)) == (False, 0.0, False)


def test_after_a_recovery_the_next_outage_starts_anew():
    breaker = tripped(at=0)
    breaker.fault(2, sent_at=2)
    breaker.success()
    breaker.fault(100, sent_at=99)
    assert (breaker.wait(100), breaker.has_given_up(901)) == (2.0, False)


@pytest.mark.parametrize(("now", "given_up"), [(10, False), (909.9, False), (910, True), (5000, True)])
def test_it_gives_up_once_the_patience_is_over(now, given_up):
    assert tripped(at=10, patience=900).has_given_up(now) is given_up


def test_probes_do_not_lengthen_the_patience():
    breaker = tripped(at=0, patience=30)
    breaker.fault(20, sent_at=20)
    assert breaker.has_given_up(30)


def test_endless_probing_never_overflows():
    breaker = tripped(at=0, patience=1e12)
    for now in range(1, 3000):
        breaker.fault(now, sent_at=now)
    assert breaker.wait(2999) == 60.0
