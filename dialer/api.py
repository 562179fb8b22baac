"""The Python API: a list is checked or run, and what became of it is read, without a command line.

`import dialer` loads it when one of its names is asked for, and only then.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.actions import check as check_action
from dialer.actions import run as run_action
from dialer.reports.frames import checked_frame, problems_frame, results_frame, runs_frame
from dialer.screening.versions import use_packaged_zones
from dialer.session.choices import Choices
from dialer.session.list_waiting import until_whole
from dialer.session.night_log import night_log
from dialer.session.past_run import latest, ledger_of
from dialer.session.request import Request
from dialer.session.stop import Stop
from dialer.settings import read_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from dialer.engine.ports import Observer
    from dialer.lists.screened import ScreenedChunk
    from dialer.reports.summary import Summary

    StrPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Check:
    """What a check found.

    `frame` has one row a contact, in the list's order and indexed by the rows a spreadsheet shows: its cells, verbatim
    and as text, under the list's own headings, then `row` (the index again, an integer), `number` (E.164, empty where
    there is none), `outcome` (`ready`, or why it would not be dialled; a categorical), `code` (of the rule that decides
    or warns, empty where there is nothing to say) and `error` (the same in words). A heading of the list that is one of
    these five is kept as `input_NAME`.

    `counts` has how many contacts have each outcome; they add up to the rows of the frame. `problems` has one row a
    problem of a contact: `row`, `severity` (`error` or `warning`), `code`, `column`, `value` (of the cell, empty where
    it is no cell's fault) and `message`. `summary` is what the command would say, its `notes` among it.
    """

    frame: pd.DataFrame
    counts: Mapping[str, int]
    problems: pd.DataFrame
    summary: Summary


def check(
    path: StrPath | None = None,
    *,
    campaign: StrPath | None = None,
    at: datetime | None = None,
    region: str | None = None,
    ledger: StrPath | None = None,
    sandbox: bool = False,
    output: StrPath | None = None,
    again: bool = False,
    rate: float | None = None,
    env: Mapping[str, str] | None = None,
) -> Check:
    """Read and screen a list exactly as a run begun now, or `at` a moment, would; nothing is dialled.

    `path` is the list, a CSV or a workbook; left out, it is the campaign's own. `campaign` is a campaign file. `region`
    is how numbers without a plus are read, such as "US". `ledger` is the file that knows of earlier calls; it is only
    read. `output` is where the checked list is written, if anywhere. With `again` the campaign's redial gap is ignored.
    `rate` is calls a second, for the forecast in the summary. `env` are the settings; left out, they are those of the
    environment and of the .env in the working folder. A moment without a zone is in UTC.

    Raises SetupError, whose `complaints` are everything that is wrong, and LedgerError.
    """
    _use_packaged_zones()
    chunks: list[ScreenedChunk] = []
    report = check_action.check(
        Choices(campaign=_path(campaign), region=region, ledger=_path(ledger), sandbox=sandbox, rate=rate),
        _settings(env),
        contacts=_path(path),
        output=_path(output),
        at=at.isoformat() if at else None,
        again=again,
        keep=chunks,
    )
    return Check(
        frame=checked_frame(report.headings, chunks),
        counts={outcome.value: count for outcome, count in report.outcomes.items() if count},
        problems=problems_frame(chunks),
        summary=report,
    )


async def run(
    path: StrPath | None = None,
    *,
    campaign: StrPath | None = None,
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
    ledger: StrPath | None = None,
    sandbox: bool = False,
    output: StrPath | None = None,
    log: StrPath | None = None,
    region: str | None = None,
    flow_id: str | None = None,
    caller_number: str | None = None,
    rate: float | None = None,
    in_flight: int | None = None,
    limit: int | None = None,
    track: bool = False,
    new: bool = False,
    list_again: bool = False,
    again: bool = False,
    agreed: Callable[[str], bool] | None = None,
    now: Callable[[], datetime] | None = None,
    env: Mapping[str, str] | None = None,
) -> Summary:
    """Place the calls of a list, write its results, and return how it went; an unfinished run of it is continued.

    The options are those of `dialer run`. `observers` hear what happens, and `stop` ends it early. `rate` is calls a
    second at the most, `in_flight` how many wait for an answer at the same time. `agreed` is asked before anybody is
    rung, where it is given; a False rings nobody. `now` tells the time in UTC. `env` are the settings, as for `check`.

    The summary has `run` (its number), `outcomes`, `rows`, `results` (the file), `seconds`, `notes` and `exit_code`, as
    the command would end. Of a campaign that picks all lists that are new it is the oldest that is dialled; await it
    again for the next. A list that is not whole is waited for, as the campaign says. Everything is checked in a thread
    before the first call. Then the list is loaded, screened and dialled in the running loop; loading, screening and
    writing the results keep it busy, for seconds where the list is long. Cancelled, it leaves at once: what was open is
    `unknown`.

    Nobody is told by a campaign's [alerts]: whoever awaits it hears how it ended.

    Raises SetupError, whose `complaints` are everything that is wrong, NothingToDoError, WorkLeftError or RefusedError
    where there is nobody to dial now, BusyError while another process runs the campaign, DeclinedError after a no,
    LedgerError before and StoppedError after calls were made.
    """
    _use_packaged_zones()
    choices = Choices(
        campaign=_path(campaign),
        region=region,
        flow_id=flow_id,
        caller_number=caller_number,
        rate=rate,
        in_flight=in_flight,
        ledger=_path(ledger),
        sandbox=sandbox,
    )
    clock = now or (lambda: datetime.now(UTC))
    request = Request(
        choices=choices,
        contacts=_path(path),
        output=_path(output),
        log=night_log(choices, given=_path(log), now=clock()),
        limit=limit,
        track=track,
        new=new,
        list_again=list_again,
        again=again,
        agreed=agreed,
        now=clock,
    )
    settings, asked = _settings(env), stop or Stop()
    waited_for = await until_whole(request, settings, stop=asked, observers=observers)
    prepared = await asyncio.to_thread(run_action.prepare, request, settings, waited_for=waited_for)
    return await run_action.dial(prepared, observers=observers, stop=asked)


def results(
    run: int | None = None,
    *,
    ledger: StrPath | None = None,
    sandbox: bool = False,
    env: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read the results of a run from the ledger; left out, it is the latest run of a list.

    One row a contact, in the list's order: its own columns, verbatim and as text, then `row` (an integer), `number`,
    `outcome` (a categorical), `callId`, `status`, `error`, `attempts` (an integer) and `called_at` (a moment in UTC,
    missing where it was not called). A heading of the list that is one of these is kept as `input_NAME`. Raises
    LedgerError.
    """
    choices = Choices(ledger=_path(ledger), sandbox=sandbox)
    with ledger_of(choices, _settings(env)) as opened:
        found = latest(opened, run, choices)
        return results_frame(
            found.headings, opened.results(found.number, again=found.calls_again), again=found.calls_again
        )


def runs(*, ledger: StrPath | None = None, sandbox: bool = False, env: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read the runs of the ledger, newest first.

    One row a run: `run` (its number), `campaign`, `provider`, `state` (`finished`, `unfinished` or `abandoned`),
    `started_at` and `ended_at` (moments in UTC, the latter missing while it is unfinished), `list` and `results`
    (paths), `rows`, and for each outcome how many rows have it; these add up to `rows`. Raises LedgerError where there
    is no ledger.
    """
    with ledger_of(Choices(ledger=_path(ledger), sandbox=sandbox), _settings(env)) as opened:
        return runs_frame([(found, opened.counts(found.number)) for found in opened.runs()])


@cache
def _use_packaged_zones() -> None:
    """Go by the time zones of the tzdata package, as the command does; it is the process that does so from then on."""
    use_packaged_zones()


def _settings(env: Mapping[str, str] | None) -> Mapping[str, str]:
    return read_environment(os.environ, directory=Path.cwd()) if env is None else env


def _path(given: StrPath | None) -> Path | None:
    return None if given is None else Path(given)
