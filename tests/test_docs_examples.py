"""What the documentation shows is what happens: its files are written, its commands typed, its screens compared.

A page's examples are done from top to bottom in one folder, beside the lists and campaigns of the repository. A file
that is shown is written, or compared where a command has written it. In what is shown, `…` stands for anything in a
line, and a line that is nothing else for any lines; what is shown without output only has to end well. The folder is
/home/ann.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from test_docs import PAGES, ROOT, text
from typer.testing import CliRunner

from dialer.cli import app

BLOCK = re.compile(r"^( *)```(csv|toml|console)(?: (\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ENDS_WELL = {0, 1}  # 1 tells of rows, not of the command
AGES = re.compile(r"^.*over six months (?:old|ago): upgrade.*\n", re.MULTILINE)  # true when it is, whatever is shown


def examples(page):
    """The blocks of a page that are written or done: language, name of the file, text without its indent."""
    for indent, language, name, body in BLOCK.findall(text(page)):
        yield language, name, re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)


def typed(body):
    """Each command of a screen, and what the screen shows of it."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def matches(shown, real):
    """Whether a screen is the one that is shown, but for what its `…` stand for."""
    lines = re.split(r"^…\n", shown, flags=re.MULTILINE)
    patterns = (r"[^\n]*".join(map(re.escape, part.split("…"))) for part in lines)
    return re.fullmatch(r"(?:.*\n)*?".join(patterns), real) is not None


@pytest.fixture
def home(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "campaigns", tmp_path / "campaigns")
    shutil.copy(ROOT / "sample_contacts.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(text(page))], ids=lambda page: page.name)
def test_what_is_shown_is_what_happens(page, home):
    different = []
    for language, name, body in examples(page):
        if language == "console":
            for command, shown in typed(body):
                done = CliRunner().invoke(app, words(command), env={"HOME": str(home)})
                real = AGES.sub("", done.stdout).replace(str(home), "/home/ann")
                if done.exit_code not in ENDS_WELL or (shown and not matches(shown, real)):
                    different.append(f"$ {command}\n{real}{done.stderr}exit {done.exit_code}")
        elif name and not Path(name).exists():
            Path(name).write_text(body, encoding="utf-8")
        elif name and not matches(body, Path(name).read_text("utf-8-sig")):
            different.append(Path(name).read_text("utf-8-sig"))

    assert "\n".join(different) == ""


def words(command):
    """What a shell makes of a line, which begins with the program."""
    program, *rest = re.findall(r'"[^"]*"|\S+', command)
    assert program == "dialer"
    return [word.strip('"') for word in rest]


JSON_OF = {
    "run": "run sample_contacts.csv --sandbox --rate 50 --limit 18",
    "resume": "resume --sandbox",
    "status": "status --sandbox",
    "report": "report --sandbox",
    "check": "check sample_contacts.csv",
    "runs": "runs --sandbox",
    "verify": "verify --sandbox",
    "call": "call +12025550196 --sandbox",
    "reconcile": "reconcile 2 --sandbox",
    "settle": "settle 2 1 rejected --sandbox",
    "backup": "backup campaigns --sandbox",
    "prune": "prune --sandbox",
    "forget": "forget +12025550101 --sandbox",
    "hours": "hours +12025550101",
    "preview": "preview sample_contacts.csv 2",
    "init": "init sample_contacts.csv",
    "rules": "rules",
    "doctor": "doctor -c campaigns/survey.toml --here",
    "schedule": "schedule cron -c campaigns/survey.toml --at 18:00",
    "suppress add": "suppress add +12025550101",
    "suppress import": "suppress import dnc.txt",
    "suppress remove": "suppress remove +12025550101",
    "suppress list": "suppress list",
}


def test_the_keys_of_json_are_those_that_are_told(home):
    page = text(ROOT / "docs" / "command-line.md").split("## What `--json` prints")[1]
    told = {}
    for of, keys in re.findall(r"^\| (`[^|]+) \| (`[^|]+) \|", page.split("## Settings")[0], re.MULTILINE):
        told |= dict.fromkeys(re.findall(r"`([^`]+)`", of), sorted(re.findall(r"`([^`]+)`", keys)))
    Path("dnc.txt").write_text("+12025550123\n", encoding="utf-8")
    real = {}
    for name, command in JSON_OF.items():
        done = CliRunner().invoke(app, [*command.split(), "--json"], env={"HOME": str(home)})
        real[name] = sorted(json.loads(done.stdout))

    assert real == {name: keys for name, keys in told.items() if name != "sandbox"}


def test_a_screen_may_leave_out_what_differs():
    assert matches("id: …\n…\nend\n", "id: 7\na\nb\nend\n")
    assert not matches("id: …\nend\n", "id: 7\na\nend\n")
