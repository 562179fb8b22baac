"""The documentation names everything there is to type: commands, options, exit codes, campaign keys, settings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import typer
from pydantic import BaseModel

from dialer.cli import app
from dialer.domain.call import Outcome
from dialer.domain.campaign import Campaign
from dialer.errors import Exit
from dialer.providers.sandbox.numbers import MISBEHAVING

README = Path(__file__).parents[1] / "README.md"
COMMANDS = typer.main.get_command(app).commands
SETTINGS = (
    "CXONE_REALM",
    "CXONE_CLIENT_ID",
    "CXONE_CLIENT_SECRET",
    "CXONE_CALLER_NUMBER",
    "CXONE_FLOW_ID",
    "CXONE_DESTINATION_NUMBER",
    "CXONE_BASE_URL",
    "DIALER_LEDGER",
    "DIALER_PROVIDER",
)


@cache
def readme():
    return README.read_text("utf-8")


def options():
    """Every option of every command but --help, by its longest name."""
    found = {
        max((*parameter.opts, *parameter.secondary_opts), key=len)
        for command in COMMANDS.values()
        for parameter in command.params
        if parameter.param_type_name == "option"
    }
    return sorted(found - {"--help"})


def models_in(annotation):
    """The models an annotation speaks of, however they are wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def keys_of(model):
    """Every key of a model and of the tables in it."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in models_in(field.annotation):
            yield from keys_of(inner)


def is_named(word):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", readme()) is not None


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_readme(command):
    assert f"dialer {command}" in readme()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_that_exists(command):
    text = COMMANDS[command].help
    example = re.search(r"Example: dialer (.+)", text)

    assert example, text
    name, *words = example[1].split()
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert (name, {word for word in words if word.startswith("-")} - known) == (command, set())


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_and_argument_has_a_word_of_help(command):
    assert [parameter.name for parameter in COMMANDS[command].params if not parameter.help] == []


@pytest.mark.parametrize("option", options())
def test_every_option_is_in_the_readme(option):
    assert is_named(option)


def test_every_example_in_the_readme_names_a_command_that_exists():
    shown = re.findall(r"^(?:\$ )?dialer ([a-z]+)", readme(), re.MULTILINE)

    assert set(shown) - set(COMMANDS) == set()


@pytest.mark.parametrize("code", list(Exit), ids=str)
def test_every_exit_code_is_in_a_table_of_the_readme(code):
    assert re.search(rf"^\| *`?{int(code)}`? *\|", readme(), re.MULTILINE)


@pytest.mark.parametrize("key", sorted(set(keys_of(Campaign))))
def test_every_campaign_key_is_in_the_readme(key):
    assert is_named(key)


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_every_outcome_is_in_the_readme(outcome):
    assert f"`{outcome}`" in readme()


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_the_readme(setting):
    assert is_named(setting)


@pytest.mark.parametrize("ending", MISBEHAVING)
def test_every_number_that_misbehaves_is_in_the_readme(ending):
    assert is_named(ending)
