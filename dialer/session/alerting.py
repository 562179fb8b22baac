"""Telling somebody how a command that dials ended, as its campaign says: pings, messages, a file of figures."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING, Any

from dialer.alerts.background import Errand
from dialer.alerts.notify import address_complaints, addresses_in, notify
from dialer.alerts.ping import address_complaint, ping, request_of, spoken_at
from dialer.alerts.textfile import Figures, write_figures
from dialer.campaign_file import read_alerts
from dialer.domain.alert_rules import ENDS, EVERYBODY, FINE, NOT_OURS, AlertRules
from dialer.errors import DialerError, SetupError
from dialer.events.journal import Journal, has_begun
from dialer.ledger.reading import work_on_record
from dialer.reports.alert_message import Left, alert_message
from dialer.session.past_run import ledger_of
from dialer.session.plan import plan_again
from dialer.settings import ledger_path, log_path, read_dotenv, under, with_files_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.alerts.ping import State
    from dialer.reports.alert_message import AlertMessage
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices
    from dialer.session.command_end import CommandEnd

PING_URL, NOTIFY = "DIALER_PING_URL", "DIALER_NOTIFY"

_START_SECONDS = 3.0  #: for the ping at the start, which the one at the end waits for: a service tells them by order
_SECONDS = 10.0  #: for all that is told at the end, together
_SPARE = 1.0  #: seconds more for finding out what is to be told, and for the log


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a campaign tells, at which addresses; `wrong` says by channel why nobody is told there."""

    campaign: str
    folder: Path
    rules: AlertRules
    ping_url: str = ""
    addresses: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)


def audience_of(file: Path, env: Mapping[str, str]) -> Audience:
    """Find whom the campaign in a file tells, though the file or some other setting be wrong."""
    name, rules = read_alerts(file)
    with suppress(SetupError):
        env = under(read_dotenv(file.parent), env)
    wrong: dict[str, str] = {}
    guessed = rules is EVERYBODY  # the campaign cannot be read, and may tell nobody
    url = _secret(PING_URL, env, "ping", wrong, guessed=guessed) if rules.ping else ""
    if url and (complaint := address_complaint(url)):
        wrong["ping"] = f"{PING_URL}: it {complaint}"
    addresses = addresses_in(_secret(NOTIFY, env, "notify", wrong, guessed=guessed)) if rules.notify else ()
    return Audience(
        campaign=name,
        folder=file.parent,
        rules=rules,
        ping_url="" if "ping" in wrong else url,
        addresses=addresses,
        wrong=wrong,
    )


def _secret(name: str, env: Mapping[str, str], channel: str, wrong: dict[str, str], *, guessed: bool) -> str:
    by_file = f"{name}_FILE"
    own = {each: env[each] for each in (name, by_file) if each in env}
    try:
        found = with_files_read(own).get(name, "")
    except SetupError as problem:
        wrong[channel] = str(problem)
        return ""
    if not found and not guessed:
        wrong[channel] = f"{name} is not set"
    return found


def unheard(file: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Say why somebody whom a campaign tells would not hear of it, a sentence each; nothing is sent."""
    audience = audience_of(file, env)
    yield from (f"nobody would be told by {channel}: {why}" for channel, why in audience.wrong.items())
    if audience.addresses:
        yield from (
            f"nobody would be told by notify: {NOTIFY}: {why}" for why in address_complaints(audience.addresses)
        )
    if (path := _textfile(audience)) and not path.parent.is_dir():
        yield f"nobody would be told by textfile: there is no folder {path.parent}"


def _textfile(audience: Audience) -> Path | None:
    name = audience.rules.textfile
    return audience.folder / name.replace("{campaign}", audience.campaign) if name else None


class Alerts:
    """What one command tells, from before its list is picked until its end; none of it fails or delays its run."""

    def __init__(self, choices: Choices, env: Mapping[str, str], *, now: Callable[[], datetime]) -> None:
        """Take what the command was asked; the sandbox tells nobody."""
        self._choices, self._env, self._now = choices, env, now
        self._began, self._ticks = now(), monotonic()
        self._start: Errand | None = None

    def start(self) -> None:
        """Tell that the command has begun, beside whatever it does."""
        if self._choices.campaign and not self._choices.sandbox:
            self._start = Errand("ping at the start", partial(self._ping, self._choices.campaign))

    def _ping(self, campaign: Path) -> None:
        audience = audience_of(campaign, self._env)
        if asked := _asked(audience, "start", 0, ""):
            ping(*asked, until=self._ticks + _START_SECONDS)

    def end(self, end: CommandEnd) -> Sequence[str]:
        """Tell how the command ended; note in the log who was not told, and say so in a sentence."""
        said: list[str] = []
        why = Errand("alerts", lambda: said.extend(self._told(end))).failure(until=monotonic() + _SECONDS + _SPARE)
        return said or ([f"nobody was told: {why}"] if why else [])

    def _told(self, end: CommandEnd) -> Sequence[str]:
        file = None if self._choices.sandbox else self._choices.campaign or _campaign_of(end, self._env)
        if file is None:
            return ()
        audience, until = audience_of(file, self._env), monotonic() + _SECONDS
        if not audience.rules.tells:
            return ()
        left = self._left(audience.campaign)
        message = alert_message(
            audience.campaign, end.exit_code, complaints=end.complaints, summaries=end.summaries, left=left
        )
        errands = [*_notified(audience, end, message), *self._written(audience, end, left)]
        if self._start:  # one that arrived behind the end would look like a run that hangs
            errands.append(self._start)
            self._start.failure(until=monotonic() + _START_SECONDS)
        if asked := _asked(audience, _state(end), int(end.exit_code), "\n".join(message)):
            errands.append(Errand("ping", partial(ping, *asked, until=until)))
        failures = dict(audience.wrong)
        failures |= {errand.channel: why for errand in errands if (why := errand.failure(until=until))}
        self._note(audience, end, failures)
        return _one_sentence(failures)

    def _left(self, campaign: str) -> Left | None:
        """Ask the ledger what all runs have left; None where it cannot be asked."""
        with suppress(DialerError):
            found = work_on_record(self._ledger(), campaign, "", sandbox=False)[1]
            return Left(sum(sum(other.rows.values()) for other in found), sum(other.unknown for other in found))
        return None

    def _written(self, audience: Audience, end: CommandEnd, left: Left | None) -> Iterator[Errand]:
        """Write the file of figures, if there is to be one."""
        if path := _textfile(audience):
            figures = Figures(
                campaign=audience.campaign,
                version=version("dialer"),
                exit_code=int(end.exit_code),
                is_success=end.exit_code in FINE,
                began=self._began.timestamp(),
                ended=self._now().timestamp(),
                seconds=monotonic() - self._ticks,
                open_rows=left.to_dial if left else None,
                unknown_rows=left.unknown if left else None,
                ledger_size=self._ledger_size(),
                **_counted(end.summaries, self._now().timestamp()),
            )
            yield Errand("textfile", partial(write_figures, path, figures))

    def _ledger(self) -> Path:
        return ledger_path(self._env, given=self._choices.ledger, sandbox=self._choices.sandbox)

    def _ledger_size(self) -> int | None:
        with suppress(DialerError, OSError):
            path = self._ledger()
            wal = path.with_name(f"{path.name}-wal")
            return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
        return None

    def _note(self, audience: Audience, end: CommandEnd, failures: Mapping[str, str]) -> None:
        if not failures:
            return
        with suppress(DialerError):
            path = log_path(self._ledger(), given=end.log)
            if end.log is None and not has_begun(path):
                return
            with Journal(path, now=self._now) as journal:
                for channel, why in failures.items():
                    journal.alert_failed(audience.campaign, channel, why)


def _one_sentence(failures: Mapping[str, str]) -> Sequence[str]:
    told = ", ".join(f"{channel} ({why})" for channel, why in failures.items())
    return [f"nobody was told by {told}"] if told else []


def _state(end: CommandEnd) -> State:
    return "log" if end.exit_code in NOT_OURS else "success" if end.exit_code in FINE else "fail"


def _asked(audience: Audience, state: State, exit_code: int, text: str) -> tuple[str, bytes] | None:
    """Give what the service of a campaign is asked, where it has one and that has a word for the state."""
    if not (url := audience.ping_url):
        return None
    spoken = audience.rules.ping if isinstance(audience.rules.ping, str) else spoken_at(url)
    return request_of(url, spoken, state, exit_code=exit_code, text=text)


def _notified(audience: Audience, end: CommandEnd, message: AlertMessage) -> Iterator[Errand]:
    """Send a message to each address, where this end is one to tell of."""
    if ENDS[end.exit_code] not in audience.rules.notify:
        return
    for place, address in enumerate(audience.addresses, 1):
        sends = partial(notify, address, title=message.title, text=message.text, is_fine=end.exit_code in FINE)
        yield Errand(f"notify, address {place}", sends)


def _counted(summaries: Sequence[Summary], now: float) -> dict[str, Any]:
    """Count what the runs of a command came to; its list is the last one's."""
    rows, calls, last = Counter[str](), Counter[str](), summaries[-1] if summaries else None
    for summary in summaries:
        rows.update({str(outcome): count for outcome, count in summary.outcomes.items()})
        calls.update({status or "no word": count for status, count in summary.statuses.items()})
    age = None
    with suppress(OSError):
        age = now - last.list_path.stat().st_mtime if last and last.list_path else None
    return {"rows": rows, "calls": calls, "list_rows": last.rows if last else None, "list_age": age}


def _campaign_of(end: CommandEnd, env: Mapping[str, str]) -> Path | None:
    """Find the campaign file of the run that a command dialled, where it was told of none."""
    run = end.summaries[-1].run if end.summaries else None
    if run is None:
        return None
    with suppress(DialerError), ledger_of(end.choices, env) as ledger:
        return plan_again(ledger.run(run).settings, end.choices).campaign
    return None
