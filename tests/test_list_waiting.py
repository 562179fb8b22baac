"""A list is waited for until it is whole, by a clock that is moved by hand, and not for longer than it is said."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from datetime import timedelta

import pytest
from builders import HandClock
from nights import OPEN, Night
from truth import numbers

from dialer.actions import run as running
from dialer.domain.call import Outcome
from dialer.engine.ports import Observer
from dialer.errors import Exit, RefusedError, SetupError, StoppedError
from dialer.session.list_waiting import until_whole
from dialer.session.stop import Stop

pytest_plugins = ("commands",)

AT = "2026-11-24T18:00+00:00"


class Heard(Observer):
    def __init__(self):
        self.reasons = []

    def waiting_for_list(self, path, why, /):
        self.reasons.append(f"{path.name}: {why}")


class Waiting(Night):
    """A night whose list is waited for; `at` does something after so many seconds of waiting."""

    def __init__(self, dialer, truth, rules):
        super().__init__(dialer, truth, "")
        (dialer.home / "lists").mkdir()
        self.file = dialer.write_campaign(f'name = "nightly"\ncontacts = "lists/*.csv"\n[list]\n{rules}\n{OPEN}')
        self.clock, self.at, self.heard, self.stop = HandClock(), {}, Heard(), Stop()
        self.list = dialer.home / "lists" / "tonight.csv"

    def put(self, text, path=None):
        (path or self.list).write_text(text)

    def wait(self, **more):
        async def sleep(seconds):
            self.clock.forward(seconds)
            for moment in sorted(moment for moment in self.at if moment <= self.clock.seconds):
                self.at.pop(moment)()
            await asyncio.sleep(0)

        request, start = self.request(AT, **more), self.request(AT).now()
        object.__setattr__(request, "now", lambda: start + timedelta(seconds=self.clock.seconds))
        return asyncio.run(
            until_whole(
                request, self.env(), stop=self.stop, observers=[self.heard], ticks=self.clock.ticks, sleep=sleep
            )
        )

    def dated(self, path, seconds):
        """Give a file a date so many seconds after the night began."""
        moment = self.request(AT).now().timestamp() + seconds
        os.utime(path, (moment, moment))

    def dial_it(self, path):
        return self.dial(running.prepare(self.request(AT), self.env(), waited_for=path))


@pytest.fixture
def waiting(dialling, truth):
    return lambda rules: Waiting(dialling, truth, rules)


HEAD = "phone\n"
TEN = [f"{number}\n" for number in numbers(10)]


def test_a_list_that_is_still_written_is_dialled_once_and_whole(waiting):
    night = waiting('stable_for = "1s"\n')
    night.put(HEAD)
    text = HEAD
    for at, line in enumerate(TEN):
        text += line
        night.at[(at + 1) / 10] = lambda text=text: night.put(text)

    path = night.wait()

    assert night.clock.seconds == pytest.approx(2.0, abs=0.2)
    assert night.heard.reasons == ["tonight.csv: tonight.csv has not stood still for 1 s ([list] stable_for)"]
    assert night.dial_it(path).outcomes == {Outcome.PLACED: 10}
    assert sorted(number for number, _ in night.truth.rang) == sorted(numbers(10))


def test_a_writer_that_never_ends_is_refused_after_the_longest_wait(waiting):
    night = waiting('stable_for = "60s"\nstable_wait = "10m"\n')
    night.put(HEAD)
    for at in range(1, 1200):
        night.at[at / 2] = lambda at=at: night.put(HEAD + "x" * at)

    with pytest.raises(RefusedError, match=r"is not whole: tonight.csv has not stood still for 60 s .* after 10 min"):
        night.wait()
    assert night.clock.seconds == pytest.approx(600, abs=1)
    assert (night.dialer.home / "ledger.db").exists() is False


def test_a_list_that_is_old_enough_is_not_waited_for(waiting, monkeypatch):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)
    night.request = lambda _, **more: Night.request(night, "2099-01-01T00:00+00:00", **more)  # long after it was put
    assert (night.wait(), night.clock.seconds, night.heard.reasons) == (night.list, 0.0, [])


def test_a_clock_that_is_set_makes_nothing_older_or_newer(waiting):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)  # dated by the machine's clock, which is ahead of the night's by years or behind it
    night.dated(night.list, 3600)
    night.at[20] = lambda: night.dated(night.list, -7200)
    assert (night.wait(), round(night.clock.seconds)) == (night.list, 80)


def test_a_list_that_is_replaced_by_another_is_waited_for_anew(waiting):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)
    other = night.dialer.home / "lists" / "other.tmp"
    night.put(HEAD, other)
    stamp = night.list.stat()
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    night.at[50] = lambda: other.rename(night.list)  # the same size and date
    assert (night.wait(), round(night.clock.seconds)) == (night.list, 110)


def test_a_newer_list_that_comes_meanwhile_is_the_one_that_is_meant(waiting):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)
    newer = night.list.with_name("newer.csv")
    night.at[30] = lambda: (night.put(HEAD, newer), night.dated(newer, 9_999_999))
    assert (night.wait(), round(night.clock.seconds)) == (newer, 90)


def test_a_list_that_goes_away_meanwhile_is_waited_for(waiting):
    night = waiting('stable_for = "5s"\n')
    night.put(HEAD)
    night.at[3] = night.list.unlink
    night.at[30] = lambda: night.put(HEAD)
    assert (night.wait(), round(night.clock.seconds)) == (night.list, 35)
    assert night.heard.reasons[1] == "tonight.csv: it is gone again"


def test_the_file_that_says_that_a_list_is_ready_is_waited_for(waiting):
    night = waiting('ready = "{list}.done"\nstable_wait = "1h"\n')
    night.put(HEAD)
    marker = night.list.with_name("tonight.csv.done")
    marker.touch()
    night.dated(marker, 0)
    night.dated(night.list, 1)  # a list of that name came yesterday, too
    night.at[600] = lambda: night.dated(marker, 2)
    assert (night.wait(), round(night.clock.seconds)) == (night.list, 600)
    assert night.heard.reasons == ["tonight.csv: tonight.csv.done is older than the list ([list] ready)"]


def test_a_list_that_is_never_ready_is_refused(waiting):
    night = waiting('ready = "../done/{list}"\n')
    night.put(HEAD)
    with pytest.raises(RefusedError, match=r"tonight.csv is not there \(\[list\] ready\), after 30 min"):
        night.wait()
    assert night.clock.seconds == pytest.approx(1800, abs=1)


def test_nobody_waits_for_what_could_not_be_dialled(waiting):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)
    night.dialer.env["CXONE_CLIENT_SECRET"] = ""
    with pytest.raises(SetupError, match="CXONE_CLIENT_SECRET"):
        night.wait()
    night.list.unlink()
    with pytest.raises(SetupError, match="no contact list"):
        night.wait()
    assert night.clock.seconds == 0


def test_a_log_that_cannot_be_opened_ends_no_waiting(waiting):
    night = waiting('stable_for = "5s"\n')
    night.put(HEAD)
    assert night.wait(log=night.dialer.home / "nowhere" / "log") == night.list


def test_a_stop_ends_the_waiting(waiting):
    night = waiting('stable_for = "60s"\n')
    night.put(HEAD)
    night.at[3] = night.stop.ask
    with pytest.raises(StoppedError, match="stopped while the list was waited for; nobody was dialled") as stopped:
        night.wait()
    assert (stopped.value.exit, round(night.clock.seconds) < 10) == (Exit.LEFT, True)


def test_a_list_that_is_not_waited_for_is_refused_until_it_is_whole(waiting):
    night = waiting('ready = "{list}.done"\n')
    night.put(HEAD + TEN[0])
    with pytest.raises(RefusedError, match=r"is not whole: tonight.csv.done is not there"):
        night.dial_it(None)
    night.list.with_name("tonight.csv.done").touch()
    assert night.dial_it(None).outcomes == {Outcome.PLACED: 1}


def test_a_check_waits_for_nothing_and_tells_what_a_run_would_wait_for(waiting):
    night = waiting('stable_for = "1d"\nready = "{list}.done"\n')
    night.put(HEAD + TEN[0])
    words = ("check", "-c", night.file, "--json")
    unready = night.dialer.here(*words, code=6).json["notes"]
    night.list.with_name("tonight.csv.done").touch()
    still = night.dialer.here(*words).json["notes"]
    assert (
        "a run would not be begun: tonight.csv.done is not there ([list] ready), and a run waits 30 min for it"
        in unready
    )
    assert "a run would wait: tonight.csv has not stood still for 24 h 0 min ([list] stable_for)" in still


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_waits_ends_at_a_signal_and_the_log_tells_both(waiting, dialling, number):
    night = waiting('stable_for = "1h"\n')
    night.put(HEAD + TEN[0])
    with dialling.started("run", "-c", night.file) as process:
        assert process.stderr.readline().startswith(f"waiting for {night.list}: tonight.csv has not stood still")
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (3, "error: stopped while the list was waited for; nobody was dialled\n")
    log = (dialling.home / "ledger.db.log").read_text("utf-8").splitlines()
    assert [(event["event"], event.get("exit_code")) for event in map(json.loads, log)] == [
        ("list.waiting", None),
        ("run.refused", 3),
    ]
    assert night.truth.requests == []


def test_which_list_was_picked_is_an_event(waiting, dialling):
    night = waiting('max_age = "1d"\n')
    night.put(HEAD + TEN[0])
    dialling.here("run", "-c", night.file)
    first = json.loads((dialling.home / "ledger.db.log").read_text("utf-8").splitlines()[0])
    assert (first["event"], first["list"], first["bytes"]) == ("list.picked", str(night.list), 19)


@pytest.mark.parametrize("wrong", ['ready = "done"', 'ready = "{run}.done"', 'stable_for = "0s"', 'stable_wait = "2d"'])
def test_what_cannot_be_waited_for_ends_with_2(waiting, wrong):
    night = waiting(wrong)
    night.put(HEAD)
    assert "list." in night.dialer.here("check", "-c", night.file, code=2).err
