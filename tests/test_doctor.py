"""What a night will miss: looked at with nothing in the environment, in no folder, and without ringing anybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from truth import numbers

from dialer.actions.doctor.space import needed_for, shown
from dialer.actions.doctor.surroundings import surroundings
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)

CAMPAIGN = 'name = "nightly"\ncontacts = "list*.csv"\n[hours]\ntimezone = "Europe/Berlin"\n'


@pytest.fixture(autouse=True)
def no_authorities_of_this_machine(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def night(dialling):
    """Give a campaign with everything a night needs beside it, but for the ledger, which is where the home is."""
    dialling.write_list([number] for number in numbers(5))
    settings = {name: dialling.env.pop(name) for name in tuple(dialling.env) if name.startswith("CXONE_")}
    dotenv = dialling.home / ".env"
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    dotenv.chmod(0o600)
    return dialling


def asked(night, *words, campaign=CAMPAIGN, code=0):
    """Ask the doctor; what was looked at and the night would miss, and what it would not."""
    told = night.here("doctor", "-c", night.write_campaign(campaign), "--json", *words, code=code).json
    assert told["exit_code"] == code
    sides = {True: [], False: []}
    for check in told["checks"]:
        sides[check["is_well"]].append((check["what"], check["says"]))
    return sides[False], sides[True]


def test_a_night_that_has_everything_misses_nothing(night, truth):
    before = night.files()
    missed, had = asked(night)
    assert (missed, [what for what, _ in had]) == (
        [],
        ["program", "campaign", "settings", "clock", "ledger", "list", "space"],
    )
    assert (night.files() - {"campaign.toml"}, truth.requests) == (before, [])


def test_settings_of_the_shell_are_not_there_at_night(night):
    lines = (night.home / ".env").read_text().splitlines()
    (night.home / ".env").unlink()
    night.env |= dict(line.split("=", 1) for line in lines)
    missed, _ = asked(night, code=2)
    names = ("CALLER_NUMBER", "CLIENT_ID", "CLIENT_SECRET", "FLOW_ID")
    told = "\n".join(says for what, says in missed if what == "settings")
    assert [name for name in names if f"CXONE_{name}" not in told] == []
    lost = "CXONE_BASE_URL, CXONE_CALLER_NUMBER, CXONE_CLIENT_ID, CXONE_CLIENT_SECRET, CXONE_FLOW_ID"
    says = f"set only where this was typed, and not in {night.home / '.env'}: {lost}"
    assert missed[-1] == ("environment", says)


def test_what_the_scheduler_hands_over_is_there(night):
    (night.home / ".env").rename(night.home / "service.env")
    assert asked(night, "--env-file", night.home / "service.env")[0] == []


def test_a_secret_whose_file_is_found_from_one_folder_alone_is_missed(night):
    dotenv = night.home / ".env"
    (night.home / "secret").write_text("s3cret-of-the-client")
    lines = [line for line in dotenv.read_text().splitlines() if "SECRET" not in line]
    dotenv.write_text("\n".join([*lines, "CXONE_CLIENT_SECRET_FILE=secret"]))
    assert asked(night, "--here")[0] == []
    missed, _ = asked(night, code=2)
    assert missed[0] == (
        "settings",
        "CXONE_CLIENT_SECRET_FILE: secret cannot be read: No such file or directory",
    )


def test_a_deadline_on_the_clock_of_a_shell_is_missed(night):
    night.env["TZ"] = "America/New_York"
    campaign = CAMPAIGN.replace('timezone = "Europe/Berlin"', 'deadline = "20:00"')
    (missed,) = asked(night, campaign=campaign, code=2)[0]
    assert missed == ("clock", "TZ=America/New_York is set only where this was typed: say [hours] timezone instead")


# From here on in this very process: what is looked at is the same.


def missed_here(night, **asked_for):
    return asked(night, "--here", code=2, **asked_for)[0]


def test_everything_wrong_with_a_campaign_is_told(night):
    told = missed_here(night, campaign='name = "nightly"\npacee = 1\nredail = 2\n[hours]\n')
    assert [what for what, _ in told] == ["campaign", "campaign"]


def test_a_list_that_is_not_there_is_told(night):
    (night.home / "list.csv").unlink()
    ((what, says),) = missed_here(night)
    assert (what, says.startswith("no contact list: nothing matches 'list*.csv' beside ")) == ("list", True)


def test_a_list_whose_column_is_gone_is_told(night):
    night.write_list([["1"]], headings=["name"])
    (told, *_) = missed_here(night)
    assert told[0] == "list"


def test_a_place_for_results_that_is_no_good_is_told(night):
    text = CAMPAIGN + '[results]\nfile = "list.csv/{run}.csv"\nlatest = "list.csv"\n[run]\nnot_after = "21:00"\n'
    missed, had = asked(night, "--here", campaign=text, code=2)
    assert [(what, says.partition(": ")[2]) for what, says in missed] == [
        ("results", f"a folder for them cannot be made in {night.home / 'list.csv'}"),
        ("results", f"{night.home / 'list.csv'} holds no results, and would be overwritten"),
    ]
    assert dict(had)["clock"].startswith("none is begun after 21:00, on the clock of Europe/Berlin")


def test_a_ledger_that_lies_elsewhere_from_another_folder_is_told(night):
    night.env["DIALER_LEDGER"] = "our.db"
    says = "our.db is another file in each folder that it is begun from: name it from / on"
    assert missed_here(night) == [("ledger", says)]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_ledger_that_cannot_be_written_is_told(night):
    folder = night.home / "kept"
    folder.mkdir(mode=0o500)
    night.env["DIALER_LEDGER"] = str(folder / "l.db")
    assert missed_here(night) == [("ledger", f"{folder / 'l.db'} cannot be written by this user")]


def test_a_ledger_that_is_none_is_told(night):
    Path(night.env["DIALER_LEDGER"]).write_text("not a ledger, and longer than its head " * 9)
    ((what, _),) = missed_here(night)
    assert what == "ledger"


def test_a_campaign_that_is_going_on_is_told(night, holder, ledger_path):
    with open_ledger(ledger_path):
        pass
    ((what, says),) = missed_here(night, campaign=CAMPAIGN.replace("nightly", "spring"))
    assert (what, says.startswith("the campaign is run now by ")) == ("lock", True)


def test_a_do_not_call_file_that_is_too_old_is_told(night):
    dnc = night.home / "dnc.txt"
    dnc.write_text("+12025550123\n")
    campaign = CAMPAIGN + '[suppression]\nfiles = [{ path = "dnc.txt", max_age = "24h" }]\n'
    (had,) = (says for what, says in asked(night, "--here", campaign=campaign)[1] if what == "do-not-call")
    assert had.startswith("dnc.txt, less than a second old; from ")
    os.utime(dnc, (0, 0))
    ((what, says),) = missed_here(night, campaign=campaign)
    assert (what, says.startswith("the do-not-call list dnc.txt is ")) == ("do-not-call", True)


def test_a_run_that_would_wait_into_the_next_night_is_told(night):
    ((what, _),) = missed_here(night, campaign=CAMPAIGN + 'when_closed = "wait"\n')
    assert what == "clock"
    assert asked(night, "--here", campaign=CAMPAIGN + 'when_closed = "wait"\ndeadline = "21:00"\n')[0] == []


@pytest.mark.skipif(os.name != "posix", reason="elsewhere files have other rights")
def test_settings_that_others_can_read_are_told_though_nothing_is_missed(night):
    (night.home / ".env").chmod(0o644)
    missed, had = asked(night, "--here")
    says = f"{night.home / '.env'} can be read by others on this machine: chmod 600"
    assert (missed, ("settings", says) in had) == ([], True)


def test_the_provider_is_asked_on_demand_and_rings_nobody(night, truth):
    said = "cxone would take a call, as far as it is asked before one"
    assert asked(night, "--here", "--online")[1][-1] == ("provider", said)
    assert ([request.path for request in truth.requests], truth.rang) == (["/v2/oauth/token"], [])


def test_a_provider_that_does_not_let_us_in_is_told(night):
    night.env["CXONE_BASE_URL"] = "http://127.0.0.1:9"
    ((what, _),) = missed_here_online(night)
    assert what == "provider"


def missed_here_online(night):
    return asked(night, "--here", "--online", code=2)[0]


def test_a_person_reads_a_line_for_each(night):
    (night.home / "list.csv").unlink()
    lines = night.here("doctor", "-c", night.write_campaign(CAMPAIGN), "--here", code=2).out.splitlines()
    assert lines[0].startswith("ok        campaign    nightly, ")
    assert lines[-2].startswith("WILL MISS list        no contact list: ")
    assert lines[-1] == "the night will miss 1 thing"


def test_without_a_campaign_there_is_nothing_to_look_at(dialer):
    assert dialer.here("doctor", code=2).err == "error: no campaign: name its file with -c\n"


def test_a_scheduler_gives_little():
    assert surroundings({"HOME": "/x", "CXONE_REALM": "na1"}).keys() <= {"PATH", "HOME", "LOGNAME"}


def test_a_night_takes_no_more_of_a_disk_than_is_told(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("x" * 59 + "\n")
    path.write_text(path.read_text() * 50_000)
    assert needed_for(path) > 2 * 25_600_000 + 8_000_000 + 10_600_000  # measured of such a list, loading included
    assert [shown(size) for size in (9, 98_100_000, 8_600_000_000)] == ["1 kB", "98.1 MB", "8.6 GB"]
