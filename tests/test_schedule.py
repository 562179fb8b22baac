"""What a scheduler is given: read back by the programs and the rules that will read it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath, PureWindowsPath
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml
from cronsim import CronSim
from lightkube.models import batch_v1, core_v1

from dialer.errors import SetupError
from dialer.reports.schedule import cron, kubernetes, systemd, windows
from dialer.reports.schedule.night import Night, read_at, read_days

pytest_plugins = ("commands",)

BERLIN = "Europe/Berlin"
ODD_NAMES = (
    *("plain.toml", "two words.toml", "50%.toml", "%d.toml", "it's.toml", 'say "hi".toml', "$HOME ${X}.toml"),
    *("Grüße 漢字.toml", "a;b & c|d.toml", "#x.toml", "-c.toml", "~.toml", "(a) `b` *.toml", "$(X).toml"),
)
ECHO = """
import json, os, sys
from pathlib import Path
told = [sys.argv[1:], os.environ.get("DIALER_LEDGER"), os.getcwd()]
Path(__file__).with_name("told.json").write_text(json.dumps(told))
sys.exit(int(Path(__file__).with_name("code").read_text()))
"""


def a_night(**changes):
    """A night of weekdays at 18:00 in Berlin, until 21:00."""
    usual = {
        "program": ("/opt/dialer/bin/dialer",),
        "campaign": "nightly",
        "file": PurePosixPath("/srv/campaigns/nightly.toml"),
        "ledger": PurePosixPath("/srv/ledger.db"),
        "at": time(18),
        "zone": BERLIN,
        "until": time(21),
        "days": ("mon", "tue", "wed", "thu", "fri"),
        "secrets": (("CXONE_CLIENT_SECRET", None),),
        "settings": ("CXONE_CLIENT_ID", "CXONE_REALM"),
        "user": "ann",
        "today": date(2026, 11, 25),
    }
    return Night(**usual | changes)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (None, ()),
        ("mon-sun", ()),
        ("mon-fri", ("mon", "tue", "wed", "thu", "fri")),
        ("Sat, Mon,Wednesday", ("mon", "wed", "sat")),
        ("sun", ("sun",)),
    ],
)
def test_days_are_read_as_people_write_them(text, days):
    assert read_days(text) == days


@pytest.mark.parametrize("text", ["xyz", "mon-", "fri-mon", "mon,,tue", "1-5", "-fri", " "])
def test_what_are_no_days_is_refused(text):
    with pytest.raises(SetupError, match="--days"):
        read_days(text)


def test_a_time_of_day_is_read():
    assert [read_at(text) for text in ("18:00", " 7:05", "00:00")] == [time(18), time(7, 5), time(0)]


@pytest.mark.parametrize("text", ["", "18", "24:00", "18:60", "6pm", "18:00:00", "\N{FULLWIDTH DIGIT ONE}8:00"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(SetupError, match="--at"):
        read_at(text)


@pytest.mark.parametrize(
    ("campaign", "name"),
    [
        ("nightly", "dialer-nightly"),
        ("Spring renewal_2.0", "dialer-spring-renewal-2-0"),
        ("Grüße", "dialer-gr-e-6f8e5a7f"),
        ("漢字", "dialer-campaign-8ee48bf5"),
    ],
)
def test_every_campaign_has_a_name_that_schedulers_take(campaign, name):
    found = a_night(campaign=campaign).name
    assert re.fullmatch("[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?", found)
    assert found.rpartition("-")[0] == name.rpartition("-")[0]


def test_long_names_that_begin_alike_stay_apart():
    names = {a_night(campaign=f"{'long' * 15}{number}").name for number in range(3)}
    assert (len(names), max(map(len, names)) <= 56) == (3, True)


@pytest.mark.parametrize(
    ("at", "until", "late"),
    [
        (time(18), time(21), 3 * 3600),
        (time(18), None, 3600),
        (time(22), time(6), 8 * 3600),
    ],
)
def test_a_start_may_be_as_late_as_the_campaign_says(at, until, late):
    assert a_night(at=at, until=until).late == late


# Cron: times by a parser of crontabs, commands as cron hands them to a shell.


def the_line(text):
    (line,) = (line for line in text.splitlines() if re.match("[0-9]", line))
    schedule, command = re.fullmatch(r"((?:\S+ ){4}\S+) (.*)", line).groups()
    return schedule, command


def as_cron_runs(command):
    """What cron gives to the shell: up to a % that no backslash stands before, without those backslashes."""
    return re.split(r"(?<!\\)%", command)[0].replace(r"\%", "%")


def test_a_crontab_starts_on_its_days_at_its_time_on_its_clock():
    text = cron.crontab(a_night())
    assert "\nCRON_TZ=Europe/Berlin\n" in text
    starts = CronSim(the_line(text)[0], datetime(2026, 3, 26, 12, tzinfo=ZoneInfo(BERLIN)))
    assert [next(starts).astimezone(UTC).isoformat() for _ in range(3)] == [
        "2026-03-26T17:00:00+00:00",
        "2026-03-27T17:00:00+00:00",
        "2026-03-30T16:00:00+00:00",  # behind the weekend, and the change of clocks
    ]


def test_a_crontab_starts_every_day_and_on_sundays():
    for days, expected in (((), 7), (("sun",), 1)):
        schedule, _ = the_line(cron.crontab(a_night(days=days, zone=None)))
        starts = CronSim(schedule, datetime(2026, 11, 23, tzinfo=UTC))
        week = [start for start in (next(starts) for _ in range(7)) if start < datetime(2026, 11, 30, tzinfo=UTC)]
        assert (len(week), week[-1].strftime("%a %H:%M")) == (expected, "Sun 18:00")


@pytest.fixture
def in_shell(tmp_path):
    """Run what cron would, with a stand-in for the program that writes down what it was given."""
    program = tmp_path / "it's 100% mine.py"
    program.write_text(ECHO, encoding="utf-8")

    def run(night_of, *, code=0):
        (tmp_path / "code").write_text(str(code))
        _, command = the_line(cron.crontab(night_of((sys.executable, str(program)))))
        ran = subprocess.run(
            ["sh", "-c", as_cron_runs(command)], env={"PATH": os.defpath}, capture_output=True, text=True, check=True
        )
        return ran.stdout + ran.stderr, yaml.safe_load((tmp_path / "told.json").read_text())

    return run


@pytest.mark.parametrize("name", ODD_NAMES)
def test_cron_and_a_shell_read_back_the_very_paths(in_shell, name):
    file, ledger = PurePosixPath("/srv", name), PurePosixPath("/srv", name, "ledger.db")
    printed, told = in_shell(lambda program: a_night(program=program, file=file, ledger=ledger))
    assert (printed, told) == ("", [["run", "-c", str(file), "--quiet"], str(ledger), "/"])


@pytest.mark.parametrize("code", [0, 5, 7, 1, 2, 3, 4, 6, 70])
def test_cron_mails_of_a_night_that_ended_badly_and_of_no_other(in_shell, code):
    printed, _ = in_shell(lambda program: a_night(program=program), code=code)
    assert printed == ("" if code in {0, 5, 7} else f"the campaign nightly ended with exit code {code}\n")


def test_what_cron_cannot_be_told_is_refused():
    with pytest.raises(SetupError, match="a path with a backslash"):
        cron.crontab(a_night(file=PurePosixPath(r"/srv/a\b.toml")))
    with pytest.raises(SetupError, match="990: use a shorter path"):
        cron.crontab(a_night(file=PurePosixPath("/srv", "long" * 250)))


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\x1b", "\udcff", "\u2028"])
def test_no_path_begins_another_line(sign):
    night = a_night(file=PurePosixPath(f"/srv/a{sign}b.toml"))
    for write in (cron.crontab, systemd.units, windows.task, lambda night: kubernetes.cron_job(night, image="x")):
        with pytest.raises(SetupError, match="a sign that is none"):
            write(night)


# systemd: by itself, where it is at hand.

SYSTEMD = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def verified(folder, files):
    """What systemd has to say against units."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    names = [str(folder / name) for name in files]
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in ran.stderr.splitlines() if any(name in line for name in files)], ran.returncode


def words_of(line):
    """The words of a line of a unit, by systemd's rules for quotes, specifiers and variables."""
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    assert line == " ".join(f'"{word}"' for word in quoted)
    words = [re.sub(r"\\(.)", r"\1", word) for word in quoted]
    assert not [word for word in words if re.search(r"(?<!%)(%%)*%(?!%)", word)]
    return [word.replace("%%", "%") for word in words]


@SYSTEMD
@pytest.mark.parametrize("name", ODD_NAMES)
def test_systemd_finds_nothing_wrong_whatever_the_paths(tmp_path, name):
    night = a_night(
        program=(sys.executable, "-m", "dialer"),
        campaign=name.removesuffix(".toml"),
        file=PurePosixPath("/srv", name),
        ledger=PurePosixPath("/srv", name, "ledger.db"),
        secrets=(("CXONE_CLIENT_SECRET", PurePosixPath("/etc/our secrets", name)), ("OTHER", None)),
    )
    assert verified(tmp_path, systemd.units(night)) == ([], 0)


@SYSTEMD
def test_systemd_would_find_what_is_wrong(tmp_path):
    files = {name: text.replace("UMask=0077", "UMask=you") for name, text in systemd.units(a_night()).items()}
    assert len(verified(tmp_path, files)[0]) == 2  # and that there is no such program


@pytest.mark.parametrize("name", [*ODD_NAMES, r"a\b.toml"])
def test_systemd_reads_back_the_very_paths(name):
    file, ledger = f"/srv/{name}", f"/srv/{name}/ledger.db"
    service = systemd.units(a_night(file=PurePosixPath(file), ledger=PurePosixPath(ledger)))["dialer-nightly.service"]
    (command,), (named, *_) = (
        re.findall(f"^{key}=(.*)$", service, re.MULTILINE) for key in ("ExecStart", "Environment")
    )
    words = words_of(command)
    assert not [word for word in words if re.search(r"(?<!\$)(\$\$)*\$(?!\$)", word)]
    assert [word.replace("$$", "$") for word in words] == ["/opt/dialer/bin/dialer", "run", "-c", file]
    assert words_of(named) == [f"DIALER_LEDGER={ledger}"]


@SYSTEMD
@pytest.mark.parametrize(
    ("days", "zone", "normal"),
    [
        ((), None, "*-*-* 18:00:00"),
        (("mon", "tue", "wed", "thu", "fri"), BERLIN, f"Mon..Fri *-*-* 18:00:00 {BERLIN}"),
        (("sat", "sun"), "America/New_York", "Sat,Sun *-*-* 18:00:00 America/New_York"),
    ],
)
def test_systemd_reads_the_time_as_it_is_meant(days, zone, normal):
    meant = systemd.calendar(a_night(days=days, zone=zone))
    read = subprocess.run(["systemd-analyze", "calendar", meant], capture_output=True, text=True, check=True).stdout
    assert re.findall("(?:Original|Normalized) form: (.*)", read)[-1] == normal


def test_a_service_starts_once_tries_nothing_again_and_has_its_secret_from_a_file():
    service, timer = systemd.units(a_night(answer=timedelta(seconds=45))).values()
    assert {
        *("Type=oneshot", "User=ann", "SuccessExitStatus=5 7", "Restart=no", "TimeoutStopSec=135"),
        "EnvironmentFile=-/etc/dialer/dialer-nightly.env",
        "LoadCredential=CXONE_CLIENT_SECRET:/etc/dialer/CXONE_CLIENT_SECRET",
        "Environment=CXONE_CLIENT_SECRET_FILE=%d/CXONE_CLIENT_SECRET",
    } <= set(service.splitlines())
    assert {"Persistent=true", "AccuracySec=1s"} <= set(timer.splitlines())


# Kubernetes: by its own models.


def understood(document, model):
    """Take a document as a model of Kubernetes does: what it does not know is dropped, and what it needs is missed."""
    return msgspec.to_builtins(msgspec.convert(document, model))


def documents(night, image="registry.example/dialer:1"):
    return list(yaml.safe_load_all(kubernetes.cron_job(night, image=image)))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_kubernetes_knows_every_key_whatever_the_paths(name):
    night = a_night(file=PurePosixPath("/srv/campaigns", name), campaign=name.removesuffix(".toml"))
    volume, job = documents(night)
    assert understood(volume, core_v1.PersistentVolumeClaim) == volume
    assert understood(job, batch_v1.CronJob) == job
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    words = [re.sub(r"\$\$", "$", word) for word in container["command"]]
    assert words == ["dialer", "run", "-c", f"/data/campaigns/{name}"]


def test_kubernetes_models_would_find_what_is_wrong():
    _, job = documents(a_night())
    spec = job["spec"]
    for wrong in (
        {**spec, "startingDeadlineSeconds": "10800"},
        {**spec, "jobTemplate": {"spec": {}}},
        {"schedule": "0 18 * * *"},
    ):
        with pytest.raises(msgspec.ValidationError):
            understood({**job, "spec": wrong}, batch_v1.CronJob)
    spec["timezone"] = spec.pop("timeZone")
    assert understood(job, batch_v1.CronJob) != job


def test_a_cron_job_starts_once_on_its_zone_and_tries_nothing_again():
    _, job = documents(a_night())
    spec = job["spec"]
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert {key: spec[key] for key in ("schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds")} == {
        "schedule": "0 18 * * 1,2,3,4,5",
        "timeZone": BERLIN,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 10_800,
    }
    assert (spec["jobTemplate"]["spec"]["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    (container,) = pod["containers"]
    assert {entry["name"]: entry["value"] for entry in container["env"]} == {
        "HOME": "/data",
        "DIALER_LEDGER": "/data/ledger.db",
        "CXONE_CLIENT_SECRET_FILE": "/run/secrets/dialer/CXONE_CLIENT_SECRET",
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_a_cluster_has_to_be_told_a_zone():
    with pytest.raises(SetupError, match="name a zone with --timezone"):
        kubernetes.cron_job(a_night(zone=None), image="x")


# Windows.

OUR = {"": windows.NAMESPACE}


def on_windows(name="nightly.toml", **changes):
    return a_night(
        program=(r"C:\Program Files\dialer\Scripts\dialer.exe",),
        file=PureWindowsPath("C:/Our campaigns", name),
        ledger=PureWindowsPath("C:/Our campaigns/ledger.db"),
        **changes,
    )


def test_task_scheduler_is_given_one_start_a_day_and_no_second_try():
    task = ET.fromstring(windows.task(on_windows("Grüße & <mehr>.toml")))
    found = {path: task.findtext(path, namespaces=OUR) for path in TASK}
    assert found == TASK
    assert [day.tag.partition("}")[2] for day in task.find(".//DaysOfWeek", OUR)] == [
        *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    ]
    assert task.find(".//RestartOnFailure", OUR) is None


TASK = {
    ".//StartBoundary": "2026-11-25T18:00:00",
    ".//WeeksInterval": "1",
    ".//LogonType": "S4U",
    ".//MultipleInstancesPolicy": "IgnoreNew",
    ".//StartWhenAvailable": "true",
    ".//ExecutionTimeLimit": "PT0S",
    ".//Command": r"C:\Program Files\dialer\Scripts\dialer.exe",
    ".//Arguments": (r'run -c "C:\Our campaigns\Grüße & <mehr>.toml" --ledger "C:\Our campaigns\ledger.db" --quiet'),
}


def test_task_scheduler_starts_every_day_where_no_days_are_named():
    task = ET.fromstring(windows.task(on_windows(days=())))
    assert task.findtext(".//ScheduleByDay/DaysInterval", namespaces=OUR) == "1"


def test_task_scheduler_puts_no_variable_into_a_path():
    with pytest.raises(SetupError, match="a variable of the environment"):
        windows.task(on_windows("%TEMP%.toml"))
    assert "50%.toml" in windows.task(on_windows("50%.toml"))


# The command.

CAMPAIGN = 'name = "nightly"\ncontacts = "lists/*.csv"\n[hours]\ndeadline = "21:00"\ntimezone = "Europe/Berlin"\n'


def scheduled(dialer, kind, *words, code=0):
    campaign = dialer.write_campaign(CAMPAIGN)
    return dialer.here("schedule", kind, "-c", campaign, "--at", "18:00", "--json", *words, code=code).json


@pytest.mark.parametrize("kind", ["cron", "systemd", "kubernetes", "windows"])
def test_nothing_secret_is_printed_and_nothing_is_written(dialling, kind):
    campaign = dialling.write_campaign(CAMPAIGN)
    before = dialling.files()
    ran = dialling.here("schedule", kind, "-c", campaign, "--at", "18:00")  # that fails where the secret is printed
    assert ("CXONE_CLIENT_SECRET" in ran.out, dialling.files()) == (True, before)


def test_the_ledger_is_the_one_in_use_and_every_path_is_whole(dialling):
    dialling.env["DIALER_LEDGER"] = "our.db"
    service = scheduled(dialling, "systemd")["files"]["dialer-nightly.service"]
    program, *words = words_of(re.findall("^ExecStart=(.*)$", service, re.MULTILINE)[0])
    assert (words, PurePosixPath(program).is_absolute()) == (["run", "-c", str(dialling.home / "campaign.toml")], True)
    assert f'\nEnvironment="DIALER_LEDGER={dialling.home / "our.db"}"\n' in service


def test_what_the_env_beside_the_campaign_says_is_not_asked_for_again(dialling):
    (dialling.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in dialling.env.items()))
    files = scheduled(dialling, "systemd")["files"]
    assert "LoadCredential" not in files["dialer-nightly.service"]


def test_a_secret_that_is_in_a_file_by_now_is_handed_over_from_there(dialling):
    secret = dialling.home / "kept"
    secret.write_text(dialling.env.pop("CXONE_CLIENT_SECRET"))
    dialling.env["CXONE_CLIENT_SECRET_FILE"] = "kept"
    service = scheduled(dialling, "systemd")["files"]["dialer-nightly.service"]
    assert f"\nLoadCredential=CXONE_CLIENT_SECRET:{secret}\n" in service


def test_the_zone_of_the_command_line_wins(dialling):
    (text,) = scheduled(dialling, "cron", "--timezone", "America/New_York")["files"].values()
    assert "\nCRON_TZ=America/New_York\n" in text


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("--timezone", "Mars/Olympus"), "--timezone 'Mars/Olympus': is no time zone"),
        (("--days", "someday"), "--days 'someday': write days as"),
        (("--at", "late"), "--at 'late': write a time of day as 18:00"),
        (("--at", "22:00"), "--at 22:00: is too late on every night, for the campaign's deadline is 21:00"),
    ],
)
def test_what_cannot_be_read_ends_with_2(dialling, words, begins):
    (error,) = scheduled(dialling, "cron", *words, code=2)["errors"]
    assert error.startswith(begins)


def test_a_start_that_not_after_refuses_is_told_and_one_in_time_has_until_then(dialling):
    campaign = dialling.write_campaign(
        'name = "nightly"\ncontacts = "*.csv"\n[run]\nnot_after = "21:00"\n[hours]\ntimezone = "UTC"\n'
    )
    words = ("schedule", "kubernetes", "-c", campaign, "--json", "--at")
    (error,) = dialling.here(*words, "06:00", code=2).json["errors"]
    (text,) = dialling.here(*words, "18:00").json["files"].values()
    assert error == "--at 06:00: is too late on every night, for the campaign's not_after is 21:00"
    assert "startingDeadlineSeconds: 10800" in text


def test_a_campaign_that_could_not_be_run_ends_with_2(dialer):
    campaign = dialer.write_campaign('name = "nightly"\npacee = 1\n')
    told = dialer.here("schedule", "cron", "-c", campaign, "--at", "18", "--json", code=2).json["errors"]
    assert [error.partition(": ")[2] for error in told] == [
        "unknown key pacee; did you mean pace?",
        "write a time of day as 18:00",
    ]
    campaign = dialer.write_campaign('name = "nightly"\n')
    (error,) = dialer.here("schedule", "cron", "-c", campaign, "--at", "18:00", "--json", code=2).json["errors"]
    assert error.startswith("no contact list: set contacts in ")
    assert dialer.here("schedule", "cron", "--at", "18:00", code=2).err == "error: no campaign: name its file with -c\n"
