"""Dialling one run after the other, as `run` and `resume` do, and telling of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from dialer.cli.output import complain, print_json, progress, say
from dialer.cli.signals import Signals
from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from dialer.reports.summary import Summary
    from dialer.session.request import Request
    from dialer.session.several_runs import SeveralRuns

Which = TypeVar("Which")


def dial_several(
    dial_all: Callable[..., Coroutine[object, object, SeveralRuns]],
    which: Sequence[Which],
    request: Request,
    env: Mapping[str, str],
    summaries: list[Summary],
    *,
    as_json: bool,
    quiet: bool,
) -> NoReturn:
    """Dial the lists or runs that are meant, tell of each, and end with their code; `summaries` takes what came.

    Where there are several and JSON is asked for, they are printed as one object.
    """
    joined = as_json and len(which) > 1
    with progress(quiet=quiet, as_json=as_json, log=request.log) as shown:
        dialling = dial_all(
            which,
            request,
            env,
            observers=[shown],
            stop=Signals(),
            tell=lambda summary: None if joined else say(summary, as_json=as_json, quiet=quiet),
            complain=lambda said: None if joined else complain(said),
        )
        found = asyncio.run(dialling)
    summaries.extend(found.summaries)
    if joined:
        print_json(found.as_json())
    # Who was not watching hears of what was complained of, too.
    raise typer.Exit(found.exit_code) from (SetupError(found.complaints) if found.complaints else None)
