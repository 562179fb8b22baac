"""Which list is dialled: never what the program wrote itself or another is writing, and none to its end twice."""

from __future__ import annotations

import csv
import json
import os

import pytest
from truth import ANY_HOUR, numbers

from dialer.reports.results import COLUMNS, is_results

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)
NIGHTLY = f'name = "nightly"\ncontacts = "lists/*"\n{ANY_HOUR}'


def campaign(dialer, text=NIGHTLY):
    (dialer.home / "lists").mkdir(exist_ok=True)
    return dialer.write_campaign(text)


def put(dialer, name, text, *, age=0.0):
    """Write a file among the lists, last changed so many seconds ago."""
    path = dialer.home / "lists" / name
    path.write_text(text)
    os.utime(path, (path.stat().st_mtime - age,) * 2)
    return path


def a_list(count, *, first=0):
    return "\n".join(["phone,name", *(f"{number},Ann" for number in numbers(first + count)[first:]), ""])


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def bytes_of(dialer):
    """Every file but the log, which tells of each night, whatever became of it."""
    return {name: (dialer.home / name).read_bytes() for name in dialer.files() if not name.endswith(".log")}


# What a pattern picks

HALF_WRITTEN = [
    *("~$tonight.csv", "~tonight.csv", "tonight.csv~", "#tonight.csv#", "tonight.csv#", "tonight.TMP"),
    *("tonight.csv.part", "tonight.csv.PART", "tonight.filepart", "tonight.csv.tmp", "tonight.crdownload"),
    *("tonight.download", "tonight.partial", "tonight.csv.swp", "tonight.lock", "~WRL0001.tmp"),
]


@pytest.mark.parametrize("name", HALF_WRITTEN)
def test_a_lock_or_half_written_file_is_not_picked(dialling, truth, name):
    file = campaign(dialling)
    put(dialling, "list.csv", a_list(2), age=60)
    put(dialling, name, a_list(2, first=10))

    ran = dialling.here("run", "-c", file, *FAST)

    assert f"passed over: {name} is a lock or is still being written" in ran.out
    assert sorted(number for number, _ in truth.rang) == sorted(numbers(2))


@pytest.mark.parametrize("name", [".tonight.csv", ".~lock.tonight.csv#", ".tonight.csv.Xy3k2", ".results.x1.part"])
def test_a_hidden_file_is_not_picked(dialling, name):
    file = campaign(dialling, NIGHTLY.replace("lists/*", "lists/.*"))
    put(dialling, name, a_list(2))

    assert f"{name} is a lock or is still being written" in dialling.here("run", "-c", file, code=2).err


def test_what_the_program_wrote_is_never_tonights_list(dialling, truth):
    file = campaign(dialling)
    put(dialling, "list.csv", a_list(3) + "nobody,Bob\n", age=60)
    words = ("-c", file, "--json")
    dialling.here("check", *words, "-o", "lists/checked.csv", "--problems", "lists/bad.csv", code=1)
    dialling.here("run", *words, *FAST)
    dialling.here("report", "-o", "lists/renamed by hand.csv")

    told = dialling.here("check", *words, code=1).json
    again = dialling.here("run", *words, *FAST, code=5).json

    assert told["list"] == str(dialling.home / "lists" / "list.csv")
    passed = next(note for note in told["notes"] if note.startswith("passed over: "))
    assert "renamed by hand.csv holds the results of a run or a check" in passed
    assert "and 1 more" in passed
    assert again["errors"][0].startswith(f"nothing to do: {told['list']} was dialled to its end by run 1")
    assert sorted(number for number, _ in truth.rang) == sorted(numbers(3))


def test_a_quiet_night_without_a_new_list_says_nothing(dialling):
    file = campaign(dialling)
    put(dialling, "list.csv", a_list(3))
    said = [dialling.here("run", "-c", file, *FAST, "--quiet", code=code) for code in (0, 5)]
    assert [ran.out + ran.err for ran in said] == ["", ""]


def test_results_are_known_by_the_ledger_too(dialling, truth):
    file = campaign(dialling)
    put(dialling, "list.csv", a_list(3), age=60)
    dialling.here("run", "-c", file, *FAST)
    (dialling.home / "lists" / "list.csv.results.csv").unlink(missing_ok=True)
    put(dialling, "list.results.csv", a_list(2, first=10))

    dialling.here("run", "-c", file, *FAST, code=5)

    assert len(truth.rang) == 3


def test_files_of_the_campaign_and_the_ledger_are_no_lists(dialling, truth):
    (dialling.home / "lists").mkdir()
    file = dialling.home / "lists" / "nightly.toml"
    file.write_text('name = "nightly"\ncontacts = "*"\n[suppression]\nfiles = [{ path = "stop.csv" }]\n' + ANY_HOUR)
    put(dialling, "stop.csv", a_list(1, first=10), age=-5)
    put(dialling, "list.csv", a_list(2), age=60)
    dialling.env["DIALER_LEDGER"] = str(dialling.home / "lists" / "calls.db")

    dialling.here("run", "-c", file, *FAST)
    ran = dialling.here("run", "-c", file, *FAST, code=5)

    assert "list.csv was dialled to its end" in ran.err
    assert len(truth.rang) == 2


def test_a_pattern_that_matches_no_list_says_what_it_matches(dialling):
    file = campaign(dialling)
    put(dialling, "list.csv.part", a_list(2))

    ran = dialling.here("run", "-c", file, code=2)

    said = "but list.csv.part is a lock or is still being written"
    assert ran.err == f"error: no contact list: nothing matches 'lists/*' beside {file} {said}\n"


def test_a_file_named_letter_by_letter_is_meant_but_for_results(dialling):
    file = campaign(dialling, NIGHTLY.replace("lists/*", "lists/tonight.csv.tmp"))
    put(dialling, "tonight.csv.tmp", a_list(2))
    assert dialling.here("check", "-c", file, "--json").json["outcomes"] == {"ready": 2}

    put(dialling, "tonight.csv.tmp", "phone,row,number,outcome,callId,status,error,attempts,called_at\n")
    assert "is no contact list" in dialling.here("check", "-c", file, code=2).err


# What is refused as a list


@pytest.mark.parametrize("command", ["check", "run", "init"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_results_named_as_a_list_are_refused(dialling, truth, command, delimiter):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    dialling.here("run", contacts, *FAST)
    text = (dialling.home / "list.results.csv").read_text("utf-8-sig").replace(",", delimiter)
    (dialling.home / "tonight.csv").write_text(text)

    ran = dialling.here(command, "tonight.csv", code=2)

    assert "tonight.csv holds the results of a run or a check, and is no contact list" in ran.err
    assert len(truth.rang) == 2


def test_results_are_refused_where_the_campaign_says_the_headings(dialling):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    dialling.here("run", contacts, *FAST)
    names = ", ".join(f'"{name}"' for name in ("phone", *COLUMNS))
    file = dialling.write_campaign(f'name = "x"\n[list]\nheadings = [{names}]\n')

    assert "is no contact list" in dialling.here("run", "list.results.csv", "-c", file, code=2).err


def test_headings_are_those_of_results_by_what_stands_in_them():
    assert {
        headings: is_results(headings.split(","))
        for headings in (
            "phone,row,number,outcome,callId,status,error,attempts,called_at",
            "phone,Number,OUTCOME, callid ,status,row",
            "row,outcome,callId,error,attempts,phone",
            "phone,status,row",
            "phone,row,number,status,error,attempts,called_at",
            "phone,outcome,callId,status",
            "phone,outcome",
        )
    } == {
        "phone,row,number,outcome,callId,status,error,attempts,called_at": True,
        "phone,Number,OUTCOME, callid ,status,row": True,
        "row,outcome,callId,error,attempts,phone": True,
        "phone,status,row": False,
        "phone,row,number,status,error,attempts,called_at": False,
        "phone,outcome,callId,status": False,
        "phone,outcome": False,
    }


def test_a_list_may_have_columns_that_results_have(dialling, truth):
    contacts = dialling.write_list([[numbers(1)[0], "7", "gold", "x"]], headings=("phone", "row", "status", "error"))

    dialling.here("run", contacts, *FAST)

    assert [call.body["parameters"] for call in truth.calls] == [{"row": "7", "status": "gold", "error": "x"}]


def test_mended_rows_are_a_list_when_they_are_named(dialling, truth):
    contacts = dialling.write_list([[numbers(1)[0]], ["nobody"]])
    dialling.here("check", contacts, "--problems", "bad.csv", code=1)
    mended = (dialling.home / "bad.csv").read_text("utf-8-sig").replace("\nnobody", f"\n{numbers(2)[1]}")
    (dialling.home / "bad.csv").write_text(mended, "utf-8-sig")

    dialling.here("run", "bad.csv", *FAST)

    assert [number for number, _ in truth.rang] == [numbers(2)[1]]


# A row that was cut off

WHOLE = "+4930123456789"
LAST = {
    "cut in the number": ("name,phone\nAnn,{0}\nBernd,{1}", 1),
    "not cut at all": ("name,phone\nAnn,{0}\nBernd,{2}", 1),
    "cut in a cell": ("phone,name\n{0},Ann\n{2},Ber", 1),
    "cut before a cell": ("phone,name\n{0},Ann\n{2}", 1),
    "quoted": ('name,phone\n"Ann","{0}"\n"Bernd","{2}"', 1),
    "old line ends": ("name,phone\rAnn,{0}\rBernd,{2}", 1),
    "ended": ("name,phone\nAnn,{0}\nBernd,{2}\n", 2),
    "ended as Windows does": ("name,phone\r\nAnn,{0}\r\nBernd,{2}\r\n", 2),
    "ended as it was long ago": ("name,phone\rAnn,{0}\rBernd,{2}\r", 2),
    "empty lines behind": ("name,phone\nAnn,{0}\nBernd,{2}\n\n\n", 2),
}


@pytest.mark.parametrize("case", LAST)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_last_row_without_a_line_end_is_not_dialled(dialling, truth, case, encoding):
    text, rung = LAST[case]
    contacts = dialling.home / "list.csv"
    contacts.write_bytes(text.format(numbers(1)[0], WHOLE[:-3], WHOLE).encode(encoding))

    ran = dialling.here("run", contacts, *FAST, "--json")

    assert [number for number, _ in truth.rang] == [numbers(1)[0], WHOLE][:rung]
    assert ran.json["outcomes"] == ({"placed": 2} if rung == 2 else {"placed": 1, "invalid": 1})
    assert ("press Enter behind it" in dialling.results()[1]["error"]) == (rung == 1)
    assert any("the list may have been cut off" in note for note in ran.json["notes"]) == (rung == 1)
    assert dialling.here("verify", "--json").json["exit_code"] == 0


def test_a_row_that_was_cut_off_stays_so_until_a_person_says_otherwise(dialling):
    (dialling.home / "list.csv").write_text(f"name,phone\nAnn,{numbers(1)[0]}\nBernd,+49301234567")
    dialling.here("check", "list.csv", "--problems", "bad.csv", code=1)
    (bad,) = rows(dialling.home / "bad.csv")
    assert (bad["dialer_row"], bad["dialer_codes"]) == ("3", "row-cut-off")

    told = dialling.here("check", "bad.csv", "--json", code=1).json
    assert [group["code"] for group in told["problems"]] == ["not-mended"]

    mended = (dialling.home / "bad.csv").read_text("utf-8-sig").replace("row-cut-off", "")
    (dialling.home / "bad.csv").write_text(mended, "utf-8-sig")
    assert dialling.here("check", "bad.csv", "--json").json["outcomes"] == {"ready": 1}


def test_a_row_that_was_cut_off_is_proved_when_the_list_has_been_mended_since(dialling):
    (dialling.home / "list.csv").write_text(f"name,phone\nAnn,{numbers(1)[0]}\nBernd,{WHOLE}")
    dialling.here("run", "list.csv", *FAST)
    with (dialling.home / "list.csv").open("a") as file:
        file.write("\n")

    assert "BROKEN" not in dialling.here("verify", code=1).out


# A list that was dialled to its end


@pytest.mark.parametrize("words", [(), ("--json",), ("--new",), ("--again",)], ids=" ".join)
@pytest.mark.parametrize("name", ["list.csv", "another name.csv"])
def test_a_finished_list_is_not_begun_again_and_no_file_changes(dialling, truth, words, name):
    file = dialling.write_campaign('name = "nightly"\n')
    contacts = dialling.write_list([[number] for number in numbers(5)])
    dialling.here("run", contacts, "-c", file, *FAST)
    contacts.rename(dialling.home / name)
    before = bytes_of(dialling)

    dialling.here("run", name, "-c", file, *FAST, *words, code=5)

    assert bytes_of(dialling) == before
    assert len(truth.rang) == 5
    assert len(dialling.here("runs", "--json").json["runs"]) == 1


def test_a_finished_list_is_dialled_once_more_where_that_is_meant_into_results_of_its_own(dialling, truth):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    dialling.here("run", contacts, *FAST)
    first = (dialling.home / "list.results.csv").read_bytes()

    again = dialling.here("run", contacts, *FAST, "--list-again", "--json").json
    dialling.here("run", contacts, *FAST, code=5)

    assert (again["run"], again["results"]) == (2, str(dialling.home / "list.results-run2.csv"))
    assert (dialling.home / "list.results.csv").read_bytes() == first
    assert len(truth.rang) == 4


def test_a_list_is_finished_for_the_campaign_that_dialled_it_alone(dialling, truth):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    for name in ("one", "two"):
        dialling.here("run", contacts, "-c", dialling.write_campaign(f'name = "{name}"\n'), *FAST)

    assert len(truth.rang) == 4


def test_what_the_sandbox_finished_is_still_to_be_dialled(dialling, truth):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    dialling.here("run", contacts, *FAST, "--sandbox", "--ledger", dialling.home / "ledger.db")
    dialling.here("run", contacts, *FAST)

    assert len(truth.rang) == 2


# Results of another run


def test_each_night_of_one_name_keeps_its_results(dialling):
    for night in range(3):
        contacts = dialling.write_list([[number] for number in numbers(2 * night + 2)[2 * night :]])
        dialling.here("run", contacts, *FAST)

    names = ("list.results.csv", "list.results-run2.csv", "list.results-run3.csv")
    assert [[line["number"] for line in dialling.results(name)] for name in names] == [
        numbers(2),
        numbers(4)[2:],
        numbers(6)[4:],
    ]


def test_a_run_goes_on_with_its_own_results(dialling):
    dialling.write_list([[numbers(9)[8]]])
    dialling.here("run", "list.csv", *FAST)
    contacts = dialling.write_list([[number] for number in numbers(4)])

    told = [
        dialling.here(*words, *FAST, "--json", code=None).json["results"]
        for words in (("run", contacts, "--limit", 1), ("run", contacts, "--limit", 2), ("resume", "2"))
    ]

    assert told == [str(dialling.home / "list.results-run2.csv")] * 3
    assert [line["outcome"] for line in dialling.results("list.results-run2.csv")] == ["placed"] * 4


def test_results_of_another_ledger_and_any_other_file_are_left_as_they_are(dialling):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    (dialling.home / "list.results.csv").write_text("something else\n")
    (dialling.home / "list.results-run1.csv").write_text("of another ledger\n")

    ran = dialling.here("run", contacts, *FAST, "--json")

    assert ran.json["results"] == str(dialling.home / "list.results-run1-2.csv")
    assert f"{dialling.home}/list.results.csv holds other results and was left as it is" in ran.json["notes"]
    assert (dialling.home / "list.results.csv").read_text() == "something else\n"


@pytest.mark.parametrize("option", ["-o", "--problems"])
def test_a_check_does_not_write_over_the_results_of_a_run(dialling, option):
    contacts = dialling.write_list([[number] for number in numbers(2)])
    dialling.here("run", contacts, *FAST)

    ran = dialling.here("check", contacts, option, "list.results.csv", code=2)

    assert f"name another file with {option}" in ran.err


def test_a_report_does_not_write_over_the_results_of_another_run(dialling):
    for night in range(2):
        contacts = dialling.write_list([[numbers(night + 1)[night]]])
        dialling.here("run", contacts, *FAST)

    told = dialling.here("report", "1", "-o", "list.results-run2.csv", "--json").json

    assert told["results"] == str(dialling.home / "list.results-run2-run1.csv")
    assert dialling.results("list.results-run2.csv")[0]["number"] == numbers(2)[1]


# Names of files


@pytest.mark.parametrize("named", ["list", "folder", "-o", "--ledger", "-c"])
def test_a_name_that_is_no_text_is_refused_with_a_sentence(dialling, truth, named):
    odd = os.fsdecode(b"o\xffdd")
    folder = dialling.home / (odd if named == "folder" else "lists")
    folder.mkdir()
    contacts = folder / (f"{odd}.csv" if named == "list" else "list.csv")
    contacts.write_text(a_list(2))
    campaign = dialling.home / (f"{odd}.toml" if named == "-c" else "c.toml")
    campaign.write_text(f'name = "x"\n{ANY_HOUR}')
    more = [named, dialling.home / f"{odd}.out"] if named in {"-o", "--ledger"} else []
    before = bytes_of(dialling)

    ran = dialling.here("run", contacts, "-c", campaign, *FAST, *more, code=2)

    assert ("o�dd" in ran.err, "is no UTF-8" in ran.err, "rename it" in ran.err) == (True, True, True)
    assert (bytes_of(dialling), truth.requests) == (before, [])


def test_a_name_that_is_no_text_can_be_shown(odd_list):
    ran = odd_list("init", os.fsdecode(b"o\xffdd.csv"), "--json")
    assert json.loads(ran.out)["exit_code"] == 0


@pytest.fixture
def odd_list(dialer):
    (dialer.home / os.fsdecode(b"o\xffdd.csv")).write_text(a_list(2))
    return dialer
