"""A ledger that lost calls since they were made: nobody is dialled from it until a person has said so."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from builders import START, a_contact, a_run, awaited, work_of
from trials.common import a_home, breaches, to_the_end
from truth import Rule, numbers

from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)

ROWS, EARLY, LATE = 120, 20, 60


class Killed:
    """A run that was killed while it dialled; `early` holds its ledger's files as they were some calls before."""

    def __init__(self, dialling, truth, tmp_path):
        self.dialer, self.truth, self.home = dialling, truth, dialling.home
        self.early = tmp_path / "early"
        self.early.mkdir()
        truth.tell(Rule(after=0.02))
        self.command = ("run", dialling.write_list([number] for number in numbers(ROWS)), "--rate", 100)
        with dialling.started(*self.command) as process:
            truth.wait_for_calls(EARLY)
            for path in self.files():
                shutil.copy(path, self.early)
            truth.wait_for_calls(LATE)
            process.kill()
            process.communicate(timeout=20)
        self.rang = Counter(number for number, _ in truth.rang)

    def files(self):
        return [path for path in self.home.glob("*ledger.db*") if path.suffix not in {".log", ".lock", ".holder"}]

    @property
    def counted(self):
        (path,) = self.home.glob(".*.turns")
        return path

    @property
    def wal(self):
        return self.home / "ledger.db-wal"

    def again(self, code=None):
        return self.dialer.here(*self.command, code=code)

    def use(self, path):
        self.dialer.env["DIALER_LEDGER"] = str(path)


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory):
    with a_home() as (dialer, truth):
        yield Killed(dialer, truth, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def put_back(killed_once):
    """Give the run that was killed; afterwards its files are what they were, the ledger the very same one."""
    ledger, folders = killed_once.home / "ledger.db", (killed_once.home, killed_once.early)
    before = {path: path.read_bytes() for folder in folders for path in folder.iterdir() if path.is_file()}
    yield killed_once
    killed_once.use(ledger)
    for path in {path for folder in folders for path in folder.rglob("*") if path.is_file()} - before.keys():
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


@pytest.fixture
def killed(dialling, truth, tmp_path_factory):
    return Killed(dialling, truth, tmp_path_factory.mktemp("kept"))


def flipped(path, at):
    found = bytearray(path.read_bytes())
    found[int(at * (len(found) - 1))] ^= 4
    path.write_bytes(found)


def without_log(killed):
    killed.wal.unlink()


def without_log_and_index(killed):
    killed.wal.unlink()
    (killed.home / "ledger.db-shm").unlink()


def with_an_empty_log(killed):
    os.truncate(killed.wal, 0)


def with_half_a_log(killed):
    os.truncate(killed.wal, killed.wal.stat().st_size // 2)


def with_an_older_log(killed):
    shutil.copy(killed.early / "ledger.db-wal", killed.wal)


def with_an_older_log_and_index(killed):
    for ending in ("-wal", "-shm"):
        shutil.copy(killed.early / f"ledger.db{ending}", killed.home)


def with_a_damaged_head(killed):
    flipped(killed.wal, 0.0)


def with_a_damaged_first_frame(killed):
    flipped(killed.wal, 0.01)


def with_a_damaged_middle(killed):
    flipped(killed.wal, 0.5)


def put_back_as_it_was_before(killed):
    for ending in ("", "-wal", "-shm"):
        shutil.copy(killed.early / f"ledger.db{ending}", killed.home)


def as_a_copy_alone(killed):
    shutil.copy(killed.home / "ledger.db", killed.home / "copy.db")
    killed.use(killed.home / "copy.db")


def as_a_copy_in_mid_run(killed):
    killed.use(killed.early / "ledger.db")


def as_an_earlier_copy_alone(killed):
    for ending in ("-wal", "-shm"):
        (killed.early / f"ledger.db{ending}").unlink()
    killed.use(killed.early / "ledger.db")


def as_a_copy_of_all_its_files(killed):
    folder = killed.home / "elsewhere"
    folder.mkdir()
    for path in killed.files():
        shutil.copy2(path, folder)
    killed.use(folder / "ledger.db")


def without_its_count(killed):
    killed.counted.unlink()


def with_a_damaged_count(killed):
    killed.counted.write_text("x" * 60)


def with_an_empty_count(killed):
    killed.counted.write_text("")


def as_a_new_one_beside_the_count(killed):
    for path in killed.files():
        if path != killed.counted:
            path.unlink()


LOSSES = (
    without_log,
    without_log_and_index,
    with_an_empty_log,
    with_half_a_log,
    with_an_older_log,
    with_an_older_log_and_index,
    with_a_damaged_head,
    with_a_damaged_first_frame,
    with_a_damaged_middle,
    put_back_as_it_was_before,
    as_a_copy_alone,
    as_a_copy_in_mid_run,
    as_an_earlier_copy_alone,
    as_a_copy_of_all_its_files,
    without_its_count,
    with_a_damaged_count,
    with_an_empty_count,
    as_a_new_one_beside_the_count,  # the last: it cannot be put back
)


@pytest.mark.parametrize("lose", LOSSES)
def test_nobody_is_dialled_from_a_ledger_that_may_lack_calls(put_back, lose):
    killed = put_back
    lose(killed)

    for words in (killed.command, ("check", "list.csv"), ("resume",), ("call", numbers(200)[-1], "--flow-id", "x")):
        ran = killed.dialer.here(*words, code=2)
        assert "missing from the ledger" in ran.err or "no run yet" in ran.err, ran.err

    assert Counter(number for number, _ in killed.truth.rang) == killed.rang
    assert set(killed.rang.values()) == {1}


@pytest.mark.parametrize(
    "lose", [without_log, as_a_copy_alone, without_its_count, with_a_damaged_count, as_a_new_one_beside_the_count]
)
def test_a_person_may_call_unknown_whoever_may_have_been_rung(killed, lose):
    lose(killed)
    killed.again(code=2)

    settled = killed.dialer.here("settle", "--unproved", "--yes", "--json").json
    proved = {killed.dialer.here("verify", number, code=None).code for number in settled["runs"]}
    gone_on = {killed.dialer.here("resume", number, code=None).code for number in settled["runs"]}
    with_nothing_left = killed.dialer.here("settle", "--unproved", "--yes", code=2)

    assert (settled["outcome"], proved <= {0}, gone_on <= {1}) == ("unknown", True, True)
    assert "nothing to settle" in with_nothing_left.err
    assert Counter(number for number, _ in killed.truth.rang) == killed.rang


def test_a_row_that_may_have_been_rung_says_so_and_can_be_dialled_again_knowingly(killed):
    without_log(killed)

    killed.dialer.here("settle", "--unproved", "--yes")
    lines = killed.dialer.results()
    killed.dialer.here("resume", 1, "--redial-unknown", "--rate", 1000)

    assert {line["outcome"] for line in lines} == {"unknown"}
    assert all("may have rung: calls are missing from the ledger" in line["error"] for line in lines)
    assert len(killed.truth.rang) == ROWS + len(killed.rang)


def test_what_is_not_agreed_to_changes_nothing(killed):
    without_log(killed)

    assert "nothing was settled" in killed.dialer.here("settle", "--unproved", code=2).err
    killed.again(code=2)


def test_a_ledger_that_lost_nothing_has_nothing_to_settle(killed):
    assert "no call is missing" in killed.dialer.here("settle", "--unproved", "--yes", code=2).err


def test_verify_proves_nothing_from_a_ledger_that_may_lack_calls(killed):
    without_log(killed)

    ran = killed.dialer.here("verify", "--json", code=1)

    (once,) = [promise for promise in ran.json["promises"] if promise["promise"] == "no number is dialled twice"]
    assert once["state"] != "holds"
    assert any("-wal file was lost" in why for why in once["not_looked_at"])


def with_nothing_done(killed):
    pass


def with_a_torn_end(killed):
    with killed.wal.open("ab") as file:
        file.write(os.urandom(6000))


def without_index(killed):
    (killed.home / "ledger.db-shm").unlink()


def with_an_older_count(killed):
    shutil.copy(killed.early / killed.counted.name, killed.counted)


def in_another_folder(killed):
    folder = killed.home / "elsewhere"
    folder.mkdir()
    for path in killed.files():
        path.rename(folder / path.name)
    killed.use(folder / "ledger.db")


@pytest.mark.parametrize(
    "happen", [with_nothing_done, with_a_torn_end, without_index, with_an_older_count, in_another_folder]
)
def test_what_loses_no_call_needs_nobody(killed, happen):
    happen(killed)

    code, said = to_the_end(killed.dialer, *killed.command)

    assert (code in {0, 1}, said["run"]) == (True, 1)
    assert breaches(killed.dialer.results(), killed.truth, numbers(ROWS)) == []
    killed.dialer.here("check", "list.csv", "--rate", 100)


def test_a_copy_made_after_the_end_works_on(dialling, truth):
    command = ("run", dialling.write_list([number] for number in numbers(20)), "--rate", 1000)
    dialling(*command, "--limit", 10, code=7)
    folder = dialling.home / "elsewhere"
    folder.mkdir()
    shutil.copy(dialling.home / "ledger.db", folder)
    dialling.env["DIALER_LEDGER"] = str(folder / "ledger.db")

    dialling(*command)

    assert set(Counter(number for number, _ in truth.rang).values()) == {1}
    assert len(truth.rang) == 20


@pytest.mark.parametrize(("words", "left"), [((), [".turns"]), (("--sandbox", "--ledger", "ledger.db"), [])])
def test_an_ended_session_leaves_a_count_where_people_were_rung_and_no_log(dialling, words, left):
    dialling("run", dialling.write_list([number] for number in numbers(3)), *words)

    ours = {".turns", ".db-wal", ".db-shm", ".new"}
    assert [suffix for name in dialling.files() if (suffix := Path(name).suffix) in ours] == left


class Nights:
    """Two nights of a campaign on one ledger; `before` is a copy of it that was made between them."""

    def __init__(self, dialling, truth):
        self.dialer, self.truth, self.ledger = dialling, truth, dialling.home / "ledger.db"
        self.night("monday.csv", numbers(20)[:10], "--limit", 5, code=7)
        self.before = self.copied("before.db")
        self.night("tuesday.csv", numbers(20)[10:])

    def night(self, name, listed, *words, code=0):
        path = self.dialer.write_list([number] for number in listed).rename(self.dialer.home / name)
        campaign = self.dialer.write_campaign('name = "nightly"')
        return self.dialer.here("run", path, "-c", campaign, "--rate", 1000, *words, code=code)

    def copied(self, name):
        return shutil.copy(self.ledger, self.dialer.home / name)

    def put_in_place(self, copy):
        self.ledger.unlink()
        shutil.copy(copy, self.ledger)


@pytest.fixture
def nights(dialling, truth):
    return Nights(dialling, truth)


def test_an_older_copy_put_back_after_more_nights_is_not_dialled_from_until_a_person_says_so(nights):
    nights.put_in_place(nights.before)

    refused = nights.dialer.here("resume", code=2)
    settled = nights.dialer.here("settle", "--unproved", "--yes", "--json").json
    nights.dialer.here("resume", code=5)

    assert "it is an older copy, such as a backup that was put back" in refused.err
    assert "dialer settle --unproved calls unknown whoever may have been rung" in refused.err
    assert (settled["runs"], settled["settled"]) == ([1], 5)
    assert len(nights.truth.rang) == 15


def test_an_older_copy_written_over_the_very_file_is_not_dialled_from(nights):
    nights.ledger.write_bytes((nights.dialer.home / "before.db").read_bytes())

    assert "it is an older copy" in nights.dialer.here("resume", code=2).err


def test_a_new_ledger_in_the_place_of_one_that_was_dialled_from_is_not_until_a_person_says_so(nights):
    nights.ledger.unlink()

    nights.night("monday.csv", numbers(10), code=2)
    nights.dialer.here("settle", "--unproved", "--yes")
    nights.night("monday.csv", numbers(10))

    assert len(nights.truth.rang) == 25


def test_the_newest_copy_put_back_is_dialled_from(nights):
    nights.put_in_place(nights.copied("newest.db"))

    nights.dialer.here("resume")

    assert len(nights.truth.rang) == 20


def test_a_ledger_that_was_dialled_from_elsewhere_and_came_back_is_dialled_from(nights):
    elsewhere = nights.dialer.home / "elsewhere"
    elsewhere.mkdir()
    nights.ledger.rename(elsewhere / "ledger.db")
    nights.dialer.here("resume", "--limit", 2, "--ledger", elsewhere / "ledger.db", code=7)
    (elsewhere / "ledger.db").rename(nights.ledger)

    nights.dialer.here("resume")

    assert len(nights.truth.rang) == 20


def test_who_asked_not_to_be_called_while_a_run_went_on_is_in_the_main_file(dialling, truth, tmp_path):
    truth.tell(Rule(after=0.2))
    copy = tmp_path / "copy.db"
    with dialling.started("run", dialling.write_list([number] for number in numbers(50)), "--in-flight", 1):
        truth.wait_for_calls(2)
        dialling.here("suppress", "add", numbers(60)[-1])
        shutil.copy(dialling.home / "ledger.db", copy)

    assert numbers(60)[-1] in dialling.here("suppress", "list", "--ledger", copy).out


def test_runs_of_one_campaign_may_follow_each_other_in_one_command(ledger):
    for row in (2, 3):
        run = a_run(ledger, [a_contact(row)])
        ledger.begin_session(run, calls_per_second=5, screening={}, now=START)
        assert len(awaited(work_of(ledger, run.number).turn([], want=1, now=START))) == 1

    (count,) = ledger.address.parent.glob(".*.turns")
    ledger.__exit__()

    assert not count.exists()
    with open_ledger(ledger.address) as again:
        again.prove_whole()


def test_a_run_that_waits_learns_that_its_ledger_is_gone(ledger):
    run = a_run(ledger, [a_contact()])
    ledger.begin_session(run, calls_per_second=5, screening={}, now=START)
    work = work_of(ledger, run.number)
    ledger.address.rename(ledger.address.with_name("moved.db"))

    with pytest.raises(LedgerError, match="deleted, moved or replaced"):
        awaited(work.next_due(START))
