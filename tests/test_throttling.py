"""Whatever kind of limit a provider has, nearly all of it is used, little is thrown back, and nobody is lost."""

from __future__ import annotations

import pytest
from builders import most_in_any
from hypothesis import given, settings
from hypothesis import strategies as st
from limited import AtRandom, Bucket, Calendar, Changing, Every, Once, OpenCalls, Rolling, Server, a_night

SLOW = {"answers": 0.2}
SLOW_REFUSALS = {"answers": 0.2, "refusals": None}
FAR = {"answers": 0.05, "in_flight": 100}


def used(told, true):
    """The share of what is true that was used, to the last row."""
    return len(told.taken) / told.left[-1] / true


@pytest.mark.parametrize(
    ("server", "rate", "promised", "how"),
    [
        pytest.param(lambda: Rolling(40), 200, (40, 0.93, 0.02), {}, id="40 in a rolling second"),
        pytest.param(lambda: Rolling(40), 200, (40, 0.93, 0.02), {"retry_after": 1.0}, id="40 that says Retry-After"),
        pytest.param(lambda: Once(0.03), 200, (200, 0.93, 0.04), {}, id="3 % of the numbers once"),
        pytest.param(lambda: Once(0.1), 50, (50, 0.88, 0.12), {}, id="10 % of the numbers once"),
        pytest.param(lambda: OpenCalls(10), 200, (50, 0.9, 0.08), SLOW, id="10 at a time"),
        pytest.param(lambda: OpenCalls(10), 200, (50, 0.9, 0.08), SLOW_REFUSALS, id="10 at a time, refused slowly"),
        pytest.param(lambda: OpenCalls(3), 200, (15, 0.9, 0.08), SLOW, id="3 at a time"),
        pytest.param(lambda: OpenCalls(25), 200, (125, 0.85, 0.04), SLOW, id="25 at a time"),
        pytest.param(lambda: Rolling(150, 5), 200, (30, 0.85, 0.04), {}, id="150 in 5 seconds"),
        pytest.param(lambda: Calendar(30), 200, (30, 0.9, 0.04), {}, id="30 in a second of the clock"),
        pytest.param(lambda: Rolling(300, 10), 200, (30, 0.85, 0.04), {}, id="300 in 10 seconds"),
        pytest.param(lambda: Calendar(300, 10), 200, (30, 0.85, 0.04), {}, id="300 in 10 seconds of the clock"),
        pytest.param(lambda: Rolling(7), 20, (7, 0.9, 0.04), {"rows": 500}, id="7 of 20"),
        pytest.param(lambda: Bucket(40, 40), 200, (40, 0.9, 0.1), {}, id="bucket of a second"),
        pytest.param(lambda: Bucket(40, 200), 200, (40, 0.9, 0.1), {}, id="bucket of five seconds"),
        pytest.param(lambda: Bucket(40, 5), 200, (40, 0.9, 0.1), {}, id="small bucket"),
        pytest.param(lambda: Rolling(190), 200, (190, 0.9, 0.02), {"rows": 6000}, id="hardly less than configured"),
        pytest.param(Server, 200, (200, 0.97, 0.0), {}, id="none"),
    ],
)
def test_a_limit_is_used_seldom_met_and_loses_nobody(server, rate, promised, how):
    true, share, back = promised
    told = a_night(server(), rate, **({"rows": 2000} | how))
    assert (told.lost, used(told, true) >= share, told.back <= back) == (0, True, True)


@pytest.mark.parametrize("how", [{}, FAR, {"answers": 3.0, "in_flight": 1000}], ids=["near", "far", "slow"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.001, 0.01, 0.03, 0.1, 0.3])
def test_429s_at_random_do_not_slow_anybody_down(share, seed, how):
    told = a_night(AtRandom(share, seed=seed), 200, seconds=60, **how)
    assert told.mean(5, 55) >= 0.93 * 200 * (1 - share)


@pytest.mark.parametrize("wish", [1.0, 5.0, 30.0])
def test_the_wish_of_a_429_at_random_binds_its_contact_alone(wish):
    told = a_night(AtRandom(0.01), 200, seconds=90, retry_after=wish)
    assert told.mean() >= 0.95 * 200


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3])
def test_429s_at_random_lose_nobody(share):
    told = a_night(AtRandom(share), 100, rows=5000)
    assert (told.lost, len(told.taken)) == (0, 5000)


def test_who_is_always_refused_is_given_up_after_the_tries():
    class Refusing(Server):
        def takes(self, now, number):
            return number != 100

    told = a_night(Refusing(), 50, rows=500)
    assert (told.lost, len(told.taken), len(told.refused)) == (1, 499, 3)


def test_a_single_contact_is_given_up_after_its_tries():
    told = a_night(AtRandom(1.0), 50, rows=1)
    assert (told.lost, len(told.refused)) == (1, 3)


def test_a_night_of_three_hours_stays_at_the_pace():
    told = a_night(AtRandom(0.01), 20, seconds=3 * 3600)
    assert min(told.mean(hour * 1800, hour * 1800 + 1800) for hour in range(6)) >= 0.95 * 20


@pytest.mark.parametrize("kind", [Rolling, Calendar])
def test_a_limit_of_a_minute_is_kept_in_the_mean(kind):
    told = a_night(kind(3000, 60), 400, seconds=1200, **FAR)
    assert told.mean() >= 0.9 * 50
    assert told.back <= 0.02


@pytest.mark.parametrize("slow", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("refusals", [0.001, None], ids=["refused at once", "refused slowly"])
def test_a_limit_of_open_calls_is_kept_by_open_calls(slow, refusals):
    told = a_night(OpenCalls(10), 400, seconds=300, answers=slow, refusals=refusals)
    assert told.mean() >= 0.9 * 10 / slow


@pytest.mark.parametrize(
    ("servers", "true", "how"),
    [
        pytest.param((AtRandom(0.02), Rolling(40)), 40, {}, id="at random, and a second"),
        pytest.param((AtRandom(0.1), Rolling(40)), 40, {}, id="often at random, and a second"),
        pytest.param((AtRandom(0.02), OpenCalls(10)), 50, SLOW, id="at random, and at a time"),
        pytest.param((OpenCalls(10), Rolling(30)), 30, SLOW, id="at a time, and a second"),
    ],
)
def test_several_limits_at_once_are_told_apart(servers, true, how):
    told = a_night(Every(*servers), 200, seconds=180, **how)
    assert told.mean() >= 0.8 * true
    assert told.back <= 0.15


@pytest.mark.parametrize("limit", [Rolling(40), OpenCalls(10), Rolling(150, 5)], ids=["rolling", "open", "5 seconds"])
def test_a_limit_that_goes_away_is_forgotten_in_a_minute(limit):
    told = a_night(Changing((120, limit), (1e9, Server())), 200, seconds=240, **SLOW)
    assert told.mean(185, 240) >= 0.95 * 200


@pytest.mark.parametrize(("limit", "true"), [(Rolling(40), 40), (OpenCalls(10), 50)], ids=["rolling", "open"])
def test_a_limit_that_comes_is_found(limit, true):
    told = a_night(Changing((60, Server()), (1e9, limit)), 200, seconds=180, **SLOW)
    assert told.mean(70, 180) >= 0.85 * true
    assert told.back <= 0.05


def test_a_limit_that_is_halved_is_found_again():
    told = a_night(Changing((60, Rolling(40)), (1e9, Rolling(20))), 200, seconds=240)
    assert told.mean(70, 240) >= 0.85 * 20
    assert told.back <= 0.03


@pytest.mark.parametrize("outage", [6.0, 60.0, 600.0])
def test_an_outage_of_429s_loses_nobody_and_is_hardly_asked(outage):
    server = Changing((30, Server()), (30 + outage, AtRandom(1.1)), (1e9, Server()))
    told = a_night(server, 200, seconds=30 + 2 * outage + 90)
    assert (told.lost, len(told.refused) <= 30) == (0, True)
    assert told.mean(30 + 1.5 * outage + 60, 30 + 2 * outage + 90) >= 0.95 * 200


KINDS = st.one_of(
    st.builds(Rolling, st.integers(1, 60), st.sampled_from([1.0, 5.0])),
    st.builds(Calendar, st.integers(1, 60)),
    st.builds(Bucket, st.floats(1, 60), st.floats(1, 60)),
    st.builds(OpenCalls, st.integers(1, 10)),
    st.builds(AtRandom, st.floats(0, 1)),
)


@settings(max_examples=60, deadline=None)
@given(
    servers=st.lists(KINDS, min_size=1, max_size=2),
    rate=st.integers(1, 60),
    answers=st.floats(0.001, 1),
    refusals=st.one_of(st.none(), st.floats(0, 0.3)),
    wish=st.one_of(st.none(), st.floats(0, 5)),
)
def test_no_throttling_ever_lets_a_rolling_second_be_over_the_pace(servers, rate, answers, refusals, wish):
    how = {"answers": answers, "refusals": refusals, "retry_after": wish}
    told = a_night(Every(*servers), rate, seconds=20, **how)
    assert most_in_any(1.0, told.left) <= rate


@settings(max_examples=30, deadline=None)
@given(servers=st.lists(KINDS, min_size=1, max_size=2), attempts=st.integers(1, 5))
def test_every_night_comes_to_an_end(servers, attempts):
    told = a_night(Every(*servers), 50, rows=100, attempts=attempts, seconds=1e7)
    assert len(told.taken) + told.lost == 100
