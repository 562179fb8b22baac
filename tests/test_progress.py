"""What is seen while calls go on: a bar on a terminal, a line a minute elsewhere, nothing where quiet was asked for."""

from __future__ import annotations

import re

import pytest
from builders import START, HandClock, a_claim, a_settlement
from truth import numbers

from dialer.domain.call import Accepted, NotSent, Refused
from dialer.engine.ports import SessionStart
from dialer.events.progress import Progress

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)


@pytest.fixture
def clock():
    return HandClock()


def dialling_of(calls, clock, *, shown=True):
    """Progress of a session that has begun to dial."""
    progress = Progress(shown=shown, ticks=clock.ticks)
    progress.started(SessionStart(run=1, campaign="spring", rows=calls, outcomes={}, calls=calls, again=False))
    return progress


def a_minute_of(progress, clock, answers, *, each=6.0):
    for row, answer in enumerate(answers, start=2):
        clock.forward(each)
        progress.settled(a_settlement(a_claim(row), answer))


def test_without_a_terminal_a_line_a_minute_tells_how_far_it_is(clock, capsys):
    with dialling_of(100, clock) as progress:
        a_minute_of(progress, clock, [Accepted("c")] * 9 + [Refused("no")] + [Accepted("c")] * 15)

    assert capsys.readouterr().err.splitlines() == [
        "10 of 100 calls, 0.17 a second, about 9 min left; placed 9, rejected 1",
        "20 of 100 calls, 0.17 a second, about 8 min left; placed 19, rejected 1",
    ]


def test_what_will_be_tried_again_is_not_counted(clock, capsys):
    with dialling_of(2, clock) as progress:
        a_minute_of(progress, clock, [NotSent("refused"), Accepted("c")], each=60.0)

    assert capsys.readouterr().err.splitlines() == ["1 of 2 calls, 0.0083 a second, about 2 min left; placed 1"]


def test_a_wait_of_which_nobody_knows_the_end_is_told_without_it(clock, capsys):
    with dialling_of(9, clock) as progress:
        clock.forward(60.0)
        progress.held_back("10 calls at a time: all lines are busy", 0.0)

    told = "0 of 9 calls, 0 a second; waiting: 10 calls at a time: all lines are busy"
    assert capsys.readouterr().err.splitlines() == [told]


def test_what_holds_a_run_back_is_told_once_a_minute(clock, capsys):
    with dialling_of(9, clock) as progress:
        for _ in range(130):
            clock.forward(1.0)
            progress.held_back("HTTP 503: down", 2)

    assert capsys.readouterr().err.splitlines() == ["0 of 9 calls, 0 a second; waiting 2 s: HTTP 503: down"] * 2


def test_a_long_sleep_is_told_at_once(clock, capsys):
    with dialling_of(9, clock) as progress:
        progress.idle(START)

    assert re.fullmatch(r"nobody may be rung before .*: waiting\n", capsys.readouterr().err)


def test_quiet_tells_nothing(clock, capsys):
    with dialling_of(9, clock, shown=False) as progress:
        clock.forward(600.0)
        progress.settled(a_settlement(a_claim(2), Accepted("c")))
        progress.idle(START)
        progress.following(9)
        clock.forward(600.0)
        progress.looked_up(ended=True, status="completed")

    assert capsys.readouterr().err == ""


def test_a_warning_is_told_even_to_the_quiet(capsys):
    with Progress(shown=False) as progress:
        progress.warned("dnc.csv cannot be read again")

    assert capsys.readouterr().err == "warning: dnc.csv cannot be read again\n"


def test_following_tells_how_many_calls_are_final(clock, capsys):
    with Progress(shown=True, ticks=clock.ticks) as progress:
        progress.following(3)
        for ended, status in ((False, "ringing"), (True, "completed"), (True, "")):
            clock.forward(40.0)
            progress.looked_up(ended=ended, status=status)

    assert capsys.readouterr().err.splitlines() == [
        "following 1 of 3 calls, 0.013 a second, about 3 min left; completed 1"
    ]


# The commands


@pytest.mark.parametrize(("words", "asked"), [((), 5), (("--limit", 2), 2)])
def test_the_bar_counts_whom_this_session_rings(dialling, words, asked):
    contacts = dialling.write_list([*([number] for number in numbers(5)), ["nobody"]])

    ran = dialling.at_a_terminal("run", contacts, *FAST, *words, "--yes", code=None)

    assert f"{asked}/{asked} " in ran.err
    assert "/6 " not in ran.err


def test_a_bar_goes_on_while_calls_are_followed(dialling, truth):
    truth.script = type(truth.script)(course=("ringing", "completed"))
    contacts = dialling.write_list([number] for number in numbers(3))

    followed = dialling.at_a_terminal("run", contacts, *FAST, "--track", "--yes")
    assert re.search(r"following: 100%.* 3/3 .*completed 3", followed.err)


def test_asking_for_statuses_shows_a_bar(dialling):
    dialling.here("run", dialling.write_list([number] for number in numbers(3)), *FAST)

    assert re.search(r"following: 100%.* 3/3 .*completed 3", dialling.at_a_terminal("status").err)


@pytest.mark.parametrize("command", ["run", "check", "call", "status", "resume"])
@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_prints_nothing_where_all_is_well(dialling, command, terminal):
    contacts = dialling.write_list([number] for number in numbers(3))
    words = {
        "run": ("run", contacts, *FAST, "--yes", "--track"),
        "check": ("check", contacts),
        "call": ("call", numbers(1)[0], "--yes"),
        "status": ("status",),
        "resume": ("resume", "--yes", *FAST),
    }[command]
    if command in {"status", "resume"}:
        dialling.here("run", contacts, *FAST, "--limit", 2, code=None)

    ran = (dialling.at_a_terminal if terminal else dialling)(*words, "--quiet", code=None)

    assert (ran.out, ran.err) == ("", "")


def test_quiet_still_says_what_is_wrong_and_gives_the_json_that_was_asked_for(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(3))

    assert dialling.here("run", "none.csv", "--quiet", code=2).err.startswith("error: ")
    assert dialling.here("run", contacts, *FAST, "--quiet", "--json").json["outcomes"] == {"placed": 3}


def test_there_is_no_bar_among_the_lines_of_a_log(dialling):
    contacts = dialling.write_list([number] for number in numbers(3))

    ran = dialling.at_a_terminal("run", contacts, *FAST, "--log", "-", "--yes")

    assert "/3" not in ran.err
    assert '{"event": "run.ended"' in ran.err


# The sandbox


def test_the_sandbox_tells_each_request_with_its_number_masked(dialling):
    dialling.write_list([["+12125550142"], ["+12125550190"]])
    with dialling.started("sandbox", "--port", 0, "--json") as process:
        url = re.search(r"http://[0-9.:]+", process.stdout.readline())[0]
        dialling.env["CXONE_BASE_URL"] = url
        dialling.here("run", "list.csv", "--rate", 1, code=1)
        dialling.here("status", code=None)
        process.terminate()
        _, err = process.communicate(timeout=20)

    lines = [re.sub(r"^\d\d:\d\d:\d\d  |(?<=status of )\S+", "", line) for line in err.splitlines()]
    assert lines == [
        "token  200",
        "call +12…42  200 placed",
        "call +12…90  400 refused",
        "token  200",
        "status of   200",
    ]


def test_a_quiet_sandbox_tells_nothing(dialling):
    with dialling.started("sandbox", "--port", 0, "--json", "--quiet") as process:
        dialling.env["CXONE_BASE_URL"] = re.search(r"http://[0-9.:]+", process.stdout.readline())[0]
        dialling.here("call", "+12125550142")
        process.terminate()
        _, err = process.communicate(timeout=20)

    assert err == ""


def test_the_sandbox_of_a_run_says_that_it_forgets_its_calls(dialling):
    dialling.here("run", dialling.write_list([["+12125550142"]]), "--sandbox")

    assert "the sandbox of --sandbox forgets its calls" in dialling.here("status", "--sandbox", code=None).out
