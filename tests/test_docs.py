"""The documentation names everything there is to type and to read: commands, options, codes, keys, settings."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import typer
from pydantic import BaseModel

import dialer
from dialer.actions.check import RULES
from dialer.cli import app
from dialer.domain.call import Outcome
from dialer.domain.campaign import Campaign
from dialer.domain.parameters import Parameter
from dialer.engine.ports import Observer, SessionEnd, SessionStart
from dialer.errors import Exit
from dialer.providers.cxone import ADAPTER as CXONE
from dialer.providers.port import Adapter
from dialer.providers.sandbox.numbers import MISBEHAVING
from dialer.reports.results import HEADINGS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMAND_LINE = ROOT / "docs" / "command-line.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
CAMPAIGNS = ROOT / "docs" / "campaigns.md"
TROUBLE = ROOT / "docs" / "troubleshooting.md"
LONGEST_README = 150
SETTINGS = (
    "DIALER_LEDGER",
    "DIALER_PROVIDER",
    "DIALER_FLOW_ID",
    "DIALER_CALLER_NUMBER",
    "DIALER_DESTINATION_NUMBER",
    *(setting.name for setting in CXONE.settings),
    *CXONE.own_names.values(),
)


def leaves(group, name=""):
    """Every command that does something, by the words that are typed for it."""
    for word, command in group.commands.items():
        words = f"{name} {word}".strip()
        if hasattr(command, "commands"):
            yield from leaves(command, words)
        else:
            yield words, command


COMMANDS = typer.main.get_command(app).commands
LEAVES = dict(leaves(typer.main.get_command(app)))


@cache
def text(page):
    return page.read_text("utf-8")


def documentation():
    return "\n".join(map(text, PAGES))


def options_of(command):
    """The options of a command by their longest names, but for --help."""
    every = (parameter for parameter in command.params if parameter.param_type_name == "option")
    return {max((*option.opts, *option.secondary_opts), key=len) for option in every} - {"--help"}


def documented_options():
    """Which commands each option of the page of the command line is said to be of."""
    found = {}
    for named, of in re.findall(r"^\| (`-[^|]+) \| ([^|]+) \|", text(COMMAND_LINE), re.MULTILINE):
        (option,) = re.findall(r"`(--[a-z-]+)", named)
        commands = LEAVES if of == "every command" else of.split(", ")
        found.setdefault(option, []).extend(commands)
    return {option: sorted(commands) for option, commands in found.items()}


def shown_commands(page):
    """Every line of a page that a person would type, continued lines joined, without the prompt."""
    blocks = re.findall(r"^ *```(?:sh|console|powershell)\n(.*?)^ *```", text(page), re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += [
        line.strip().removeprefix("$ ") for line in re.findall(r"^ {4,}(?:\$ )?dialer .+", text(page), re.MULTILINE)
    ]
    lines += re.findall(r"`(dialer [a-z][^`]*)`", text(page))
    return [line for line in lines if line.startswith("dialer ")]


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


def is_named(word, page):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text(page)) is not None


def anchors(page):
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_read_in_one_sitting():
    assert len(text(README).splitlines()) <= LONGEST_README


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_every_page_is_linked_from_the_readme(page):
    assert f"]({page.relative_to(ROOT)})" in text(README)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_a_heading(page):
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_has_what_is_typed_behind_it(page):
    strange = []
    for line in shown_commands(page):
        words = re.sub(r"\s#.*$", "", line).replace("[", "").replace("]", "").split()[1:]
        name = " ".join(words[:2]) if words[0] == "suppress" else words[0]
        known = {option for parameter in LEAVES[name].params for option in parameter.opts} if name in LEAVES else set()
        if name not in {**LEAVES, **COMMANDS} and not name.startswith("-") and words != ["COMMAND", "--help"]:
            strange.append(line)
        if name in LEAVES and {word for word in words if re.match(r"--?[a-z]", word)} - known:
            strange.append(line)

    assert strange == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_a_heading_of_its_own(command):
    assert re.search(rf"^### dialer {command}$", text(COMMAND_LINE), re.MULTILINE)


def test_every_option_is_said_to_be_of_the_commands_that_take_it():
    real = {}
    for words, command in LEAVES.items():
        for option in options_of(command):
            real.setdefault(option, []).append(words)

    assert documented_options() == {option: sorted(commands) for option, commands in real.items()}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_that_exists(command):
    example = re.search(r"Example: dialer (.+)", COMMANDS[command].help)

    assert example, COMMANDS[command].help
    name, *words = example[1].split()
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert (name, {word for word in words if word.startswith("-")} - known) == (command, set())


@pytest.mark.parametrize("command", sorted(LEAVES))
def test_every_option_and_argument_has_a_word_of_help(command):
    assert [parameter.name for parameter in LEAVES[command].params if not parameter.help] == []


@pytest.mark.parametrize("page", [COMMAND_LINE, ROOT / "docs" / "operations.md"], ids=lambda page: page.name)
def test_every_exit_code_and_no_other_is_in_a_table(page):
    told = re.findall(r"^\| `?(\d+)`? \|", text(page), re.MULTILINE)

    assert [int(code) for code in told] == list(Exit)


def rows_of_keys():
    """What the tables of the campaign's page have in front: a key, behind its table's name where it is in one."""
    for name, field in Campaign.model_fields.items():
        table = next(models_in(field.annotation), None)
        for key in table.model_fields if table else ():
            yield key if table is Parameter else f"[{field.alias or name}] {key}"
        if table is None:
            yield name


def test_every_campaign_key_and_no_other_has_a_row():
    told = re.findall(r"^\| `((?:\[\w+\] )?\w+)` \|", text(CAMPAIGNS), re.MULTILINE)

    assert sorted(told) == sorted(rows_of_keys())


@pytest.mark.parametrize("key", sorted(set(keys_of(Campaign))))
def test_every_campaign_key_is_named(key):
    assert is_named(key, CAMPAIGNS)


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_every_outcome_is_in_a_table_of_the_results(outcome):
    assert re.search(rf"^\| `{outcome}` \|", text(ROOT / "docs" / "results.md"), re.MULTILINE)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_code_of_a_row_is_told_as_the_program_tells_it(rule):
    assert f"| `{rule.code}` | {rule.says} | {rule.do} |" in text(TROUBLE)


def test_no_code_of_a_row_is_told_that_there_is_not():
    told = re.findall(
        r"^\| `((?:number|row|parameters?|column|country|cell|text)-[a-z-]+)` \|", documentation(), re.MULTILINE
    )

    assert set(told) - set(RULES) == set()


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_a_table(setting):
    assert re.search(rf"^\| .*`{setting}`.* \|", text(COMMAND_LINE), re.MULTILINE)


@pytest.mark.parametrize("ending", MISBEHAVING)
def test_every_number_that_misbehaves_is_in_the_documentation(ending):
    assert is_named(ending, ROOT / "docs" / "providers.md")


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\b((?:tests|dialer|campaigns|docs)/[\w./-]*\w/?)", documentation())))
)
def test_every_file_that_is_named_is_there(path):
    assert "NAME" in path or (ROOT / path).exists()


def test_what_the_readme_says_was_measured_is_what_the_table_says():
    proved = text(README).split("## What is proved")[1].split("\n## ")[0]
    measured = text(ROOT / "docs" / "how-it-works.md").split("## What was measured")[1]

    assert [figure for figure in re.findall(r"\d[\d,.]*\d", proved) if figure not in measured] == []


@cache
def said():
    """Every text in the program that is not a docstring, as far as it does not depend on anything."""
    modules = [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "dialer").rglob("*.py"))]
    nodes = [node for module in modules for node in ast.walk(module)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(
    "message", re.findall(r"^\| `([^|]+)` \| .+ \| .+ \|$", text(TROUBLE).split("## Codes of rows")[0], re.MULTILINE)
)
def test_every_message_that_is_told_is_one_the_program_says(message):
    strange = [
        part.strip()
        for part in re.split(r"…|`, `", message)
        if part.strip() and not any(part.strip() in words for words in said())
    ]

    assert strange == []


def test_every_room_of_the_program_is_on_the_map():
    """A room is what stands first in a line of the map; files beside the rooms share one."""
    the_map = text(ROOT / "docs" / "how-it-works.md").split("\n    dialer/\n")[1].split("\n\n")[0]
    told = [line.split()[0].split("/")[0] for line in the_map.splitlines() if re.match(r" {6}\w+/", line)]
    rooms = {path.name for path in (ROOT / "dialer").iterdir() if path.is_dir() and path.name != "__pycache__"}
    files = {path.name for path in (ROOT / "dialer").glob("*.py")} - {"__init__.py", "__main__.py"}

    assert (sorted(told), {file for file in files if file not in the_map}) == (sorted(rooms), set())


def test_every_column_of_the_results_and_no_other_is_told_in_order():
    page = text(ROOT / "docs" / "results.md").split("## Columns")[1].split("\n\n|")[1]
    told = [
        heading for row in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for heading in re.findall(r"`(\w+)`", row)
    ]

    assert told == list(HEADINGS)


def test_every_public_name_and_everything_that_is_observed_is_told():
    names = {*dialer.__all__, *(name for name in vars(Observer) if not name.startswith("_"))}
    passed_on = [field.name for of in (SessionStart, SessionEnd) for field in fields(of)]

    assert {name for name in (*names, *passed_on) if not is_named(name, ROOT / "docs" / "python.md")} == set()


def test_everything_a_provider_has_is_told():
    page = text(ROOT / "docs" / "another-provider.md").split("## What is in an Adapter")[1]

    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == sorted(part.name for part in fields(Adapter))


def test_the_order_of_the_rooms_is_the_one_that_imports_are_held_to():
    contract = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    layers = [", ".join(layer.replace("dialer.", "").split(" | ")) for layer in contract["layers"]]

    assert " → ".join(layers) in " ".join(text(ROOT / "docs" / "how-it-works.md").split())
