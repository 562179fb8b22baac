"""Words beside a number: labels are left out, objections suppress the number in every row, unknown words refuse it."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.numbers.reader import NumberReader
from dialer.numbers.words_beside import LABELS, read_words

pytest_plugins = ("commands",)

NUMBER = "+12125550101"
LABELLED = [
    "Home",
    "mobile",
    "(work)",
    "Tel.",
    "Tel. no.",
    "[office]",
    "Handy",
    "privat",
    "Büro",
    "móvil",
    "Casa",
    "cell",
]
OBJECTING = [
    *("DNC", "D.N.C.", "do not call", "DO NOT CALL", "don't call", "no calls", "No call", "never call", "STOP", "stop"),
    *("opted out", "opt-out", "unsubscribed", "blocked", "wrong number", "wrong person", "bad number", "disconnected"),
    *(
        "not in service",
        "out of service",
        "deceased",
        "fax",
        "Fax:",
        "SMS only",
        "text only",
        "whatsapp only",
        "removed",
    ),
    *(
        "asked to be removed",
        "refuses calls",
        "calls not wanted",
        "Ann - do not call",
        "home, no calls",
        "phone no contact",
    ),
    *("nicht anrufen", "keine Anrufe", "ne pas appeler", "no llamar", "non chiamare", "não ligar", "niet bellen"),
    *("nie dzwonić", "Werbesperre", "verstorben", "falsche Nummer", "numéro... ne plus appeler"),
]
UNKNOWN = ["John", "(mum)", "ask for Ann", "old", "test", "дом", "ext", "call after work"]
PLACES = [
    "{word} 212 555 0101",
    "212 555 0101 {word}",
    "{word}: +12125550101",
    "2125550101 ({word})",
    "2125550101 - {word}",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", LABELLED)
def test_a_label_is_left_out_in_front_and_behind(place, word):
    reading = NumberReader("US").read(place.format(word=word))
    assert (reading.number, reading.code) == (NUMBER, "number-text")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", OBJECTING)
def test_an_objection_beside_a_number_is_no_number_to_dial(place, word):
    reading = NumberReader("US").read(place.format(word=word))
    assert (reading.number, reading.code) == (None, "number-says-no")


@pytest.mark.parametrize("place", PLACES[:3])
@pytest.mark.parametrize("word", UNKNOWN)
def test_unknown_words_are_named_and_nothing_is_dialled(place, word):
    reading = NumberReader("US").read(place.format(word=word))
    assert (reading.number, reading.code) == (None, "number-words")
    assert all(repr(part) in reading.message for part in word.strip("()").split() if part.casefold() not in LABELS)


@given(st.lists(st.sampled_from(sorted(LABELS)), max_size=3))
def test_no_labels_together_are_unknown(words):
    assert read_words(tuple(words))[1] == ()


@given(st.text(alphabet="dnc opstautXx*?()#:2+-", max_size=20))
def test_whatever_stands_beside_digits_is_read(text):
    NumberReader("US").read(text)


@pytest.mark.parametrize("cell", ["DNC 2125550101", "+1 212 555 0101 (do not call)", "STOP: 12125550101"])
@pytest.mark.parametrize("last", ["first", "last"])
def test_an_objection_beside_a_number_binds_every_row_of_it_wherever_it_stands(dialer, cell, last):
    dialer.write_campaign(
        f'name = "x"\n[list]\nregion = "US"\nduplicates = "{last}"\n[hours]\nenforce = false\nreason = "test"\n'
    )
    rows = [[NUMBER], ["+12125550102"], *([f"+1212555{at:04}"] for at in range(200, 2900)), [cell], ["(212) 555-0101"]]
    dialer.write_list(rows)
    dialer.here("check", "list.csv", "-c", "campaign.toml", "-o", "out.csv")
    outcomes = {row["row"]: row["outcome"] for row in dialer.results("out.csv") if row["outcome"] != "ready"}
    assert outcomes == {"2": "suppressed", "2704": "suppressed", "2705": "suppressed"}


def test_nobody_is_rung_whose_number_objects_and_verify_agrees(dialling, truth):
    with (dialling.home / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["phone"], [NUMBER], ["Home: +12125550102"], ["DNC +12125550101"]])
    dialling.here("run", "list.csv", "-o", "out.csv")
    assert [row["outcome"] for row in dialling.results("out.csv")] == ["suppressed", "placed", "suppressed"]
    assert [number for number, *_ in truth.rang] == ["+12125550102"]
    assert "BROKEN" not in dialling.here("verify").out
