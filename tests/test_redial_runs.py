"""Whole runs that call people again, in the sandbox, whose number +1 … 555 0189 fails and then answers."""

from __future__ import annotations

import csv

pytest_plugins = ("commands",)

CAMPAIGN = """
name = "spring"
[pace]
calls_per_second = 100
[redial]
on = { failed = { after = "1s", tries = 2 } }
"""


def test_a_rehearsal_calls_again_and_tells_each_call(dialer):
    dialer.write_list([("+12125550189",), ("+12125550101",)])
    campaign = dialer.write_campaign(CAMPAIGN + '[hours]\nenforce = false\nreason = "a test"\n')
    ran = dialer.here("run", "list.csv", "-c", campaign, "--sandbox", "--json")
    dialer.here("report", 1, "--sandbox", "--calls", "calls.csv")

    assert ran.json["statuses"] == {"completed": 2}
    first, second = dialer.results()
    assert [word.split()[2] for word in first["history"].split(" | ")] == ["failed", "completed"]
    assert (first["tries"], second["tries"]) == ("2", "1")
    with (dialer.home / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(line["row"], line["status"]) for line in csv.DictReader(file)] == [
            ("2", "failed"),
            ("2", "completed"),
            ("3", "completed"),
        ]
    dialer.here("verify", 1, "--sandbox")


def test_a_single_call_is_not_followed_by_another(dialer):
    campaign = dialer.write_campaign(CAMPAIGN + '[hours]\nenforce = false\nreason = "a test"\n')
    ran = dialer.here("call", "+12125550189", "-c", campaign, "--sandbox", "--json")
    assert ran.json["outcome"] == "placed"


def test_check_warns_of_a_word_that_the_provider_never_says(dialer):
    dialer.write_list([("+12125550101",)])
    campaign = dialer.write_campaign(CAMPAIGN.replace("failed =", "busy =") + "[hours]\nvoice = 'live'\n")
    ran = dialer.here("check", "list.csv", "-c", campaign, "--sandbox")
    assert "[redial] on: sandbox never says 'busy' of a call that is over, but completed, failed" in ran.out
