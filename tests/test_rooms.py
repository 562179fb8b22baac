"""The rooms of the program: imports without a cycle, for types neither, and files and functions that fit a reader."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest

import dialer

ROOT = Path(dialer.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST_FILE = 300
LONGEST_BODY = 40
COMMANDS = {path.stem for path in (ROOT / "cli").glob("*.py")} & {
    *(
        "call",
        "check",
        "doctor",
        "forget",
        "hours",
        "init",
        "preview",
        "prune",
        "reconcile",
        "report",
        "resume",
        "run",
        "runs",
    ),
    *("backup", "sandbox", "schedule", "settle", "status", "suppress", "verify"),
}


def test_no_module_needs_itself_by_way_of_others_for_types_neither():
    graph = grimp.build_graph("dialer", cache_dir=None)
    left = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    while free := [module for module, needed in left.items() if not needed & left.keys()]:
        for module in free:
            del left[module]
    assert sorted(module for module in left if _is_in_a_cycle(module, left)) == []


def _is_in_a_cycle(module, needed):
    reached, todo = set(), list(needed[module])
    while todo:
        found = todo.pop()
        if found not in reached:
            reached.add(found)
            todo += needed.get(found, ())
    return module in reached


def test_an_action_takes_nothing_from_another_but_resume_which_dials_as_run_does():
    graph = grimp.build_graph("dialer", cache_dir=None)
    actions = {module: module.split(".")[2] for module in graph.modules if module.startswith("dialer.actions.")}
    lent = [
        (actions[module], actions[other])
        for module in actions
        for other in graph.find_modules_directly_imported_by(module) & actions.keys()
    ]
    assert {(taker, giver) for taker, giver in lent if taker != giver} == {("resume", "run")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_fit_a_reader(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1
            assert (node.name, lines) <= (node.name, LONGEST_BODY)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_is_found_by_its_name(command):
    actions = ROOT / "actions"
    assert (actions / f"{command}.py").exists() or (actions / command).is_dir()


def test_every_command_is_one_of_those():
    assert len(COMMANDS) == 20
