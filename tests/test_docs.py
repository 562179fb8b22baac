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

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
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
def documentation():
    return "\n".join(page.read_text("utf-8") for page in PAGES)


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
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", documentation()) is not None


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_documentation(command):
    assert f"dialer {command}" in documentation()


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
def test_every_option_is_in_the_documentation(option):
    assert is_named(option)


def test_every_example_in_the_documentation_names_a_command_that_exists():
    shown = re.findall(r"^(?:\$ )?dialer ([a-z]+)", documentation(), re.MULTILINE)

    assert set(shown) - set(COMMANDS) == set()


@pytest.mark.parametrize("code", list(Exit), ids=str)
def test_every_exit_code_is_in_a_table_of_the_documentation(code):
    assert re.search(rf"^\| *`?{int(code)}`? *\|", documentation(), re.MULTILINE)


@pytest.mark.parametrize("key", sorted(set(keys_of(Campaign))))
def test_every_campaign_key_is_in_the_documentation(key):
    assert is_named(key)


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_every_outcome_is_in_the_documentation(outcome):
    assert f"`{outcome}`" in documentation()


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_the_documentation(setting):
    assert is_named(setting)


@pytest.mark.parametrize("ending", MISBEHAVING)
def test_every_number_that_misbehaves_is_in_the_documentation(ending):
    assert is_named(ending)


def test_the_readme_is_read_in_one_sitting():
    assert len(README.read_text("utf-8").splitlines()) <= 150


def anchors(page):
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_a_heading(page):
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_every_page_is_linked_from_the_readme(page):
    assert f"](docs/{page.name})" in README.read_text("utf-8")
