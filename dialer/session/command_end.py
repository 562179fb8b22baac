"""How a command that dials came to its end, whether or not a run came of it: told to whoever was not watching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.errors import DialerError
from dialer.events.journal import Journal, has_begun
from dialer.settings import ledger_path, log_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.errors import Exit
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnd:
    """A command's exit code, what was wrong in sentences, and the summaries of the sessions that it dialled in.

    `log` is the log that it was told to keep, None for the usual one.
    """

    choices: Choices
    log: Path | None
    exit_code: Exit
    complaints: Sequence[str]
    summaries: Sequence[Summary]


def note_end(end: CommandEnd, env: Mapping[str, str], *, now: Callable[[], datetime]) -> None:
    """Note in the log that nobody was dialled, and why; a session that dialled has noted its end itself.

    Where there is no log yet and none was asked for, none is begun: what cannot even begin leaves nothing behind.
    Nothing is raised.
    """
    if end.summaries:
        return
    try:
        ledger = ledger_path(env, given=end.choices.ledger, sandbox=end.choices.sandbox)
        path = log_path(ledger, given=end.log)
        is_refused = any("--log" in complaint for complaint in end.complaints)  # its name is another file's
        if (end.log is None or is_refused) and not has_begun(path):
            return
        with Journal(path, now=now) as journal:
            journal.refused(end.exit_code, end.complaints)
    except DialerError:
        return
