"""Where a run's results go: to a file of the campaign's pattern, and the latest ones to a copy beside."""

from __future__ import annotations

from pathlib import Path

import pytest
from nights import BERLIN, OPEN, Night, all_but_the_log
from truth import numbers

from dialer.actions import run as running
from dialer.engine.ports import Observer
from dialer.errors import Exit, SetupError
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)

PLACE = """
[results]
file = "../results/{campaign}/{date}-{list}-run{run}.csv"
latest = "../results/{campaign}/latest.csv"
"""


@pytest.fixture
def nightly(dialling, truth):
    def make(results=PLACE, hours=f'timezone = "{BERLIN}"\n'):
        folder = dialling.home / "campaigns"
        folder.mkdir(exist_ok=True)
        night = Night(dialling, truth, "")
        night.file = folder / "nightly.toml"
        night.file.write_text(f'name = "nightly"\n{OPEN}{hours}{results}')
        return night

    return make


def put(night, count, *, first=0, name="list.csv"):
    (night.dialer.home / name).write_text("\n".join(["phone", *numbers(first + count)[first:], ""]))
    return night.dialer.home / name


def kept(night):
    """Every file of results, by its path under the home."""
    return {name: text for name, text in all_but_the_log(night.dialer).items() if name.startswith("results/")}


def test_two_nights_of_one_list_name_have_a_file_each_and_the_latest_is_the_second(nightly):
    night = nightly()
    put(night, 2)
    first = night.run("2026-11-24T23:30+00:00")
    put(night, 3, first=10)
    second = night.run("2026-11-25T18:00+00:00")

    folder = night.dialer.home / "results" / "nightly"
    assert [first.results, second.results] == [
        folder / "2026-11-25-list-run1.csv",  # it was past midnight in Berlin
        folder / "2026-11-25-list-run2.csv",
    ]
    assert set(kept(night)) == {
        f"results/nightly/{name}" for name in ("2026-11-25-list-run1.csv", "2026-11-25-list-run2.csv", "latest.csv")
    }
    assert (folder / "latest.csv").read_bytes() == second.results.read_bytes() != first.results.read_bytes()


def test_a_run_that_is_gone_on_with_on_another_day_keeps_its_file_and_an_older_one_is_not_the_latest(nightly):
    night = nightly()
    one = put(night, 3)
    begun = night.run("2026-11-24T18:00+00:00", one, limit=1)
    other = night.run("2026-11-25T18:00+00:00", put(night, 1, first=10, name="b.csv"))
    done = night.run("2026-11-26T18:00+00:00", one)

    assert (done.results, done.exit_code) == (begun.results, Exit.DONE)
    assert len(done.results.read_text("utf-8-sig").splitlines()) == 4
    assert (done.results.parent / "latest.csv").read_bytes() == other.results.read_bytes()


def test_what_is_named_on_the_command_line_wins_and_is_the_latest_too(nightly):
    night = nightly()
    ran = night.run("2026-11-24T18:00+00:00", put(night, 2), output=night.dialer.home / "own.csv")

    assert ran.results == night.dialer.home / "own.csv"
    assert kept(night) == {"results/nightly/latest.csv": ran.results.read_bytes()}


def test_a_run_that_died_while_it_was_begun_has_its_file_by_its_number(nightly):
    night = nightly()
    prepared = running.prepare(night.request("2026-11-24T18:00+00:00", contacts=put(night, 2)), night.env())
    with open_ledger(night.choices().ledger) as ledger:
        prepared.begin(ledger, Observer())  # and no session of it
    assert night.resume("2026-11-24T18:05+00:00").results.name == "2026-11-24-list-run1.csv"


def test_a_rehearsal_leaves_the_latest_results_alone(nightly, dialling):
    night = nightly()
    put(night, 2)
    dialling.here("run", "list.csv", "-c", night.file, "--sandbox", "--rate", 1000)
    assert [Path(name).name.partition("-list")[1:] for name in kept(night)] == [("-list", "-run1.csv")]


def test_a_copy_that_cannot_be_written_costs_a_sentence_and_no_run(nightly):
    night = nightly()
    prepared = running.prepare(night.request("2026-11-24T18:00+00:00", contacts=put(night, 2)), night.env())
    (night.dialer.home / "results" / "nightly" / "latest.csv").mkdir(parents=True)

    ran = night.dial(prepared)

    assert ran.exit_code is Exit.DONE
    assert any("latest.csv could not be replaced, and holds older results" in note for note in ran.notes)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ('file = "{day}.csv"', "results.file: takes {campaign}, {list}, {date}, {run} in braces, and nothing else"),
        ('file = "{run}/{date}.csv"', "results: file: {run} is for the name of the file, not for its folder"),
        ('file = "{run!r}.csv"', "results.file: takes {campaign}, {list}, {date}, {run} in braces, and nothing else"),
        ('file = "{run.csv"', "results.file: takes {campaign}, {list}, {date}, {run} in braces, and nothing else"),
        ('latest = "{date}.csv"', "results.latest: takes {campaign}, {list} in braces, and nothing else"),
    ],
)
def test_a_pattern_that_cannot_be_filled_ends_with_2(nightly, results, said):
    night = nightly(f"[results]\n{results}\n")
    put(night, 1)
    assert night.dialer.here("check", "list.csv", "-c", night.file, code=2).err == f"error: {night.file}: {said}\n"


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ('file = "../list.csv/{run}.csv"', "a folder for them cannot be made in"),
        ('latest = "../list.csv"', "list.csv holds no results, and would be overwritten"),
        ('latest = "latest.xlsx"', "latest.xlsx is not of the kind of list.results.csv, whose copy it is"),
        ('latest = "nightly.toml"', "nightly.toml"),
    ],
)
def test_a_place_that_is_no_good_is_told_before_anybody_is_rung(nightly, results, said):
    night = nightly(f"[results]\n{results}\n")
    with pytest.raises(SetupError, match=said):
        night.run("2026-11-24T18:00+00:00", put(night, 1))
    night.file.write_text(night.file.read_text().replace("[hours]", 'contacts = "../*.csv"\n[hours]', 1))
    assert said in night.dialer.here("check", "-c", night.file, code=2).err
    assert night.truth.requests == []


def test_a_check_makes_no_folder(nightly):
    night = nightly()
    put(night, 1)
    before = night.dialer.files()
    night.file.write_text(night.file.read_text().replace("[hours]", 'contacts = "../*.csv"\n[hours]', 1))
    night.dialer.here("check", "-c", night.file)
    assert night.dialer.files() == before
    assert not (night.dialer.home / "results").exists()
