"""Which numbers misbehave in the sandbox, and how a placed call goes on."""

from __future__ import annotations

import pytest

from dialer.providers.sandbox.numbers import MISBEHAVING, ORDINARY, Course, behaviour_of, stage_after


def test_the_table_has_one_line_for_each_of_its_numbers():
    lines = {behaviour.says for behaviour in MISBEHAVING.values()}
    assert sorted(MISBEHAVING) == [f"01{number}" for number in range(89, 100)]
    assert len(lines) == len(MISBEHAVING)
    assert not [line for line in lines if not line or "\n" in line]


@pytest.mark.parametrize("suffix", MISBEHAVING)
@pytest.mark.parametrize("area_code", ["212", "907", "999"])
def test_a_misbehaving_number_does_so_in_every_area_code(area_code, suffix):
    assert behaviour_of(f"+1{area_code}555{suffix}") is MISBEHAVING[suffix]


@pytest.mark.parametrize(
    "number",
    [
        "+12125550188",
        "+12125551190",
        "+12125560190",
        "+11125550190",
        "+442125550190",
        "+121255501900",
        "12125550190",
        "+1212555019\N{ARABIC-INDIC DIGIT ZERO}",
    ],
)
def test_any_other_number_is_ordinary(number):
    assert behaviour_of(number) is ORDINARY


@pytest.mark.parametrize(
    ("course", "words"),
    [
        (
            Course.ORDINARY,
            {0: "queued", 0.5: "initiated", 1: "ringing", 2.5: "answered", 4.9: "answered", 5: "completed"},
        ),
        (Course.FAILING, {0: "queued", 0.5: "initiated", 1: "ringing", 3.9: "ringing", 4: "failed"}),
        (Course.LATE, {0: "queued", 1: "ringing", 39.9: "ringing", 40: "answered", 60: "completed"}),
    ],
)
def test_a_course_moves_through_its_statuses_with_time(course, words):
    assert {seconds: stage_after(course, seconds)[1] for seconds in words} == words


def test_a_stage_says_when_it_began():
    assert stage_after(Course.ORDINARY, 4.9) == (2.5, "answered")


def test_the_last_stage_lasts_and_the_first_holds_even_when_a_clock_goes_backwards():
    assert stage_after(Course.ORDINARY, 1e9) == (5.0, "completed")
    assert stage_after(Course.ORDINARY, -1) == (0.0, "queued")
