"""Every command the program tells somebody to type means the ledger that was spoken of."""

from __future__ import annotations

import ast
import re
import shlex
import sqlite3
from pathlib import Path

import pytest
import typer
from truth import numbers

import dialer
from dialer.cli import app
from dialer.domain.shell_command import quoted, typed

pytest_plugins = ("commands",)

SOURCE = Path(dialer.__file__).parent
COMMANDS = typer.main.get_command(app).commands
NAMED = re.compile(rf"\bdialer ({'|'.join(COMMANDS)})\b")


def strings_of(tree):
    """Every text in a module that is no docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # an attribute's, too
    # The help of a group of commands is its docstring, in all but name.
    docstrings |= {
        id(word.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "help"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_no_command_is_written_out_by_hand_for_a_person_to_type():
    """Write it with `Choices.typed`, or give the error a `Hint`: those know the ledger."""
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {text.strip()}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in strings_of(ast.parse(path.read_text("utf-8")))
        if NAMED.search(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("ledger", "sandbox", "expected"),
    [
        (None, False, "dialer resume 3"),
        (None, True, "dialer resume 3 --sandbox"),
        (Path("x.db"), False, "dialer resume 3 --ledger x.db"),
        (Path("our calls/it's.db"), True, """dialer resume 3 --sandbox --ledger 'our calls/it'"'"'s.db'"""),
    ],
)
def test_a_command_says_which_ledger_it_means(ledger, sandbox, expected):
    assert typed("resume", 3, ledger=ledger, sandbox=sandbox) == expected


@pytest.mark.parametrize("word", ["plain.csv", "two words", "it's", "$HOME", "a;b", "*", "", "-c", 'say "hi"', "é ü"])
def test_a_shell_reads_back_the_very_words(word):
    assert shlex.split(typed("check", word)) == ["dialer", "check", word]


@pytest.mark.parametrize(("word", "expected"), [(r"C:\lists\a.csv", r"C:\lists\a.csv"), ("a b.csv", '"a b.csv"')])
def test_windows_has_quotation_marks_of_its_own(word, expected):
    assert quoted(word, for_windows=True) == expected


# As they are printed: each scene below ends with hints, and is played on ledgers that are named in each way.


def limited(here):
    yield here("run", "list.csv", "--limit", 2, code=None)


def unfinished_with_a_call(here):
    here("call", "+12025550123", code=None)
    yield here("status", code=None)


def another_list_over_the_results(here):
    here("run", "list.csv", code=None)
    yield here("run", "list.csv", code=None)


def a_run_that_is_not_there(here):
    here("run", "list.csv", code=None)
    for command in ("resume", "report", "status", "verify"):
        yield here(command, 7, code=2)


def results_gone(here):
    here("run", "list.csv", code=None)
    Path(here.home / "list.results.csv").unlink()
    yield here("verify", code=1)


def results_changed(here):
    here("run", "list.csv", code=None)
    with Path(here.home / "list.results.csv").open("a", encoding="utf-8") as file:
        file.write("more\n")
    yield here("verify", code=1)


def damaged_run(here):
    here("run", "list.csv", code=None)
    with sqlite3.connect(here.ledger) as db:
        db.execute("UPDATE run SET started_at = 'yesterday'")
    db.close()
    yield here("report", code=2)


def never_ended(here):
    here("run", "list.csv", code=None)
    with sqlite3.connect(here.ledger) as db:
        db.execute("UPDATE run SET ended_at = NULL")
    db.close()
    yield here("verify", code=1)


SCENES = (
    limited,
    unfinished_with_a_call,
    another_list_over_the_results,
    a_run_that_is_not_there,
    results_gone,
    results_changed,
    damaged_run,
    never_ended,
)
LEDGERS = {
    "sandbox": ("--sandbox",),
    "ledger": ("--ledger", "our calls.db"),
    "both": ("--sandbox", "--ledger", "our calls.db"),
    "neither": (),
}


class Here:
    """The command line, each command with the words that name the ledger."""

    def __init__(self, dialer, words):
        self.dialer, self.words, self.home = dialer, words, dialer.home
        self.ledger = dialer.home / ("our calls.db" if "--ledger" in words else "data/dialer/sandbox.db")
        if not words:
            self.ledger = dialer.home / "ledger.db"

    def __call__(self, *words, code):
        return self.dialer.here(*words, *self.words, code=code)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("words", LEDGERS.values(), ids=list(LEDGERS))
def test_what_a_person_is_told_to_type_means_the_same_ledger(dialling, monkeypatch, scene, words):
    dialling.write_list([number] for number in numbers(5))
    dialling.env["XDG_DATA_HOME"] = str(dialling.home / "data")
    meant = shlex.join(words)

    told = [ran.out + ran.err for ran in scene(Here(dialling, words))]

    for text in told:
        hints = [text[found.start() :].splitlines()[0] for found in NAMED.finditer(text)]
        assert hints, text
        for hint in hints:
            command = re.match(r"dialer \w+( \d+)?( -o FILE)?", hint)[0]
            if meant:
                assert hint.startswith(f"{command} {meant}"), hint
            else:
                assert not {"--sandbox", "--ledger"} & set(hint.split()), hint
