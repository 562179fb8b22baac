"""Whether a run is begun at all: not past its deadline and not for nobody, by a clock that is handed in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shutil import copy

import pytest
from nights import BERLIN, NEW_YORK, OPEN, SYDNEY, Night, all_but_the_log
from truth import Rule, numbers

from dialer.domain.call import Outcome
from dialer.errors import Exit, NothingToDoError, RefusedError
from dialer.session.choices import Choices

pytest_plugins = ("commands",)

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def night(dialling, truth):
    dialling.write_list([[number] for number in numbers(4)])
    return lambda hours="": Night(dialling, truth, hours)


@pytest.mark.parametrize(
    ("deadline", "zone", "at"),
    [
        ("20:00", NEW_YORK, "2026-11-24T20:00-05:00"),
        ("20:00", NEW_YORK, "2026-11-24T20:05-05:00"),
        ("20:00", NEW_YORK, "2026-11-24T23:59-05:00"),
        ("23:30", BERLIN, "2026-11-25T00:10+01:00"),
        ("23:30", BERLIN, "2026-12-01T03:29+01:00"),
        ("20:00", SYDNEY, "2027-01-01T20:30+11:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:10-05:00"),  # clocks went back at 02:00: 01:30 was shown, and will be again
        ("01:30", BERLIN, "2026-10-25T02:10+01:00"),
        ("02:30", BERLIN, "2027-03-28T03:01+02:00"),  # 02:30 is skipped
        ("02:30", NEW_YORK, "2027-03-14T03:01-04:00"),
        ("23:00", SYDNEY, "2026-10-04T03:30+11:00"),  # four and a half hours by the clock, three and a half in truth
    ],
)
def test_nothing_is_begun_or_gone_on_with_past_the_deadline(night, deadline, zone, at):
    late = night(f'deadline = "{deadline}"\ntimezone = "{zone}"\n')
    before = late.dialer.files()
    with pytest.raises(RefusedError, match="too late: the deadline"):
        late.run(at)
    assert (late.dialer.files(), late.truth.requests) == (before, [])


@pytest.mark.parametrize(
    ("deadline", "zone", "at"),
    [
        ("20:00", NEW_YORK, "2026-11-24T19:58-05:00"),
        ("20:00", NEW_YORK, "2026-11-25T00:01-05:00"),
        ("06:00", NEW_YORK, "2026-11-24T18:00-05:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:10-04:00"),
        ("03:00", BERLIN, "2027-03-28T01:58+01:00"),
    ],
)
def test_a_start_in_time_is_dialled(night, deadline, zone, at):
    in_time = night(f'deadline = "{deadline}"\ntimezone = "{zone}"\n')
    assert in_time.run(at).outcomes == {Outcome.PLACED: 4}


def test_a_deadline_stops_the_run_as_planned_and_what_is_left_waits_for_the_next_start(night):
    slow = night('deadline = "20:00"\ntimezone = "UTC"\n[pace]\ncalls_per_second = 2\n')
    slow.choices = lambda: Choices(campaign=slow.file, ledger=slow.dialer.home / "ledger.db")

    stopped = slow.run("2026-11-24T19:59:59.2+00:00")
    with pytest.raises(RefusedError):
        slow.resume("2026-11-24T21:00+00:00")
    done = slow.resume("2026-11-25T18:00+00:00")

    assert (stopped.exit_code, done.exit_code) == (Exit.PLANNED, Exit.DONE)
    assert 0 < len(slow.truth.rang) == 4
    assert stopped.outcomes[Outcome.PENDING] > 0


LISTS = {
    "headings only": ("phone,name\n", "it has nothing but headings"),
    "invalid": ("phone,name\nnobody,Ann\n12,Bob\n", "(2 invalid)"),
    "cut off": (f"phone,name\n{numbers(1)[0]},Ann", "(1 invalid)"),
    "objected": (f"phone,do not call\n{numbers(1)[0]},yes\n", "(1 suppressed)"),
    "held": ("phone,name\n+18005550103,Ann\n", "(1 held)"),
}


@pytest.mark.parametrize("case", LISTS)
@pytest.mark.parametrize("there_is_a_ledger", [False, True])
def test_nothing_is_begun_for_nobody(dialling, truth, case, there_is_a_ledger):
    text, why = LISTS[case]
    if there_is_a_ledger:
        dialling.here("run", dialling.write_list([[numbers(9)[8]]]), "--rate", 1000)
    (dialling.home / "empty.csv").write_text(text)
    file = dialling.write_campaign('name = "nightly"\n[hours]\n')
    before, calls = all_but_the_log(dialling), len(truth.requests)

    ran = dialling.here("run", "empty.csv", "-c", file, code=6)

    assert why in ran.err
    assert all_but_the_log(dialling) == before
    assert len(truth.requests) == calls


# Nights, one after the other


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("later", ["2026-11-24T19:00+00:00", "2026-11-25T19:00+00:00", "2026-12-24T18:00+00:00"])
@pytest.mark.parametrize("name", ["list.csv", "another.csv"])
def test_a_finished_list_rings_nobody_however_much_later(night, later, name):
    nightly = night('[redial]\nafter = "1h"\ncaps = []\n')
    nightly.run("2026-11-24T18:00+00:00")
    (nightly.dialer.home / "list.csv").rename(nightly.dialer.home / name)
    before, requests = files(nightly.dialer.home), len(nightly.truth.requests)

    with pytest.raises(NothingToDoError, match="was dialled to its end by run 1 of nightly on 2026-11-24 18:00 UTC"):
        nightly.run(later, nightly.dialer.home / name)

    assert (files(nightly.dialer.home), len(nightly.truth.requests)) == (before, requests)


def test_two_nights_of_one_list_name_keep_both_results(night):
    nightly = night()
    nightly.run("2026-11-24T18:00+00:00")
    first = (nightly.dialer.home / "list.results.csv").read_bytes()
    nightly.dialer.write_list([[number] for number in numbers(9)[5:]])
    second = nightly.run("2026-11-25T18:00+00:00")

    assert (nightly.dialer.home / "list.results.csv").read_bytes() == first
    assert second.results == nightly.dialer.home / "list.results-run2.csv"
    assert [line["number"] for line in nightly.dialer.results(second.results)] == numbers(9)[5:]


def test_a_retry_after_an_end_that_was_planned_changes_no_results_and_makes_no_call(night):
    refused = Rule(number=numbers(1)[0], status=404, body={"error": "No Such Number"})
    sleeping = '[hours]\n[[hours.windows]]\ncountry = "SE"\nmon_fri = "10:00-11:00"\nsource = "a test"\n'
    ends = {}
    for end, (rules, rule, number) in {
        Exit.DONE: ("", Rule(), numbers(1)[0]),
        Exit.PROBLEMS: ("", refused, numbers(1)[0]),
        Exit.PLANNED: (sleeping, Rule(), "+46701234567"),
    }.items():
        nightly = night()
        text = f'name = "night-{int(end)}"\n' + (rules or OPEN)
        (nightly.dialer.home / "campaign.toml").write_text(text)
        nightly.truth.tell(rule)
        nightly.dialer.write_list([[number]])
        ends[end] = nightly.run("2026-11-24T18:00+00:00").exit_code
        before, calls = files(nightly.dialer.home), len(nightly.truth.rang)
        with suppress(NothingToDoError):
            assert nightly.run("2026-11-24T18:01+00:00").exit_code == end
        results = {name: text for name, text in files(nightly.dialer.home).items() if name.endswith("csv")}
        assert results == {name: text for name, text in before.items() if name.endswith("csv")}
        assert len(nightly.truth.rang) == calls

    assert ends == {end: end for end in ends}


def test_the_shipped_survey_does_not_take_the_results_of_a_first_try_for_its_list(dialer):
    (dialer.home / "campaigns").mkdir()
    copy(PROJECT / "sample_contacts.csv", dialer.home)
    copy(PROJECT / "campaigns" / "survey.toml", dialer.home / "campaigns")
    dialer.here("run", "sample_contacts.csv", "--sandbox", "--rate", 1000)

    told = dialer.here("run", "-c", "campaigns/survey.toml", "--sandbox", "--rate", 1000, "--json", code=None).json

    assert told["list"].endswith("sample_contacts.csv")
    assert told["notes"][0] == "passed over: sample_contacts.results.csv holds the results of a run or a check"


# What a check foresees


def test_a_check_foresees_what_a_run_would_be_refused_for(dialling):
    dialling.write_campaign(f'name = "nightly"\n{OPEN}deadline = "20:00"\ntimezone = "UTC"\n')
    dialling.write_list([[number] for number in numbers(2)])

    def foreseen(*words, code=0):
        told = dialling.here("check", "list.csv", "-c", "campaign.toml", *words, "--json", code=code).json
        return [note for note in told["notes"] if note.startswith(("a run would not", "run "))]

    late, in_time = ("--at", "2026-11-24T20:10"), ("--at", "2026-11-24T19:10")
    assert foreseen(*late, code=6) == ["a run would not be begun: its deadline has passed"]
    assert foreseen(*in_time) == []

    dialling.write_campaign(f'name = "nightly"\n{OPEN}')
    dialling.here("run", "list.csv", "-c", "campaign.toml", "--rate", 1000)
    assert foreseen("--again") == ["a run would not be begun: run 1 dialled this very list to its end (--list-again)"]

    dialling.write_list([[number] for number in numbers(9)[5:]])
    dialling.here("run", "list.csv", "-c", "campaign.toml", "--rate", 1000, "--limit", 1, code=7)
    dialling.write_list([["nobody"]])
    nobody, left = foreseen(code=1)
    assert nobody == "a run would not be begun: nobody can be dialled"
    assert left.endswith("has 3 rows left (3 pending): dialer resume 2")
