"""A real process is killed at random moments; afterwards nobody was rung twice and nobody is lost."""

from __future__ import annotations

from contextlib import ExitStack
from shutil import rmtree

import pytest
from trials.common import breaches, to_the_end
from trials.crash import one_round
from truth import ANY_HOUR, Rule, numbers

pytest_plugins = ("commands",)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kills_at_random_moments_break_no_promise(seed):
    assert one_round(seed).breaches == []


def test_a_run_without_its_results_is_not_begun_again(dialling, truth):
    truth.tell(Rule(after=0.3))
    folder = dialling.home / "out"
    folder.mkdir()
    command = ("run", dialling.write_list([number] for number in numbers(20)), "-o", folder / "results.csv")
    with dialling.started(*command, "--rate", 1000) as process:
        truth.wait_for_calls(20)
        rmtree(folder)
        process.communicate(timeout=20)
    folder.mkdir()

    code, said = to_the_end(dialling, *command, "--rate", 1000)

    assert (code, said["run"], len(truth.rang)) == (0, 1, 20)
    assert breaches(dialling.results("out/results.csv"), truth, numbers(20)) == []


def test_two_campaigns_at_once_share_a_ledger(dialling, truth):
    truth.tell(Rule(after=0.02))
    listed = {"one": numbers(300)[:150], "two": numbers(300)[150:]}
    for name, column in listed.items():
        (dialling.home / f"{name}.csv").write_text("\n".join(["phone", *column, ""]))
        (dialling.home / f"{name}.toml").write_text(f'name = "{name}"\n{ANY_HOUR}')

    with ExitStack() as both:
        command = ("--rate", 100, "--json")
        running = [
            both.enter_context(dialling.started("run", f"{name}.csv", "-c", f"{name}.toml", *command))
            for name in listed
        ]
        said = [process.communicate(timeout=30) for process in running]

    assert ([process.returncode for process in running], said[0][1] + said[1][1]) == ([0, 0], "")
    lines = {name: dialling.results(f"{name}.results.csv") for name in listed}
    assert breaches([*lines["one"], *lines["two"]], truth, numbers(300)) == []
    assert {line["outcome"] for line in [*lines["one"], *lines["two"]]} == {"placed"}
    first_of_two = truth.calls.index(next(call for call in truth.calls if call.number in listed["two"]))
    last_of_one = max(place for place, call in enumerate(truth.calls) if call.number in listed["one"])
    assert first_of_two < last_of_one
