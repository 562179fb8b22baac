"""The Python API: what it gives, what it costs to import, and that its page shows what works."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy, copytree

import pytest
from truth import numbers

import dialer as package

pytest_plugins = ("commands",)

ROOT = Path(__file__).parents[1]
NOON = datetime(2026, 12, 1, 18, tzinfo=UTC)  #: in New York, 13:00
SETTINGS = {"CXONE_FLOW_ID": "flow", "CXONE_CALLER_NUMBER": "+12025550100"}


@pytest.fixture
def write(tmp_path):
    """Write a list."""

    def list_of(text):
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return list_of


def checked(path, **more):
    return package.check(path, at=NOON, ledger=path.with_name("ledger.db"), env={}, **more)


def records(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_the_sample_list_is_checked_into_one_row_a_contact(tmp_path):
    found = package.check(
        ROOT / "sample_contacts.csv",
        campaign=ROOT / "campaigns" / "spring-renewal.toml",
        at=NOON,
        ledger=tmp_path / "ledger.db",
        env={},
    )

    assert list(found.frame.columns) == [
        *("phone", "first_name", "last_name", "account", "due", "balance", "country"),
        *("row", "number", "outcome", "code", "error"),
    ]
    assert list(found.frame["row"]) == list(found.frame.index) == list(range(2, len(found.frame) + 2))
    assert found.frame["outcome"].astype(str).value_counts().to_dict() == found.counts
    assert sum(found.counts.values()) == found.summary.rows == len(found.frame)
    assert records(found.frame.head(1), "phone", "account", "number") == [
        ("+1 202 555 0101", "AC-0001", "+12025550101")
    ]
    assert found.frame.loc[5, "account"] == "0004"


def test_each_row_says_what_is_wrong_with_it(write):
    found = checked(write("phone,name\n+12125550101,Ann\nnobody,Bob\n+12125550101,Cat\n+12125550102\n"))

    assert records(found.frame, "row", "number", "outcome", "code") == [
        (2, "+12125550101", "ready", ""),
        (3, "", "invalid", "number-unreadable"),
        (4, "+12125550101", "duplicate", "duplicate"),
        (5, "", "invalid", "row-width"),
    ]
    assert records(found.frame, "phone", "name")[-1] == ("+12125550102", "")
    assert found.counts == {"ready": 1, "invalid": 2, "duplicate": 1}
    assert records(found.problems, "row", "severity", "code", "column", "value") == [
        (3, "error", "number-unreadable", "phone", "nobody"),
        (4, "error", "duplicate", "phone", "+12125550101"),
        (5, "error", "row-width", "", ""),
    ]


def test_headings_that_are_ours_as_well_are_kept_under_another_name(write):
    found = checked(write("phone,code,row,input_row,error\n+12125550101,0042,NA,x,none\n"))

    assert list(found.frame.columns) == [
        *("phone", "input_code", "input_input_row", "input_row", "input_error"),
        *("row", "number", "outcome", "code", "error"),
    ]
    assert list(found.frame.iloc[0]) == ["+12125550101", "0042", "NA", "x", "none", 2, "+12125550101", "ready", "", ""]


def test_a_list_without_contacts_is_an_empty_frame_of_the_same_types(write):
    full, empty = (checked(write(text)).frame for text in ("phone,name\n+12125550101,Ann\n", "phone,name\n"))

    assert (len(empty), dict(empty.dtypes)) == (0, dict(full.dtypes))


def test_a_check_touches_nothing(write):
    path = write("phone\n+12125550101\n")
    checked(path)

    assert [file.name for file in path.parent.iterdir()] == ["list.csv"]


def test_everything_that_is_wrong_is_one_error(tmp_path):
    with pytest.raises(package.SetupError) as wrong:
        asyncio.run(package.run(tmp_path / "none.csv", env={}, ledger=tmp_path / "ledger.db"))

    said = "\n".join(wrong.value.complaints)
    assert [word for word in ("flow id", "caller number", "none.csv") if word not in said] == []


async def test_a_run_is_awaited_and_read_again(dialling, truth):
    contacts = dialling.write_list([[number, "0042"] for number in numbers(3)], headings=("phone", "status"))
    campaign = dialling.write_campaign('name = "spring"\n')

    summary = await package.run(contacts, campaign=campaign, rate=1000, env=dialling.env)

    results, runs = package.results(env=dialling.env), package.runs(env=dialling.env)
    assert (summary.outcomes, summary.exit_code) == ({"placed": 3}, 0)
    assert records(results, "row", "number", "outcome", "attempts", "input_status") == [
        (row, number, "placed", 1, "0042") for row, number in enumerate(numbers(3), start=2)
    ]
    assert str(results["called_at"].dt.tz) == "UTC"
    assert records(runs, "run", "campaign", "state", "rows", "placed", "unknown") == [
        (1, "spring", "finished", 3, 3, 0)
    ]


async def test_a_service_gives_a_run_a_thread_and_a_loop_of_its_own(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(3))
    campaign = dialling.write_campaign('name = "spring"\n')

    summary = await asyncio.to_thread(asyncio.run, package.run(contacts, campaign=campaign, env=dialling.env))

    assert summary.outcomes == {"placed": 3}


async def test_what_was_not_called_has_no_moment(dialling):
    contacts = dialling.write_list([["nobody"], [numbers(1)[0]]])
    campaign = dialling.write_campaign('name = "spring"\n')
    await package.run(contacts, campaign=campaign, env=dialling.env)

    results = package.results(1, env=dialling.env)
    assert list(results["called_at"].isna()) == [True, False]


def test_without_a_ledger_there_are_no_runs(tmp_path):
    with pytest.raises(package.LedgerError, match="there is no ledger"):
        package.runs(ledger=tmp_path / "ledger.db")


def test_all_that_is_public_is_there_and_documented():
    assert [name for name in package.__all__ if not getattr(package, name).__doc__] == []
    assert dir(package) == package.__all__


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError):
        package.dial  # noqa: B018


def test_importing_costs_nothing():
    script = "import sys, dialer; print(*sorted(set(sys.modules) & {'pandas', 'aiohttp', 'pydantic', 'sqlite3'}))"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert ran.stdout == "\n"


def test_the_types_are_installed():
    assert (Path(package.__file__).parent / "py.typed").is_file()


def test_the_page_shows_what_works(tmp_path):
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    copy(ROOT / "sample_contacts.csv", tmp_path)
    copytree(ROOT / "campaigns", tmp_path / "campaigns")
    script = "\n".join(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL))

    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=False, cwd=tmp_path, capture_output=True, text=True
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "rehearsal.csv" in {path.name for path in tmp_path.iterdir()}
