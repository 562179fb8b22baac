"""What is printed fits into the window it is read in, breaks no word, and steers no terminal."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from truth import numbers

import dialer
from dialer.cli.terminal import fitted
from dialer.domain.redaction import visible

pytest_plugins = ("commands",)

CLI = Path(dialer.__file__).parent / "cli"
LONG = "the cell is empty and has been empty for as long as anybody can remember, which is rather long"


def test_everything_the_commands_say_goes_through_the_window():
    """Print with `show`, or a JSON object with `print_json`."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(CLI.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"typer.echo", "print", "typer.secho"}
    ]

    assert {place.split(":")[0] for place in found} <= {"terminal.py", "output.py"}


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("short", ["short"]),
        (LONG[:56], ["the cell is empty and has been empty for", "  as long as anyb"]),
        ("error: " + LONG[:42], ["error: the cell is empty and has been", "  empty for a"]),
        ("  2,347  late: " + LONG[:31], ["  2,347  late: the cell is empty and has", "         been"]),
        ("     -> " + LONG[:37], ["     -> the cell is empty and has been", "        empty"]),
        ("number        " + LONG[:30], ["number        the cell is empty and has", "              been"]),
        ("x" * 50 + " y", ["x" * 50, "  y"]),
        ("results: /" + "a-b/" * 12, ["results:", "  /" + "a-b/" * 12]),
        ("  export " + "A=b " * 12, ["  export " + "A=b " * 12]),
        ('    name = "' + "word " * 9 + '"', ['    name = "' + "word " * 9 + '"']),
    ],
)
def test_a_long_line_goes_on_below_what_was_said(line, broken):
    assert fitted(line, 40).split("\n") == broken


@given(st.text(st.characters(exclude_categories=["C"]), max_size=300), st.integers(30, 120))
def test_no_word_is_broken_or_lost_at_any_width(text, width):
    lines = fitted(text, width).split("\n")

    assert " ".join(lines).split() == text.split()
    assert [line for line in lines if len(line) > width and len(line.split()) > 1 and len(lines) > 1] == []


@pytest.mark.parametrize("width", [None, 0, 29])
def test_without_a_window_no_line_is_broken(width):
    assert fitted(f"{LONG}\n  {LONG}", width) == f"{LONG}\n  {LONG}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ümläut 日本 \u00a0", "plain ümläut 日本 \u00a0"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x9b0m\x7f", r"\x9b0m\x7f"),
        ("\udcff", r"\udcff"),
        ("\u200bzero", r"\u200bzero"),
        ("\u2028line", r"\u2028line"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_its_escape(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\u202eb", "a\nb: c", "a\x9bb", "a\tb"])
@pytest.mark.parametrize("command", ["run", "check", "init", "missing"])
def test_no_name_of_a_file_steers_a_terminal(dialling, name, command):
    contacts = dialling.home / f"{name}.csv"
    if command != "missing":
        dialling.write_list([number] for number in numbers(2)).rename(contacts)
    words = {"run": ("--yes",), "check": ("-o", dialling.home / f"{name}.out.csv")}.get(command, ())

    ran = dialling.at_a_terminal({"missing": "check"}.get(command, command), contacts, *words, code=None)

    told = (ran.out + ran.err).replace("\n", "").replace("\r", "")
    assert [sign for sign in told if not sign.isprintable()] == []
    assert visible(name).replace(" ", "") in told.replace(" ", "")  # the window may break a line at its blanks


@pytest.mark.parametrize("width", [40, 70, 100])
@pytest.mark.parametrize(
    "words", [("check", "none.csv"), ("verify", "7"), ("run", "list.csv", "--region", "USA"), ("check", "--help")]
)
def test_errors_and_help_fit_the_window_they_are_read_in(dialling, width, words):
    dialling.write_list([["1"]])

    ran = dialling.at_a_terminal(*words, width=width, code=None)

    assert [line for line in ran.err.splitlines() if len(line) > width and len(line.split()) > 2] == []


def test_a_piped_sentence_stays_a_line(dialer):
    ran = dialer("check", "--help")

    assert any(len(line) > 100 for line in ran.out.splitlines())


# What is said of the program itself

AS_INSTALLED = (sys.executable, "-c", "import sys; sys.argv[0] = 'dialer'; from dialer.cli import main; main()")


def test_the_version_is_told(dialer):
    assert dialer.here("--version").out == f"dialer {version('dialer')}\n"


def test_the_help_of_the_program_says_what_it_is_for(dialer):
    assert "Ring a contact list through a contact-centre API" in dialer.here("--help").out


@pytest.mark.parametrize(
    ("shell", "told"), [("bash", "_DIALER_COMPLETE"), ("zsh", "#compdef dialer"), ("fish", "complete")]
)
def test_a_shell_is_told_how_to_complete(shell, told):
    run = subprocess.run(
        [*AS_INSTALLED, "--show-completion", shell],
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told in run.stdout


def test_commands_and_options_are_completed():
    def completed(line, at):
        return subprocess.run(
            AS_INSTALLED,
            env={**os.environ, "_DIALER_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(at)},
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()

    assert completed("dialer re", 1) == ["resume", "report", "reconcile"]
    assert completed("dialer run --dr", 2) == ["--dry-run"]
