"""Lose answers to calls in every way there is, kill the run among them, go on, and compare with whom it rang.

A run is begun and killed with some of its calls open; `resume` asks the provider what came of all that is unknown, and
dials again who is proved not to have been called. That waits for a minute and a half with Twilio, in real time.

    python tests/trials/reconcile.py [--provider twilio] [--each 5] [--flow FLOW]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lost_answers import LOSSES, losing_in_a_thread, untruths
from trials.common import show, to_the_end
from truth import numbers

from dialer.providers.sandbox import STAND_INS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

CAMPAIGN = 'name = "lost"\n[pace]\ntimeout = "2s"\nin_flight = 60\n'
FASTER = {"TWILIO_CALLS_PER_SECOND": "30"}  #: where an account may be told to make more than it does at first


def planned(each: int) -> tuple[list[str], Mapping[str, str]]:
    """Give a list, and to some of its numbers a way to lose their answer: those that kill it at the end."""
    names = [name for name, loss in LOSSES.items() if not loss.kills] * each
    last = [name for name, loss in LOSSES.items() if loss.kills] * each
    every = numbers(10 + 3 * len(names) + 2 * len(last))[10:]  # the caller is not among them
    lost = [*every[: 3 * len(names) : 3], *every[3 * len(names) :: 2]]  # others in between, so that it is no outage
    return every, dict(zip(lost, [*names, *last], strict=True))


def one_run(provider: str, each: int, flow: str) -> tuple[Mapping[str, Counter[str]], Sequence[str], int]:
    """Dial, be killed, go on; way -> outcome -> rows, what is not true, and how many calls rang."""
    from commands import Dialer  # pytest wants to be the first to import its plugins

    stand_in, (listed, plan) = STAND_INS[provider], planned(each)
    losses = {number: LOSSES[name] for number, name in plan.items()}
    running: list[Popen[str]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        losing_in_a_thread(stand_in, losses, listed, kill=lambda: running[0].send_signal(SIGKILL)) as (url, lost),
    ):
        home = Path(folder) / "home"
        home.mkdir()
        dialer = Dialer(home)
        dialer.env |= {**stand_in.adapter.stand_in(url), **FASTER, "DIALER_LEDGER": str(home / "ledger.db")}
        dialer.env |= {"DIALER_PROVIDER": provider, "DIALER_FLOW_ID": flow or stand_in.flow_id}
        dialer.env |= {"DIALER_CALLER_NUMBER": stand_in.caller_number} if stand_in.caller_number else {}
        contacts, campaign = dialer.write_list([number] for number in listed), dialer.write_campaign(CAMPAIGN)
        with dialer.started("run", contacts, "-c", campaign, "--json") as process:
            running.append(process)
            out, err = process.communicate(timeout=600)
        found = [] if process.returncode == -9 else [f"it was not killed: exit {process.returncode}: {out}{err}"]
        code, said = to_the_end(dialer, "resume", 1)
        found += [] if code in {0, 1} else [f"exit {code}: {said}"]
        print("\n".join(note for note in said["notes"] if "asked" in note))
        lines = dialer.results()
        found += [*untruths(lines, lost), *_unproved(dialer("verify", 1, "--json", code=None).json)]
    return _table(lines, plan), found, len(lost.rung)


def _unproved(proof: Mapping[str, object]) -> list[str]:
    return [] if proof["exit_code"] == 0 else [f"verify: {proof}"]


def _table(lines: Sequence[Mapping[str, str]], plan: Mapping[str, str]) -> Mapping[str, Counter[str]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        table[plan.get(line["number"], "(none)")][line["outcome"]] += 1
    return table


def main() -> int:
    """Print way, rows, outcomes and what is not true."""
    options = argparse.ArgumentParser()
    options.add_argument("--provider", choices=sorted(STAND_INS), default="twilio")
    options.add_argument("--each", type=int, default=5, help="rows that lose their answer in each way")
    options.add_argument("--flow", default="", help="another flow than the stand-in's")
    given = options.parse_args()
    table, found, rung = one_run(given.provider, given.each, given.flow)
    for name in ("(none)", *LOSSES):
        outcomes = ", ".join(f"{outcome} {rows:,}" for outcome, rows in table[name].most_common())
        print(f"{name:24} {table[name].total():6,}  {outcomes}")
    show(found)
    total: Counter[str] = sum(table.values(), Counter())
    rows = sum(table[name].total() for name in LOSSES)
    print(
        f"reconcile, {given.provider}: {total.total():,} rows, {rows} of them lost their answer in {len(LOSSES)} ways; "
        f"{rung:,} calls rang; {total['unknown']} rows still unknown, {len(found)} untruths"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
