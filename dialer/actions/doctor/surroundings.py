"""The program started as a scheduler starts it: nothing in the environment, and no folder to find anything in."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from dialer.actions.doctor.checks import looked_at
from dialer.errors import SetupError
from dialer.reports.doctor_report import Check, DoctorReport, missed, well
from dialer.session.complaints import Complaints
from dialer.session.plan import make_plan
from dialer.session.program import this_program, whole
from dialer.settings import read_dotenv, read_env_file, under

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.session.choices import Choices
    from dialer.session.plan import Plan

_LONGEST = 600  #: seconds: several times what reading a list and do-not-call files of millions takes
_KEPT_ON_WINDOWS = ("SYSTEMROOT", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "TEMP", "USERNAME")
_OF_THE_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


def examine(
    choices: Choices, env: Mapping[str, str], *, here: bool, online: bool, env_file: Path | None
) -> DoctorReport:
    """Look at everything a night needs; no call is placed, and nothing is written.

    It is looked at by a process that has no more than a scheduler's, or `here`, with the environment as it is. `online`
    asks the provider whether it would let this client in. Raises SetupError where there is nothing to look at.
    """
    if choices.campaign is None:
        raise SetupError("no campaign: name its file with -c")
    handed_over = read_env_file(env_file) if env_file else {}
    if here:
        return DoctorReport(tuple(looked_at(choices, under(handed_over, env), online=online)))
    plan = make_plan(choices, env, Complaints(), name="none", dialling=False)
    campaign = whole(choices.campaign)
    handed_over = {"DIALER_LEDGER": str(whole(plan.ledger)), **handed_over}
    found = _started(campaign, {**surroundings(os.environ), **handed_over}, online=online)
    return DoctorReport((*found, *_only_here(plan, env, {*handed_over, *_beside(campaign)})))


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment that cron gives, of which a campaign may expect no more: HOME, LOGNAME and PATH."""
    if os.name == "nt":
        return {name: environ[name] for name in (*_KEPT_ON_WINDOWS, "PATH") if name in environ}
    found = {"PATH": os.defpath}
    import pwd  # noqa: PLC0415 - Windows has none

    try:
        user = pwd.getpwuid(os.getuid())
    except KeyError:
        return found
    return {**found, "HOME": user.pw_dir, "LOGNAME": user.pw_name}


def _started(campaign: Path, env: Mapping[str, str], *, online: bool) -> Sequence[Check]:
    """Let a new process look at everything."""
    words = [*this_program(), "doctor", "-c", str(campaign), "--here", "--json", *(["--online"] if online else [])]
    try:
        ran = subprocess.run(  # noqa: S603 - this very program
            words,
            env=dict(env),
            cwd=campaign.anchor,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return [missed("program", f"{words[0]} cannot be started: {problem}")]
    try:
        told = json.loads(ran.stdout)
    except ValueError:
        return [missed("program", f"{words[0]} ended with {ran.returncode} and said nothing that can be read")]
    return [
        well("program", f"{words[0]} starts with nothing in its environment"),
        *(missed("settings", error) for error in told.get("errors", ())),
        *(Check(**check) for check in told.get("checks", ())),
    ]


def _beside(campaign: Path) -> Mapping[str, str]:
    try:
        return read_dotenv(campaign.parent)
    except SetupError:
        return {}  # the process that was started says what is wrong with it


def _only_here(plan: Plan, env: Mapping[str, str], there: Collection[str]) -> Iterator[Check]:
    """Tell of settings that are set where this was typed, and that nothing hands over at night."""
    own = {*(setting.name for setting in plan.adapter.settings), *plan.adapter.own_names.values()}
    own |= {f"{name}_FILE" for name in own}
    known = {name for name in env if name in own or name.startswith("DIALER_") or name.upper() in _OF_THE_NETWORK}
    if lost := sorted(known - set(there)):
        where = whole(plan.folder / ".env")
        yield missed("environment", f"set only where this was typed, and not in {where}: {', '.join(lost)}")
    hours = plan.campaign.hours
    if "TZ" in env and "TZ" not in there and hours.deadline and not hours.timezone:
        yield missed("clock", f"TZ={env['TZ']} is set only where this was typed: say [hours] timezone instead")
