"""The log to read afterwards: fixed shapes, one line an event, nothing that must not be shared, never in the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from builders import START, HandClock, a_claim, a_settlement, number_of
from truth import Rule, numbers

from dialer.domain.call import Accepted, NotSent, Outcome, Refused, RunMustStop, Throttled, TokenEnded, Unclear
from dialer.engine.ports import SessionEnd, SessionStart
from dialer.errors import SetupError
from dialer.events.journal import Journal
from dialer.events.progress import Progress

pytest_plugins = ("commands",)

AT = "2026-03-02T15:00:00.000Z"
HOSTILE = 'a\nb\r\nc\x1b[31m\x00\u2028\u2029\x85\ud800"}{'


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db.log"


def a_journal(path, clock, **changes):
    return Journal(path, now=clock.now, ticks=clock.ticks, **changes)


def begin(journal, **changes):
    known = {"run": 3, "campaign": "spring", "rows": 4, "outcomes": {Outcome.PENDING: 4}, "calls": 4, "again": False}
    journal.started(SessionStart(**known | changes))


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def written(path, clock, *settlements):
    """Settle calls in a run and read back what was written of them."""
    with a_journal(path, clock) as journal:
        begin(journal)
        for settlement in settlements:
            journal.settled(settlement)
    return lines(path)[1:]


def test_a_session_is_written_with_its_counts(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal)
        clock.forward(2)
        journal.held_back("busy", 1.5)
        journal.stopping("stopped")
        outcomes = {Outcome.PLACED: 1, Outcome.PENDING: 3, Outcome.FAILED: 0}
        journal.ended(SessionEnd(end="interrupted", reason="stopped", outcomes=outcomes, seconds=2.00049))

    run, later = {"run": 3, "campaign": "spring"}, "2026-03-02T15:00:02.000Z"
    assert lines(path) == [
        {"event": "run.started", "at": AT, **run, "rows": 4, "outcomes": {"pending": 4}},
        {"event": "run.held_back", "at": later, **run, "seconds": 1.5, "reason": "busy"},
        {"event": "run.stopping", "at": later, **run, "reason": "stopped"},
        {
            "event": "run.ended",
            "at": later,
            **run,
            "end": "interrupted",
            "outcomes": {"placed": 1, "pending": 3},
            "seconds": 2.0,
            "reason": "stopped",
        },
    ]


def test_a_long_run_gives_a_sign_of_life_every_ten_minutes_with_what_it_has_done(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal)
        for minutes in (9, 1, 9, 1):
            clock.forward(minutes * 60)
            journal.settled(a_settlement(a_claim(), Accepted("id-1", "queued")))
        clock.forward(600)
        journal.looked_up("queued", ended=False)

    told = [line for line in lines(path) if line["event"] == "run.progress"]
    assert [(line["at"][11:16], line["answers"], line["looked_up"]) for line in told] == [
        ("15:10", {"placed": 2}, 0),
        ("15:20", {"placed": 4}, 0),
        ("15:30", {"placed": 4}, 1),
    ]


def test_a_later_session_says_that_it_continues_the_run(path, clock):
    for again in (False, True):
        with a_journal(path, clock) as journal:
            begin(journal, again=again)

    assert [line["event"] for line in lines(path)] == ["run.started", "run.continued"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Accepted("id-1", "queued"), ("accepted", "placed", "")),
        (Refused("no such flow"), ("refused", "rejected", "no such flow")),
        (NotSent("no route"), ("notsent", "pending", "no route")),
        (Throttled("slow down", 2.0), ("throttled", "pending", "slow down")),
        (TokenEnded("expired"), ("tokenended", "pending", "expired")),
        (Unclear("reset"), ("unclear", "unknown", "may have rung: reset")),
        (RunMustStop("forbidden", "check it"), ("runmuststop", "pending", "forbidden")),
    ],
)
def test_every_answer_becomes_one_line_of_a_fixed_shape(path, clock, answer, told):
    settlement = a_settlement(a_claim(2, tries=1), answer)

    assert written(path, clock, settlement._replace(sent_at=START - timedelta(milliseconds=250))) == [
        {
            "event": "call.settled",
            "at": AT,
            "run": 3,
            "campaign": "spring",
            "row": 2,
            "number": "+12…02",
            "tries": 1,
            "seconds": 0.25,
            **dict(zip(("answer", "outcome", "reason"), told, strict=True)),
        }
    ]


@pytest.mark.parametrize(
    "said",
    ["{0} is bad", "bad:{0}", "1 (212) 555-0002 is bad", "212.555.0002", "tel:12125550002;x", "name Annabel is bad"],
)
def test_a_reason_repeats_neither_number_nor_parameter(path, clock, said):
    claim = a_claim(2)._replace(parameters={"name": "Annabel", "n": 1})

    (line,) = written(path, clock, a_settlement(claim, Refused(said.format(number_of(2)))))

    assert "…" in line["reason"]
    assert [word for word in ("0002", "555", "Annabel") if word in line["reason"]] == []


def test_what_holds_a_run_back_repeats_no_parameter_either(path, clock):
    said = "slow down, Annabel +12125550002"
    with a_journal(path, clock) as journal:
        begin(journal)
        journal.settled(a_settlement(a_claim(2)._replace(parameters={"name": "Annabel"}), Throttled(said)))
        journal.held_back(said, 1.0)

    assert [line["reason"] for line in lines(path)[1:]] == ["slow down, … +12…02"] * 2


GARCIA = {"name": "José García", "city": "Ulm", "title": "Dr"}


@pytest.mark.parametrize(
    "said",
    [
        '{{"said": "Jos\\u00e9 Garc\\u00eda"}}',
        "no José García here",
        "no Mr. GARCÍA here",
        "Jos&eacute; or Garc\\u00eda",
        "name=Jos%C3%A9%20Garc%C3%ADa",
        "bad row: José Gar…",
        "Dr in Ulm",
    ],
)
def test_a_parameter_is_hidden_however_it_is_spelt(path, clock, said):
    claim = a_claim(2)._replace(parameters=GARCIA)

    (line,) = written(path, clock, a_settlement(claim, Refused(said.replace("{{", "{").replace("}}", "}"))))

    assert "…" in line["reason"]
    assert [word for word in ("Gar", "GAR", "Jos\\", "José", "Jos%", "Ulm", "Dr") if word in line["reason"]] == []


def test_words_that_only_look_like_a_short_parameter_stay(path, clock):
    claim = a_claim(2)._replace(parameters={"country": "US", "n": 4})

    (line,) = written(path, clock, a_settlement(claim, Refused("HTTP 404: trust the USA, not US")))

    assert line["reason"] == "HTTP 404: trust the USA, not …"


def test_what_stopped_a_run_stays_hidden_after_other_answers(path, clock):
    said = "HTTP 403: no scope to call Annabel at +12125550002"
    with a_journal(path, clock) as journal:
        begin(journal)
        journal.settled(a_settlement(a_claim(2)._replace(parameters={"name": "Annabel"}), RunMustStop(said, "tip")))
        for row in (3, 4):
            journal.settled(a_settlement(a_claim(row)._replace(parameters={"name": "Bernard"}), Refused("no")))
        journal.ended(SessionEnd(end="refused", reason=said, outcomes={}, seconds=1.0))

    assert lines(path)[-1]["reason"] == "HTTP 403: no scope to call … at +12…02"


def test_the_progress_of_a_run_repeats_no_number_and_no_parameter(capsys, clock):
    with Progress(shown=True, ticks=clock.ticks) as progress:
        begin(progress)
        clock.forward(60)
        progress.settled(a_settlement(a_claim(2)._replace(parameters={"name": "Annabel"}), Throttled("busy")))
        progress.held_back("slow down, Annabel\n+1 212 555 0002", 2.0)

    assert capsys.readouterr().err == "0 of 4 calls, 0 a second; waiting 2 s: slow down, … +1 …02\n"


def test_hostile_text_stays_within_its_line(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal, campaign=HOSTILE)
        journal.settled(a_settlement(a_claim(2), Refused(HOSTILE)))
        journal.held_back(HOSTILE, 1.0)
        journal.stopping(HOSTILE)
        journal.ended(SessionEnd(end="refused", reason=HOSTILE, outcomes={}, seconds=1.0))

    text = path.read_text("utf-8")
    clean = 'a b  c [31m     "}{'
    assert text.replace("\n", "").isprintable()
    assert [line.get("reason", clean) for line in lines(path)] == [clean] * 5
    assert {line["campaign"] for line in lines(path)} == {clean}


def test_a_long_reason_is_cut(path, clock):
    (line,) = written(path, clock, a_settlement(a_claim(2), Refused("x" * 100_000)))

    assert line["reason"] == "x" * 199 + "…"


def test_lines_wait_for_each_other_for_a_second_at_the_most(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal)
        seen = []
        for row in range(2, 6):
            clock.forward(0.4)
            journal.settled(a_settlement(a_claim(row), Accepted("id")))
            seen.append(len(lines(path)))

    assert (seen, len(lines(path))) == ([1, 1, 4, 4], 5)


def test_a_full_file_gives_way_to_a_new_one_and_five_are_kept(path, clock):
    before = os.umask(0)
    try:
        with a_journal(path, clock, size=1000) as journal:
            begin(journal)
            for _ in range(100):
                journal.held_back("busy", 1.0)
    finally:
        os.umask(before)

    kept = sorted(path.parent.iterdir())
    assert [file.name for file in kept] == [path.name, *(f"{path.name}.{number}" for number in range(1, 5))]
    assert {mode(file) for file in kept} == {0o600}
    assert all(file.stat().st_size <= 1000 and lines(file) for file in kept)


def test_a_file_others_could_read_is_closed_to_them(path, clock):
    path.touch(0o644)
    path.chmod(0o644)

    a_journal(path, clock).close()

    assert mode(path) == 0o600


def test_a_file_another_process_moved_away_is_not_followed(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal)
        path.rename(path.with_suffix(".old"))
        journal.stopping("stopped")

    assert [line["event"] for line in lines(path)] == ["run.stopping"]


def test_half_a_line_of_a_dead_session_spoils_no_other(path, clock):
    path.write_text('{"event": "call.set')

    with a_journal(path, clock) as journal:
        begin(journal)

    torn, whole = path.read_text("utf-8").splitlines()
    assert (torn, json.loads(whole)["event"]) == ('{"event": "call.set', "run.started")


def test_a_log_that_cannot_be_opened_is_a_complaint(tmp_path, clock):
    (tmp_path / "file").touch()

    for path in (tmp_path, tmp_path / "none" / "x.log", tmp_path / "file" / "x.log"):
        with pytest.raises(SetupError, match="cannot be opened for writing"):
            a_journal(path, clock)


@pytest.mark.parametrize("content", ["phone\n+12125550002", '{"a":1}', '{"eve": 1}', "{}", "[1]"])
def test_a_file_that_is_no_log_is_left_alone(tmp_path, clock, content):
    path = tmp_path / "list.csv"
    path.write_text(content)
    path.chmod(0o644)

    with pytest.raises(SetupError, match="is not a log: name another with --log"):
        a_journal(path, clock)

    assert (path.read_text(), mode(path)) == (content, 0o644)


@pytest.mark.parametrize("torn", ["", "{", '{"eve', '{"event": "'])
def test_a_log_that_was_torn_at_its_beginning_is_gone_on_with(path, clock, torn):
    path.write_text(torn)

    with a_journal(path, clock) as journal:
        begin(journal)

    assert json.loads(path.read_text("utf-8").splitlines()[-1])["event"] == "run.started"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_a_full_disk_quiets_the_journal_and_is_said(clock):
    with a_journal(Path("/dev/full"), clock) as journal:
        begin(journal)
        journal.held_back("busy", 1.0)
        journal.ended(SessionEnd(end="done", reason="", outcomes={}, seconds=1.0))

    assert journal.trouble == "the log /dev/full is not whole: No space left on device"


def test_a_journal_without_trouble_has_nothing_to_say(path, clock):
    with a_journal(path, clock) as journal:
        begin(journal)

    assert journal.trouble == ""


def test_a_folder_that_goes_away_quiets_the_journal_and_is_said(tmp_path, clock):
    path = tmp_path / "logs" / "x.log"
    path.parent.mkdir()
    with a_journal(path, clock) as journal:
        begin(journal)
        shutil.rmtree(path.parent)
        journal.held_back("busy", 1.0)
        journal.ended(SessionEnd(end="done", reason="", outcomes={}, seconds=1.0))

    assert journal.trouble == f"the log {path} is not whole: No such file or directory"


def test_a_folder_that_comes_back_is_logged_into_again(tmp_path, clock):
    path = tmp_path / "logs" / "x.log"
    path.parent.mkdir()
    with a_journal(path, clock) as journal:
        begin(journal)
        path.parent.rename(tmp_path / "old")
        path.parent.mkdir()
        journal.held_back("busy", 1.0)

    assert ([line["event"] for line in lines(path)], journal.trouble) == (["run.held_back"], "")


@pytest.mark.parametrize("content", ["", '{"event": "run.started"}\n', None], ids=["empty", "a log", "not there"])
def test_a_link_planted_in_the_place_of_a_log_is_not_followed(tmp_path, path, clock, content):
    victim = tmp_path / "victim"
    if content is not None:
        victim.write_text(content)
        victim.chmod(0o644)
    path.symlink_to(victim)

    with pytest.raises(SetupError, match="cannot be opened for writing: it is a symbolic link"):
        a_journal(path, clock)

    assert victim.exists() == (content is not None)
    assert content is None or (victim.read_text(), mode(victim)) == (content, 0o644)


def test_a_link_planted_while_a_run_goes_on_is_not_followed(tmp_path, path, clock):
    victim = tmp_path / "victim"
    with a_journal(path, clock) as journal:
        begin(journal)
        path.unlink()
        path.symlink_to(victim)
        journal.held_back("busy", 1.0)

    assert (victim.exists(), journal.trouble != "") == (False, True)


# The commands


@pytest.mark.parametrize("name", ["-", "/dev/stderr", "/proc/self/fd/2"])
@pytest.mark.parametrize("to_a_file", [False, True])
def test_standard_error_is_a_log_too(dialling, name, to_a_file):
    contacts = dialling.write_list([number] for number in numbers(3))
    said = dialling.home / "said.txt"

    with said.open("w") as file:
        stderr = file.fileno() if to_a_file else subprocess.PIPE
        with dialling.started("run", contacts, "--rate", 1000, "--log", name, "--json", stderr=stderr) as process:
            out, err = process.communicate(timeout=60)

    told = [json.loads(line)["event"] for line in (said.read_text() if to_a_file else err).splitlines()]
    assert told == ["run.started", *["call.settled"] * 3, "run.ended"]
    assert json.loads(out)["outcomes"] == {"placed": 3}
    assert not (dialling.home / "-").exists()


def test_a_log_whose_folder_goes_away_costs_no_run_its_results(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(5))
    logs = dialling.home / "logs"
    logs.mkdir()
    truth.tell(Rule(after=0.5))
    words = ("--rate", 1000, "--log", logs / "x.log", "--json")
    with dialling.started("run", contacts, *words) as process:
        truth.wait_for_calls(5)
        shutil.rmtree(logs)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, json.loads(out)["outcomes"], err) == (0, {"placed": 5}, "")
    assert f"the log {logs / 'x.log'} is not whole: No such file or directory" in json.loads(out)["notes"]
    assert [line["outcome"] for line in dialling.results()] == ["placed"] * 5


def test_a_run_in_the_sandbox_is_logged_from_start_to_end(dialer):
    contacts = dialer.write_list([number] for number in numbers(3))
    log, ledger = dialer.home / "events.log", dialer.home / "here.db"
    words = ("--sandbox", "--rate", 1000, "--ledger", ledger, "--json")

    dialer.here("run", contacts, "--limit", 2, "--log", log, *words, code=7)
    dialer.here("run", contacts, "--log", log, *words)

    told = lines(log)
    ends = [line for line in told if line["event"] != "call.settled"]
    assert [(line["event"], line["outcomes"]) for line in ends] == [
        ("run.started", {"pending": 3}),
        ("run.ended", {"placed": 2, "pending": 1}),
        ("run.continued", {"placed": 2, "pending": 1}),
        ("run.ended", {"placed": 3}),
    ]
    assert sorted(line["row"] for line in told if line["event"] == "call.settled") == [2, 3, 4]
    assert [number for number in numbers(3) if number[1:] in log.read_text("utf-8")] == []
    assert mode(log) == 0o600


def test_resume_and_call_log_beside_the_ledger(dialling):
    contacts = dialling.write_list([number] for number in numbers(2))

    dialling.here("run", contacts, "--limit", 1, code=7)
    dialling.here("resume")
    dialling.here("call", numbers(3)[2], "--param", "name=Annabel")

    log = dialling.home / "ledger.db.log"
    assert [line["event"] for line in lines(log)] == [
        *("run.started", "call.settled", "run.ended"),
        *("run.continued", "call.settled", "run.ended"),
        *("run.started", "call.settled", "run.ended"),
    ]
    assert "Annabel" not in log.read_text("utf-8")


def test_a_signal_is_logged_before_the_calls_that_are_still_answered(dialling, truth):
    truth.tell(Rule(after=0.3))
    contacts = dialling.write_list([number] for number in numbers(20))
    with dialling.started("run", contacts, "--rate", 1000, "--in-flight", 2) as process:
        truth.wait_for_calls(2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    told = lines(dialling.home / "ledger.db.log")
    events = ["run.started", "run.stopping", "call.settled", "call.settled", "run.ended"]
    assert [line["event"] for line in told] == events
    assert (told[-1]["end"], told[-1]["outcomes"]) == ("interrupted", {"pending": 18, "placed": 2})


@pytest.mark.parametrize("command", ["run", "call"])
def test_nothing_is_dialled_without_the_log_that_was_asked_for(dialling, truth, command):
    whom = {"run": dialling.write_list([[numbers(1)[0]]]), "call": numbers(1)[0]}[command]

    ran = dialling.here(command, whom, "--log", dialling.home / "none" / "x.log", code=2)

    assert ("cannot be opened for writing" in ran.err, truth.rang) == (True, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is Linux's")
def test_a_run_goes_on_without_its_log_and_says_so(dialling):
    contacts = dialling.write_list([number] for number in numbers(3))

    ran = dialling.here("run", contacts, "--log", "/dev/full", "--json")

    assert ran.json["outcomes"] == {"placed": 3}
    assert "the log /dev/full is not whole: No space left on device" in ran.json["notes"]
