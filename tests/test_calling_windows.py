"""Calling windows as text and as spans of a day."""

from __future__ import annotations

import pytest

from dialer.domain.screening.windows import Spans, common, read_spans, write_spans


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("closed", ()),
        ("08:00-21:00", ((480, 1260),)),
        ("10:00-13:00+14:00-20:00", ((600, 780), (840, 1200))),
        ("00:00-24:00", ((0, 1440),)),
    ],
)
def test_hours_are_read_and_written_alike(text: str, spans: Spans) -> None:
    assert (read_spans(text), write_spans(spans)) == (spans, text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "are not closed"),
        ("8-21", "are not closed"),
        ("open", "are not closed"),
        ("21:00-08:00", "cross midnight"),
        ("12:00-12:00", "are empty"),
        ("08:00-24:30", "no clock shows"),
        ("08:60-09:30", "no clock shows"),
        ("14:00-20:00+10:00-13:00", "out of order"),
        ("10:00-13:00+12:00-20:00", "overlap"),
    ],
)
def test_hours_that_make_no_sense_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_spans(text)


@pytest.mark.parametrize(
    ("ours", "theirs", "shared"),
    [
        ((), ((0, 9),), ()),
        (((0, 9),), ((9, 12),), ()),
        (((0, 9),), ((3, 12),), ((3, 9),)),
        (((0, 5), (6, 9)), ((1, 8),), ((1, 5), (6, 8))),
        (((0, 5), (6, 9)), ((2, 3), (4, 7)), ((2, 3), (4, 5), (6, 7))),
    ],
)
def test_what_two_windows_share_is_the_same_from_both_sides(ours: Spans, theirs: Spans, shared: Spans) -> None:
    assert common(ours, theirs) == common(theirs, ours) == shared
