"""A command that dials nobody leaves a line in the log, as one that does: in the morning nobody was watching."""

from __future__ import annotations

import json
import re

pytest_plugins = ("commands",)

ANN, BOB = "+12125550101", "+12125550102"


def logged(dialer):
    path = dialer.home / "ledger.db.log"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def told(event):
    return {key: event[key] for key in ("event", "exit_code", "reasons")}


def test_a_night_without_a_new_list_is_an_event(dialling):
    path = dialling.write_list([[ANN]])
    dialling.here("run", path)
    dialling.here("run", path, code=5)

    last = logged(dialling)[-1]
    assert (last["event"], last["exit_code"], len(last["reasons"])) == ("run.nothing", 5, 1)


def test_a_night_whose_settings_are_wrong_is_an_event_with_every_complaint(dialling):
    dialling.here("run", dialling.write_list([[ANN]]))
    dialling.env["CXONE_FLOW_ID"] = dialling.env["CXONE_CLIENT_ID"] = ""
    ran = dialling.here("run", dialling.write_list([[BOB]]), code=2)

    assert told(logged(dialling)[-1]) == {
        "event": "run.refused",
        "exit_code": 2,
        "reasons": [line.removeprefix("error: ") for line in ran.err.splitlines()],
    }


def test_what_is_noted_of_a_refusal_names_nobody(dialling):
    dialling.here("run", dialling.write_list([[ANN]]))
    dialling.here("run", dialling.home / f"{BOB}.csv", code=2)

    last = logged(dialling)[-1]
    assert (last["event"], BOB in json.dumps(last)) == ("run.refused", False)


def test_going_on_with_nothing_is_an_event_too(dialling):
    dialling.here("run", dialling.write_list([[ANN]]))
    dialling.here("resume", code=5)

    assert [event["event"] for event in logged(dialling)][-2:] == ["run.ended", "run.nothing"]


def test_a_dry_run_leaves_no_line(dialling):
    dialling.here("run", dialling.write_list([[ANN]]), "--dry-run")

    assert logged(dialling) == []


def test_what_cannot_even_begin_leaves_nothing_behind(dialling):
    dialling.here("run", dialling.home / "none.csv", code=2)

    assert dialling.files() == set()


def test_a_campaign_may_have_a_log_a_night_in_which_refusals_are_noted_too(dialling):
    dialling.write_list([[ANN]])
    campaign = dialling.write_campaign('name = "spring"\ncontacts = "list.csv"\nlog = "logs/{campaign}-{date}.log"\n')
    dialling.env["CXONE_FLOW_ID"] = ""
    dialling.here("run", "-c", campaign, code=2)
    dialling.settle_on(dialling.env["CXONE_BASE_URL"])
    dialling.here("run", "-c", campaign)
    dialling.here("resume", "-c", campaign, code=5)

    (path,) = (dialling.home / "logs").iterdir()
    events = [json.loads(line)["event"] for line in path.read_text("utf-8").splitlines()]
    assert re.fullmatch(r"spring-\d{4}-\d\d-\d\d\.log", path.name)
    assert (events[0], *events[-2:]) == ("run.refused", "run.ended", "run.nothing")
    assert logged(dialling) == []
