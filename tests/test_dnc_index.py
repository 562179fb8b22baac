"""Do-not-call files in force: what stands on them, when they are refused, and how changes take effect."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.screening.suppression import Hit, SuppressionFile, prefix_of
from dialer.errors import SetupError
from dialer.screening.dnc_index import read_suppression

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NUMBERS = [f"+1212555{last:04}" for last in range(200)]


def a_file(tmp_path, content, name="own.txt", *, age=timedelta(hours=1), **rules):
    path = tmp_path / name
    path.write_text(content)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return SuppressionFile(path=path, **rules)


def read(*files, wanted=None, region="US"):
    return read_suppression(files, region=region, wanted=wanted, now=NOW)


def complaints(*files, region="US"):
    with pytest.raises(SetupError) as refusal:
        read(*files, region=region)
    return refusal.value.complaints


def lines(numbers):
    return "".join(f"{number}\n" for number in numbers)


def test_a_listed_number_is_found_with_list_and_line(tmp_path):
    index = read(a_file(tmp_path, "# own\n2125550123\n"))
    assert index.find("+12125550123") == Hit("own.txt", 2)
    assert index.find("+12125550124") is None
    assert len(index) == 1
    assert index.files == ("own.txt of 2026-11-23 11:00 UTC: 1 line, 1 number kept",)


def test_a_hit_has_the_date_and_reason_of_the_table(tmp_path):
    table = "phone,date,reason\n2125550123,2026-03-01,by mail\n2125550124,,\n"
    index = read(a_file(tmp_path, table, "own.csv"))
    assert index.find_all(["+12125550123", "+12125550124"]) == [
        Hit("own.csv", 2, "2026-03-01", "by mail"),
        Hit("own.csv", 3),
    ]


def test_a_hit_in_an_archive_names_the_file_within(tmp_path):
    path = tmp_path / "national.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("212.txt", "# all\n212,5550123\n\n# end\n")
        archive.writestr("646.txt", "646,5550123\n646,5550124\n")
        archive.writestr("917.csv", "phone\n9175550123\n2125550123\n")
    index = read(SuppressionFile(path=path, name="registry"))
    assert index.find_all(["+12125550123", "+16465550123", "+16465550124", "+19175550123"]) == [
        Hit("registry: 212.txt", 2),
        Hit("registry: 646.txt", 1),
        Hit("registry: 646.txt", 2),
        Hit("registry: 917.csv", 2),
    ]


def test_the_first_file_and_the_first_line_win(tmp_path):
    first = a_file(tmp_path, lines([NUMBERS[1], NUMBERS[0], NUMBERS[1]]), "first.txt")
    second = a_file(tmp_path, lines([NUMBERS[2], NUMBERS[1]]), "second.txt")
    index = read(first, second)
    assert index.find_all(NUMBERS[:4]) == [Hit("first.txt", 2), Hit("first.txt", 1), Hit("second.txt", 1), None]


def test_all_entries_can_be_walked_with_their_places(tmp_path):
    own = a_file(tmp_path, "phone,date\n2125550124,\n2125550123,2026-03-01\n2125550124,2026-03-02\n", "own.csv")
    other = a_file(tmp_path, "212,5550123\n")
    assert list(read(own, other).entries()) == [
        ("+12125550123", Hit("own.csv", 3, "2026-03-01")),
        ("+12125550124", Hit("own.csv", 2)),
        ("+12125550123", Hit("own.txt", 1)),
    ]


def test_rows_without_a_number_are_on_no_list(tmp_path):
    assert read(a_file(tmp_path, "2125550123\n")).find_all([None, "+12125550123"]) == [None, Hit("own.txt", 1)]
    assert read().find_all([None, "+12125550123"]) == [None, None]
    assert read().find_all([]) == []


def test_only_wanted_prefixes_take_memory(tmp_path):
    numbers = ["+12125550123", "+16465550123", "+493012345678", "+442079460123", "+2907123"]
    index = read(a_file(tmp_path, lines(numbers)), wanted=frozenset({"1646", "4930", "2907"}))
    assert len(index) == 3
    assert index.find_all(numbers[1:3]) == [Hit("own.txt", 2), Hit("own.txt", 3)]
    assert index.find(numbers[4]) == Hit("own.txt", 5)


def test_a_number_that_was_not_wanted_is_not_called_free(tmp_path):
    index = read(a_file(tmp_path, "2125550123\n"), wanted=frozenset({"1646"}))
    with pytest.raises(LookupError, match="read without the numbers that begin \\+1212"):
        index.find("+12125550123")


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(NUMBERS), max_size=40), max_size=3),
    st.lists(st.sampled_from([*NUMBERS, "+493012345678"]), max_size=20),
)
def test_every_answer_is_that_of_a_dictionary(tmp_path_factory, contents, asked):
    folder = tmp_path_factory.mktemp("lists")
    files = [a_file(folder, lines(numbers), f"{at}.txt") for at, numbers in enumerate(contents)]
    known = {}
    for file, numbers in zip(files, contents, strict=True):
        for line, number in enumerate(numbers, 1):
            known.setdefault(number, Hit(file.title, line))
    wanted = frozenset(map(prefix_of, asked))
    for index in (read(*files), read(*files, wanted=wanted)):
        assert index.find_all(asked) == [known.get(number) for number in asked]
        assert [index.find(number) for number in asked] == [known.get(number) for number in asked]


@pytest.mark.parametrize(
    ("age", "allowed", "said"),
    [
        (
            timedelta(days=31, minutes=1),
            timedelta(days=31),
            "is 31 days 1 minute old, of 2026-10-23, and may be 31 days",
        ),
        (timedelta(hours=26, minutes=5), timedelta(hours=24), "is 1 day 2 hours old, of 2026-11-22, and may be 1 day"),
        (timedelta(minutes=2), timedelta(seconds=9), "is 2 minutes old, of 2026-11-23, and may be less than a minute"),
    ],
)
def test_an_age_is_said_in_units_that_fit(tmp_path, age, allowed, said):
    (complaint,) = complaints(a_file(tmp_path, "2125550123\n", age=age, max_age=allowed))
    assert said in complaint


def test_an_old_file_is_refused_with_its_age(tmp_path):
    old = a_file(tmp_path, "2125550123\n", "national.txt", age=timedelta(days=45), max_age=timedelta(days=31))
    assert complaints(old) == (
        (
            "the do-not-call list national.txt is 45 days old, of 2026-10-09, and may be 31 days at most: "
            "get a fresh one, for with this one nothing is dialled"
        ),
    )


def test_a_file_as_old_as_allowed_is_read(tmp_path):
    file = a_file(tmp_path, "2125550123\n", age=timedelta(days=31), max_age=timedelta(days=31))
    assert len(read(file)) == 1


def test_more_than_one_bad_line_in_a_hundred_is_refused(tmp_path):
    file = a_file(tmp_path, lines([*NUMBERS[:98], "Ann", "Bob"]))
    assert complaints(file) == (
        (
            "the do-not-call list own.txt is not to be trusted: 2 of 100 lines are no number (line 99: 'Ann'; "
            "line 100: 'Bob'), more than 1 %: is it the right file, with a column of numbers?"
        ),
    )


def test_without_a_region_national_numbers_ask_for_one(tmp_path):
    (complaint,) = complaints(a_file(tmp_path, "2125550123\n"), region=None)
    assert complaint.endswith("with a column of numbers?; numbers without + need the campaign's region")


def test_one_bad_line_in_a_hundred_is_passed_over_with_a_warning(tmp_path):
    index = read(a_file(tmp_path, lines(["Ann", *NUMBERS[:99]])))
    assert index.warnings == (
        "the do-not-call list own.txt: 1 of 100 lines is no number (line 1: 'Ann') and passed over",
    )
    assert index.find(NUMBERS[0]) == Hit("own.txt", 2)


def test_an_empty_file_is_warned_of(tmp_path):
    index = read(a_file(tmp_path, "# none yet\n"))
    assert index.warnings == ("the do-not-call list own.txt is empty, and keeps nobody from being rung",)
    assert index.find("+12125550123") is None


def test_everything_wrong_is_said_at_once(tmp_path):
    missing = SuppressionFile(path=tmp_path / "gone.txt")
    nonsense = a_file(tmp_path, "Ann\n", age=timedelta(hours=30), max_age=timedelta(hours=24))
    fine = a_file(tmp_path, "2125550123\n", "fine.txt")
    found = complaints(missing, fine, nonsense)
    assert [complaint.split(":")[0] for complaint in found] == [
        "the do-not-call list gone.txt is not there",
        "the do-not-call list own.txt is 1 day 6 hours old, of 2026-11-22, and may be 1 day at most",
        "the do-not-call list own.txt is not to be trusted",
    ]


def test_an_untouched_file_has_not_changed(tmp_path):
    index = read(a_file(tmp_path, "2125550123\n"))
    assert not index.changed()
    assert index.reread(now=NOW).index.find("+12125550123") == Hit("own.txt", 1)


def test_numbers_added_during_the_run_are_found_when_read_again(tmp_path):
    file = a_file(tmp_path, lines(NUMBERS[:2]))
    index = read(file)
    a_file(tmp_path, lines(NUMBERS[1:4]), age=timedelta(minutes=1))
    assert index.changed()
    reread = index.reread(now=NOW)
    assert reread.complaints == ()
    assert not reread.index.changed()
    assert reread.index.find_all(NUMBERS[:5]) == [
        Hit("own.txt (as read earlier in this run)", 1),
        Hit("own.txt", 1),
        Hit("own.txt", 2),
        Hit("own.txt", 3),
        None,
    ]


def test_nobody_is_freed_by_any_number_of_rereadings(tmp_path):
    index = read(a_file(tmp_path, lines(NUMBERS[:3])))
    for minute, numbers in enumerate(([], NUMBERS[1:2], NUMBERS[5:7])):
        a_file(tmp_path, lines(numbers), age=timedelta(minutes=30 - minute))
        index = index.reread(now=NOW).index
    found = [number for number, hit in zip(NUMBERS, index.find_all(NUMBERS), strict=True) if hit]
    assert found == [*NUMBERS[:3], *NUMBERS[5:7]]
    assert len(index) == 5


@pytest.mark.parametrize("content", ["Ann\nBob\n", "<html>", None])
def test_a_file_that_can_no_longer_be_read_stays_in_force(tmp_path, content):
    file = a_file(tmp_path, lines(NUMBERS[:2]))
    other = a_file(tmp_path, "", "other.txt")
    index = read(file, other)
    a_file(tmp_path, lines(NUMBERS[2:3]), "other.txt", age=timedelta(0))
    if content is None:
        file.path.unlink()
    else:
        a_file(tmp_path, content, age=timedelta(0))
    reread = index.reread(now=NOW)
    assert len(reread.complaints) == 1
    assert reread.complaints[0].startswith("the do-not-call list own.txt is ")
    assert reread.index.find_all(NUMBERS[:3]) == [Hit("own.txt", 1), Hit("own.txt", 2), Hit("other.txt", 1)]
    assert not reread.index.changed()
    a_file(tmp_path, lines(NUMBERS[:4]), age=timedelta(0))
    mended = reread.index.reread(now=NOW)
    assert (mended.complaints, mended.index.find(NUMBERS[3])) == ((), Hit("own.txt", 4))
