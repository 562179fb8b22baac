"""Notes that speak of not calling: found in any column of words, told of, and binding where the campaign says so."""

from __future__ import annotations

import csv

import pytest

from dialer.domain.screening.note_phrases import ANCHORS, IN_ONE_WORD, says_no
from dialer.lists.chunk import make_chunk
from dialer.lists.notes_columns import NotesColumns

pytest_plugins = ("commands",)

ANN, BOB, CY = "+12125550101", "+12125550102", "+12125550103"
ANY_HOUR = 'name = "spring"\n[hours]\nenforce = false\nreason = "test"\n'
SAYS_NO = [
    *(
        "asked to be removed from list",
        "please do not call again!!",
        "DO NOT CALL",
        "dnc",
        "DNC - per customer",
        "D.N.C.",
    ),
    *("remove", "Remove from list", "take me off your list", "was removed in May", "remove number", "stop calling"),
    *(
        "Please stop calling me",
        "wants us to stop contacting him",
        "never call",
        "don\u2019t ever contact her",
        "Don't call",
    ),
    *("doesn't want to be called", "does not wish to be contacted", "did not want any more calls", "No calls please"),
    *("no contact", "no more calls", "refuses phone calls", "hates calls", "cease and desist", "no consent"),
    *(
        "opt out",
        "opted-out 3/4",
        "unsubscribed",
        "Unsub",
        "revoked her consent on 3/4",
        "consent was withdrawn",
        "donotcall",
    ),
    *("wrong number", "Wrong person, try other", "deceased", "customer passed away", "disconnected", "out of service"),
    *("number not in service", "text only", "VIP\ndo not call\nold customer", "asked us not to call"),
    *("nicht mehr anrufen", "Bitte nicht anrufen", "keine Anrufe", "Werbesperre", "Kunde verstorben", "falsche Nummer"),
    *("ne plus appeler", "ne souhaite plus être contacté", "décédé", "mauvais numéro", "plus d'appels", "désinscrit"),
    *(
        "no volver a llamar",
        "número equivocado",
        "dado de baja",
        "non chiamare",
        "numero sbagliato",
        "non richiamare più",
    ),
    *("não ligar", "número errado", "niet meer bellen", "bel me niet", "overleden", "nie dzwonić"),
]
SAYS_NOTHING = [
    *("call back tomorrow", "called twice, no answer", "no call back yet", "please call after 5", "No contact details"),
    *("no contact since March", "optional upgrade", "Opt in", "renewal in spring", "phone is best", "list price 200"),
    *(
        "remodel kitchen",
        "not home, call back",
        "contact by phone",
        "not interested",
        "call center agent",
        "No phone number",
    ),
    *(
        "consent given",
        "credit card declined",
        "Priority list",
        "wrong address",
        "left voicemail",
        "did not answer",
        "Ann",
    ),
    *("Orthodontist", "Removal van booked", "Adopted", "12 Option Street", "Dr. Wrong", "AC-0001", ""),
]


def a_chunk(headings, rows):
    return make_chunk(headings, range(2, len(rows) + 2), rows)


@pytest.mark.parametrize("text", SAYS_NO)
def test_a_note_that_speaks_of_not_calling_is_found(text):
    column = ["x y", text.upper(), text, "Ann"]
    found = NotesColumns(("notes",), without=(), binds=False).problems(a_chunk(("notes",), [[cell] for cell in column]))
    assert says_no(text)
    assert {at: (problem.column, problem.value) for at, problem in found.items()} == {
        1: ("notes", text.upper()),
        2: ("notes", text),
    }


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_other_notes_are_left_alone(text):
    assert not says_no(text)


@pytest.mark.parametrize("text", SAYS_NO)
def test_every_phrase_has_an_anchor(text):
    anchors = ANCHORS if " " in text or "\n" in text else IN_ONE_WORD
    assert any(anchor in text.lower() for anchor in anchors)


def test_repeated_cells_and_unusual_signs_are_found_as_well():
    column = ["old customer"] * 20 + ["do not call"] * 3 + ["İ do not call", "a\x1edo not call", "\x1e"]
    found = NotesColumns(("notes",), without=(), binds=False).problems(a_chunk(("notes",), [[cell] for cell in column]))
    assert sorted(found) == [20, 21, 22, 23, 24]


def test_columns_about_other_channels_and_those_read_otherwise_are_left_out():
    headings = ("phone", "Email status", "Notes", "Email notes", "City")
    rows = a_chunk(headings, [["do not call"] * 5, ["x"] * 5])
    assert NotesColumns(headings, without={0}, binds=False).problems(rows)[0].column == "Notes"
    assert NotesColumns(headings, without={0, "Notes", "City", "Email notes"}, binds=False).problems(rows) == {}


def a_list(dialer, *rows):
    with (dialer.home / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("phone", "name", "Notes"), *rows])


def test_notes_are_told_of_with_count_rows_and_first_cells(dialer):
    dialer.write_campaign(ANY_HOUR)
    a_list(dialer, (ANN, "Ann", "asked to be removed"), (BOB, "Bob (DNC)", "x"), (CY, "Cy", "call back later"))
    told = dialer.here("check", "list.csv", "-c", "campaign.toml", "--json").json
    (group,) = told["problems"]
    assert (told["outcomes"], group["code"], group["severity"], group["count"], group["columns"]) == (
        {"ready": 3},
        "text-says-no",
        "warning",
        2,
        {"Notes": 1, "name": 1},
    )
    assert [(example["row"], example["value"]) for example in group["examples"]] == [
        (2, "asked to be removed"),
        (3, "Bob (DNC)"),
    ]
    assert 'suppressed: [suppression] text = "suppress"' in " ".join(
        dialer.here("check", "list.csv", "-c", "campaign.toml").out.split()
    )


def test_notes_bind_every_row_of_the_number_where_the_campaign_says_so(dialling, truth):
    dialling.write_campaign(ANY_HOUR + '[suppression]\ntext = "suppress"\n')
    a_list(dialling, (ANN, "Ann", ""), (BOB, "Bob", "call back later"), (ANN, "Ann", "asked to be removed"))
    dialling.here("run", "list.csv", "-c", "campaign.toml", "-o", "out.csv")
    lines = dialling.results("out.csv")
    assert [line["outcome"] for line in lines] == ["suppressed", "placed", "suppressed"]
    assert lines[2]["error"] == "Notes: 'asked to be removed' speaks of not calling, or of a wrong number"
    assert [number for number, *_ in truth.rang] == [BOB]
    assert "BROKEN" not in dialling.here("verify").out
