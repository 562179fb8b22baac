"""`dialer rules`."""

from __future__ import annotations

from dataclasses import asdict

from dialer.actions import check as check_action
from dialer.cli.app import app
from dialer.cli.options import AsJson
from dialer.cli.output import print_json
from dialer.cli.terminal import show
from dialer.reports.problems import rules_as_text


@app.command()
def rules(*, as_json: AsJson = False) -> None:
    """List everything a row can be found to break: its code, what it means and what to do. Offline.

    Example: dialer rules --json
    """
    known = check_action.RULES.values()
    if as_json:
        print_json({"rules": [asdict(rule) for rule in known], "exit_code": 0})
    else:
        show(rules_as_text(known))
