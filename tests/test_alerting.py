"""Somebody is told how every night ended; nothing of a person is told, and nobody who is told can harm a run."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from time import monotonic

import pytest
import typer
from alert_servers import Heard, Listener, dead, deaf
from prometheus_client.parser import text_string_to_metric_families
from truth import Rule, numbers

from dialer.cli.output import ending_of_dialling
from dialer.errors import StoppedError
from dialer.session.choices import Choices

pytest_plugins = ("commands",)

PER_RUN = {"dialer_run_rows", "dialer_run_calls", "dialer_list_rows", "dialer_list_age_seconds"}
ANN, BEN = "+12125550101", "+12125550102"


@pytest.fixture
def service():
    with Listener() as listener:
        yield listener


@pytest.fixture
def night(dialling, service):
    """A campaign that tells the service, and a list of two people whose names and numbers must stay here."""
    dialling.env["DIALER_PING_URL"] = f"{service.url}/ping/uuid"
    dialling.write_list([[ANN, "Annabel"], [BEN, "Benedict"]], headings=("phone", "first_name"))
    dialling.alerts = lambda text, more="": dialling.write_campaign(
        f'name = "nightly"\ncontacts = "list.csv"\n{more}\n[alerts]\n{text}\n'
    )
    return dialling


def logged(dialer, event):
    path = dialer.home / "ledger.db.log"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [found for found in map(json.loads, lines) if found["event"] == event]


def test_a_night_is_told_of_at_its_start_and_at_its_end_with_the_summary(night, service):
    night.here("run", "-c", night.alerts("ping = true"))

    assert service.heard == [
        Heard("/ping/uuid/start", ""),
        Heard(
            "/ping/uuid",
            "dialer nightly: done (0)\nall was dialled\nrun 1: 2 rows, ended: done\n      placed          2\n"
            "statuses: queued 2",
        ),
    ]


def test_nothing_of_a_person_is_told(night, service, truth):
    truth.tell(Rule(number=ANN, status=404, body={"error": f"no such customer Annabel {ANN}"}))
    night.here("run", "-c", night.alerts("ping = true"), code=None)
    night.here("run", night.home / f"{ANN}.csv", "-c", night.home / "campaign.toml", code=2)
    night.here("run", "-c", night.home / "campaign.toml", code=None)

    told = "\n".join(heard.body for heard in service.heard)
    assert service.paths[1::2] == ["/ping/uuid/1", "/ping/uuid/2", "/ping/uuid"]
    assert [part for part in (ANN, ANN[1:], BEN, "Annabel", "Benedict") if part in told] == []


def test_a_night_with_nothing_to_do_is_a_success(night, service):
    campaign = night.alerts("ping = true")
    night.here("run", "-c", campaign)
    night.here("run", "-c", campaign, code=5)

    assert service.paths[2:] == ["/ping/uuid/start", "/ping/uuid"]
    assert service.heard[-1].body.startswith("dialer nightly: nothing (5)\nthere was nothing to do\nnothing to do: ")


def test_settings_that_are_wrong_are_a_failure(night, service):
    night.env["CXONE_FLOW_ID"] = ""
    night.here("run", "-c", night.alerts("ping = true"), code=2)

    assert service.heard[1:] == [
        Heard(
            "/ping/uuid/2",
            "dialer nightly: settings (2)\nnobody was dialled: a setting, the campaign, the list or the ledger is "
            "wrong\n1 complaint in the log",
        )
    ]


@pytest.mark.parametrize(
    "spoilt", ['name = "nightly"\nnonsense = 1\n[alerts]\nping = true\n', 'name = "night', "[alerts]\nx=1"]
)
def test_a_campaign_that_is_spoilt_is_a_failure_as_long_as_the_address_is_known(night, service, spoilt):
    night.home.joinpath("campaign.toml").write_text(spoilt, "utf-8")
    night.here("run", "-c", "campaign.toml", code=2)

    assert service.paths == ["/ping/uuid/start", "/ping/uuid/2"]


def test_a_spoilt_campaign_where_nobody_has_an_address_is_told_to_nobody(night, service):
    del night.env["DIALER_PING_URL"]
    night.home.joinpath("campaign.toml").write_text("x", "utf-8")
    ran = night.here("run", "-c", "campaign.toml", code=2)

    assert (service.heard, "warning" in ran.err, logged(night, "alert.failed")) == ([], False, [])


def test_a_refusal_is_a_failure(night, service):
    night.home.joinpath("list.csv").write_text("phone\nnone\n", "utf-8")
    night.here("run", "-c", night.alerts("ping = true"), code=6)

    assert service.paths == ["/ping/uuid/start", "/ping/uuid/6"]


def test_another_process_at_it_is_no_more_than_a_line(night, service, holder):
    night.env["DIALER_LEDGER"] = str(night.home / "ledger.db")
    text = night.alerts("ping = true").read_text("utf-8").replace("nightly", "spring")
    night.home.joinpath("campaign.toml").write_text(text, "utf-8")
    night.here("run", "-c", "campaign.toml", code=4)

    assert service.paths == ["/ping/uuid/start", "/ping/uuid/log"]


def test_work_that_is_left_by_plan_is_a_success(night, service):
    night.here("run", "-c", night.alerts("ping = true"), "--limit", "1", code=7)

    assert service.paths[-1] == "/ping/uuid"
    assert "left in all runs: 1 row to dial" in service.heard[-1].body


@pytest.mark.parametrize(
    ("problem", "code"), [(ZeroDivisionError(f"what {ANN} owes"), 70), (KeyboardInterrupt(), 3), (StoppedError(ANN), 3)]
)
def test_whatever_ends_a_command_is_told(night, service, monkeypatch, problem, code):
    campaign = night.alerts("ping = true")
    monkeypatch.setenv("DIALER_PING_URL", night.env["DIALER_PING_URL"])
    choices = Choices(campaign=campaign, ledger=night.home / "ledger.db")
    with pytest.raises(typer.Exit), ending_of_dialling(choices, as_json=True, log=None, quiet=True):
        raise problem

    assert service.paths == ["/ping/uuid/start", f"/ping/uuid/{code}"]
    assert ANN not in service.heard[1].body


def test_a_scheduler_that_ends_a_command_before_its_first_call_is_told_of(night, service):
    night.write_list([number] for number in numbers(2_000) * 50)
    with night.started("run", "-c", night.alerts("ping = true")) as process:
        service.wait_for(1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert (process.returncode, service.paths) == (3, ["/ping/uuid/start", "/ping/uuid/3"])


@pytest.mark.slow
def test_figures_are_whole_whenever_a_command_is_killed(night):
    campaign = night.alerts('textfile = "{campaign}.prom"')
    night.here("run", "-c", campaign)
    whole = set(samples(night.home / "nightly.prom"))
    for tries in range(12):
        with night.started("run", "-c", campaign) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.7 + tries / 10)
            process.kill()
            process.wait()
        found = set(samples(night.home / "nightly.prom"))
        assert found in (whole, {name for name in whole if name[0] not in PER_RUN})


def test_the_sandbox_check_and_dry_runs_tell_nobody(night, service):
    campaign = night.alerts('ping = true\ntextfile = "x.prom"\nnotify = ["done"]')
    night.env["DIALER_NOTIFY"] = service.url.replace("http:", "json:")
    night.here("run", "-c", campaign, "--sandbox")
    night.here("run", "-c", campaign, "--dry-run")
    night.here("check", "-c", campaign)

    assert (service.heard, (night.home / "x.prom").exists()) == ([], False)


def test_going_on_without_naming_the_campaign_is_told_as_it_says(night, service):
    night.here("run", "-c", night.alerts("ping = true"), "--limit", "1", code=7)
    night.here("resume")

    assert service.paths == ["/ping/uuid/start", "/ping/uuid", "/ping/uuid"]


def test_an_address_may_be_kept_in_a_file(night, service):
    kept = night.home / "secret"
    kept.write_text(night.env.pop("DIALER_PING_URL") + "\n", "utf-8")
    night.env["DIALER_PING_URL_FILE"] = str(kept)
    night.here("run", "-c", night.alerts("ping = true"))

    assert service.paths == ["/ping/uuid/start", "/ping/uuid"]


def test_cronitor_is_told_in_its_own_words(night, service):
    night.here("run", "-c", night.alerts('ping = "cronitor"'))

    first, last = service.paths
    assert first == "/ping/uuid?state=run"
    assert last.startswith("/ping/uuid?state=complete&status_code=0&message=dialer%20nightly%3A%20done")


@pytest.mark.parametrize("is_quiet", [False, True])
def test_who_is_not_there_costs_a_night_nothing_but_a_warning(night, is_quiet):
    night.env["DIALER_PING_URL"] = dead()
    ran = night.here("run", "-c", night.alerts("ping = true"), *(["--quiet"] if is_quiet else []))

    assert [(event["channel"], event["reason"]) for event in logged(night, "alert.failed")] == [
        ("ping at the start", "Connection refused"),
        ("ping", "Connection refused"),
    ]
    told = [line for line in ran.err.splitlines() if line.startswith("warning")]
    assert told == (
        []
        if is_quiet
        else [
            "warning: nobody was told by ping at the start (Connection refused), ping (Connection refused)",
        ]
    )
    assert ((ran.out, ran.err) == ("", "")) == is_quiet


@pytest.mark.slow
def test_who_is_deaf_does_not_hold_a_night_for_longer_than_ten_seconds(night):
    with deaf() as address:
        night.env |= {"DIALER_PING_URL": address, "DIALER_NOTIFY": address.replace("http:", "json:")}
        campaign = night.alerts('ping = true\nnotify = ["done"]')
        began = monotonic()
        ran = night("run", "-c", campaign)
        took = monotonic() - began

    assert "notify, address 1 (it was not taken), ping at the start (no answer in time)" in ran.err
    assert 10 <= took < 17, took  # the process starts and dials meanwhile


def test_an_answer_without_an_end_is_not_read(night):
    with Listener(endless=True) as listener:
        night.env["DIALER_PING_URL"] = f"{listener.url}/x"
        night.here("run", "-c", night.alerts("ping = true"))

        assert listener.paths == ["/x/start", "/x"]


def test_an_address_is_in_no_message_and_no_log(night):
    night.env["DIALER_PING_URL"] = f"{dead()}/s3cret-uuid"
    night.env["DIALER_NOTIFY"] = "json://user:s3cret@127.0.0.1:1/s3cret nonsense-s3cret"
    ran = night.here("run", "-c", night.alerts('ping = true\nnotify = ["done"]'))
    found = night.here("check", "-c", night.home / "campaign.toml", code=None)

    said = ran.out + ran.err + found.out + found.err + (night.home / "ledger.db.log").read_text("utf-8")
    assert "s3cret" not in said
    assert [event["channel"] for event in logged(night, "alert.failed")] == [
        "notify, address 1",
        "notify, address 2",
        "ping at the start",
        "ping",
    ]


def test_who_is_to_be_notified_of_an_end_gets_a_message(night, service):
    night.env["DIALER_NOTIFY"] = service.url.replace("http:", "json:") + "/chat"
    campaign = night.alerts('notify = ["nothing"]')
    night.here("run", "-c", campaign)
    night.here("run", "-c", campaign, code=5)

    (heard,) = service.heard
    message = json.loads(heard.body)
    assert (message["title"], message["type"]) == ("dialer nightly: nothing (5)", "success")


def test_check_says_who_would_not_be_told(night):
    night.env |= {"DIALER_PING_URL": "not an address", "DIALER_NOTIFY": "json://127.0.0.1 nonsense"}
    ran = night.here("check", "-c", night.alerts('ping = true\nnotify = ["done"]\ntextfile = "../no/where.prom"'))

    told = list(" ".join(ran.out.split()).split("nobody would be told by ")[1:])
    assert [line.split(":")[0] for line in told] == ["ping", "notify", "textfile"]
    assert "address 2 of 2 is none that apprise knows" in told[1]


def samples(path):
    text = path.read_text("utf-8")
    return {
        (sample.name, *(value for name, value in sorted(sample.labels.items()) if name != "campaign")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_are_written_for_prometheus(night):
    campaign = night.alerts('textfile = "dialer_{campaign}.prom"')
    night.here("run", "-c", campaign)
    found = samples(night.home / "dialer_nightly.prom")

    assert {name: value for (name, *rest), value in found.items() if not rest and not name.endswith("seconds")} == {
        "dialer_run_exit_code": 0,
        "dialer_list_rows": 2,
        "dialer_open_rows": 0,
        "dialer_unknown_rows": 0,
        "dialer_ledger_size_bytes": found["dialer_ledger_size_bytes",],
    }
    assert (found["dialer_run_rows", "placed"], found["dialer_run_calls", "queued"]) == (2, 2)
    assert found["dialer_run_last_success_timestamp_seconds",] == found["dialer_run_end_timestamp_seconds",]


def test_the_last_success_outlives_nights_that_fail(night):
    campaign = night.alerts('textfile = "{campaign}.prom"')
    night.here("run", "-c", campaign)
    before = samples(night.home / "nightly.prom")
    night.env["CXONE_FLOW_ID"] = ""
    night.here("run", "-c", campaign, code=2)
    after = samples(night.home / "nightly.prom")

    name = ("dialer_run_last_success_timestamp_seconds",)
    assert (after["dialer_run_exit_code",], after[name]) == (2, before[name])


def test_figures_that_cannot_be_written_are_a_warning(night):
    ran = night.here("run", "-c", night.alerts('textfile = "no/where.prom"'))

    assert "warning: nobody was told by textfile (No such file or directory)" in ran.err


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ("", 1),
        ('trouble = { rejected = "51%" }', 0),
        ('trouble = { rejected = "50%" }', 1),
        ("trouble = { rejected = 2 }", 0),
    ],
)
def test_rows_are_trouble_from_the_count_on_that_the_campaign_says(night, truth, trouble, code):
    truth.tell(Rule(number=ANN, status=404))
    night.here("run", "-c", night.alerts(trouble), code=code)


def test_without_the_extra_check_says_how_to_get_it(night):
    night.home.joinpath("apprise.py").write_text("raise ImportError", "utf-8")
    night.env |= {"DIALER_NOTIFY": "json://127.0.0.1", "PYTHONPATH": str(night.home)}
    ran = night("check", "-c", night.alerts('notify = ["done"]'))

    says = "nobody would be told by notify: DIALER_NOTIFY: it needs the extra that sends messages: pip install"
    assert says in " ".join(ran.out.split())


def test_a_schedule_hands_the_addresses_over_as_secrets(night):
    campaign = night.alerts('ping = true\nnotify = ["done"]')
    ran = night.here("schedule", "kubernetes", "-c", campaign, "--at", "18:00", "--timezone", "Europe/Berlin")

    assert [name for name in ("DIALER_PING_URL", "DIALER_NOTIFY") if f'"{name}_FILE"' not in ran.out] == []
    assert night.env["DIALER_PING_URL"] not in ran.out


def test_an_address_that_is_missing_is_said_every_night(night, service):
    del night.env["DIALER_PING_URL"]
    ran = night.here("run", "-c", night.alerts("ping = true"))

    assert ran.err == "warning: nobody was told by ping (DIALER_PING_URL is not set)\n"
