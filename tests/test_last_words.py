"""`--track` ends on every last word of every provider, and each row has the word of its own call."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from trials.common import a_home
from truth import numbers
from voices import VOICES

from dialer.providers.port import find_adapter

pytest_plugins = ("commands",)

POLLED = {name: voice for name, voice in VOICES.items() if voice.provider != "asterisk"}
"""Those whose last words are found by asking; an Asterisk tells them by itself."""

IN_THE_SANDBOX = {"+12125550101": "completed", "+12125550190": "busy", "+12125550198": "failed"}


@pytest.mark.parametrize("voice", POLLED.values(), ids=POLLED)
def test_calls_are_followed_to_every_last_word(voice):
    if voice.provider == "connect" and find_spec("botocore") is None:
        pytest.skip("it is an extra")
    final = find_adapter(voice.provider).final_statuses - {"ended", "disconnected"}
    words = sorted(final | set(voice.words))
    told = dict(zip(numbers(len(words)), words, strict=True))
    with a_home(voice=voice, courses={number: (word,) for number, word in told.items()}) as (dialer, truth):
        dialer.here("run", dialer.write_list([number] for number in told), "--rate", 100, "--track")
        rows = dialer.results()

    assert {row["number"]: row["status"] for row in rows} == told
    assert sorted(number for number, _ in truth.rang) == sorted(told)


def test_an_asterisk_tells_its_last_words_by_itself(dialer):
    contacts = dialer.write_list([number] for number in IN_THE_SANDBOX)
    dialer.here("run", contacts, "--provider", "asterisk", "--sandbox", "--track", "--quiet")

    assert {row["number"]: row["status"] for row in dialer.results()} == IN_THE_SANDBOX
