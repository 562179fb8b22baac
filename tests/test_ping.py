"""A ping is tried three times within its time, follows nobody, reads no answer, and says no more than why it failed."""

from __future__ import annotations

from time import monotonic

import pytest
from alert_servers import Listener, dead, deaf

from dialer.alerts.background import AlertError, Errand
from dialer.alerts.ping import address_complaint, ping, request_of, spoken_at

URL = "https://hc-ping.com/uuid"


def pinged(url, *, seconds=5.0):
    """Ping an address; return what went wrong, and the pauses that were made."""
    pauses = []
    try:
        ping(url, b"text", until=monotonic() + seconds, pause=pauses.append)
    except AlertError as problem:
        return str(problem), pauses
    return "", pauses


@pytest.mark.parametrize(
    ("statuses", "asked", "failure"),
    [
        ([200], 1, ""),
        ([204], 1, ""),
        ([500], 3, "HTTP 500"),
        ([503, 200], 2, ""),
        ([503, 429, 200], 3, ""),
        ([404], 1, "HTTP 404"),
        ([302], 1, "HTTP 302, a redirect, which is not followed"),
    ],
)
def test_what_may_mend_is_tried_three_times_and_a_redirect_is_not_followed(statuses, asked, failure):
    with Listener(statuses) as listener:
        found = pinged(f"{listener.url}/x")

        assert (found, listener.paths) == ((failure, [1.0, 2.0][: asked - 1]), ["/x"] * asked)


def test_nobody_there_is_tried_as_often():
    assert pinged(dead()) == ("Connection refused", [1.0, 2.0])


def test_an_answer_without_an_end_is_not_read():
    with Listener(endless=True) as listener:
        assert pinged(listener.url) == ("", [])


def test_who_is_deaf_is_left_when_the_time_is_over():
    with deaf() as url:
        assert pinged(url, seconds=0.2) == ("no answer in time", [])


def test_what_speaks_no_http_is_no_answer():
    with Listener([0]) as listener:
        failure, _ = pinged(listener.url)
    assert failure == "the answer cannot be read as HTTP"


def test_an_errand_that_hangs_is_left_behind_and_one_that_breaks_says_how():
    with deaf() as url:
        hangs = Errand("ping", lambda: ping(url, b"", until=monotonic() + 2))
        breaks = Errand("ping", lambda: 1 / 0)
        now = monotonic()

        assert hangs.failure(until=now) == "no answer in time"
        assert breaks.failure(until=now + 5) == "it failed with ZeroDivisionError"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        (URL, ""),
        ("http://localhost:8000/ping/x", ""),
        ("hc-ping.com/uuid", "must look like https://host/path"),
        ("file:///etc/passwd", "must look like https://host/path"),
        ("https://host/a b", "must look like https://host/path"),
        ("https://höst/", "must look like https://host/path"),
        ("https://host:port/", "is not an address"),
    ],
)
def test_an_address_is_looked_at_before_the_night(url, complaint):
    assert address_complaint(url) == complaint


@pytest.mark.parametrize(
    ("url", "spoken"),
    [
        (URL, "healthchecks"),
        ("https://cronitor.link/p/key/x", "cronitor"),
        ("https://eu.cronitor.io/x", "cronitor"),
        ("https://notcronitor.io/x", "healthchecks"),
    ],
)
def test_a_service_is_known_by_its_host(url, spoken):
    assert spoken_at(url) == spoken


@pytest.mark.parametrize(
    ("state", "code", "asked"),
    [
        ("start", 0, (f"{URL}/start", b"told")),
        ("success", 5, (URL, b"told")),
        ("fail", 3, (f"{URL}/3", b"told")),
        ("log", 4, (f"{URL}/log", b"told")),
    ],
)
def test_healthchecks_is_told_by_what_is_behind_its_address(state, code, asked):
    assert request_of(URL, "healthchecks", state, exit_code=code, text="told") == asked


@pytest.mark.parametrize(
    ("state", "code", "asked"),
    [
        ("start", 0, "?host=a&state=run"),
        ("success", 5, "?host=a&state=complete&status_code=5&message=all%20told"),
        ("fail", 3, "?host=a&state=fail&status_code=3&message=all%20told"),
    ],
)
def test_cronitor_is_told_by_a_state(state, code, asked):
    url = "https://cronitor.link/p/key/x"
    assert request_of(f"{url}?host=a", "cronitor", state, exit_code=code, text="all told") == (url + asked, b"")


def test_cronitor_has_no_word_for_a_line_in_the_log():
    assert request_of("https://cronitor.link/p/key/x", "cronitor", "log", exit_code=4, text="") is None
