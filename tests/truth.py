"""A stand-in provider that keeps the truth: which numbers it rang, when it was asked, and what it said.

It shares nothing with the program under test, not even its HTTP library. Scripted by rules, served from a
thread (`serving`) or as a process of its own (`in_own_process`), which prints its address and ends with SIGTERM:

    python tests/truth.py --port 8080 --log all.jsonl --script '{"rules": [{"number": "+12025550101", "cut": true}]}'

A POST to /truth/revoke ends every token at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from voices import CXONE, VOICES, Voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ANY_HOUR = """
[hours]
enforce = false
reason = "a provider that rings nobody"
[redial]
after = "0s"
caps = []
"""
REVOKE = "/truth/revoke"
REASONS = {200: "OK", 202: "Accepted", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests"}
SO_TIMESTAMPING, RECEIVED_BY_SOFTWARE = 37, 1 << 3 | 1 << 4  # of Linux; Python has no names for them
CLOCKS_APART = time() - monotonic()
_AREAS = "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248"


def numbers(count: int) -> list[str]:
    """Give fictional numbers in E.164, at most 2,340, all different; the sandbox answers each as usual."""
    every = [f"+1{area}55501{line:02d}" for line in range(90) for area in _AREAS.split()]
    return every[:count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is answered to requests it matches; the first rule that matches is the one, without any all is well.

    Times are in seconds, `since` and `until` after the first request of all.
    """

    on: str = "call"  # or "token", "status", "connection" (reset on opening)
    number: str = ""  # every number
    since: float = 0.0
    until: float = math.inf
    skip: int = 0  # so many matching requests are passed over first
    times: float = math.inf  # and so many are answered by this rule
    limit: int = 0  # match only what comes on top of so many in a rolling second
    after: float = 0.0  # wait before the answer
    status: int = 200
    body: object = None  # text, or a value to be sent as JSON; None: what the status calls for
    headers: dict[str, str] = field(default_factory=dict)
    rings: bool | None = None  # None: a 2xx rings
    cut: bool = False  # reset the connection instead of answering
    drip: float = 0.0  # send the answer byte by byte, so long between two
    padding: int = 0  # spaces after the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How the provider behaves. A token lives `token_seconds`, whatever it says of itself in `expires_in`.

    A call's status is the next word of `course` at each look-up, or of the one for its number in `courses`; the last
    one stays.
    """

    rules: tuple[Rule, ...] = ()
    token_seconds: float = 3600.0
    expires_in: float = 3600.0
    course: tuple[str, ...] = ("completed",)
    courses: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Script:
        """Read a script written as JSON."""
        given = json.loads(text)
        return cls(**{**given, "rules": tuple(Rule(**rule) for rule in given.get("rules", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: when it was there (monotonic seconds), what it asked, what it was told, and whom it rang."""

    at: float
    method: str
    path: str
    number: str
    body: object
    status: int
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back over the wire."""

    status: int
    body: bytes
    rule: Rule
    call_id: str = ""

    def raw(self) -> bytes:
        """Write it as HTTP/1.1."""
        headers = {"Content-Type": "application/json", "Content-Length": str(len(self.body))} | self.rule.headers
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Said')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


PLAIN = Rule()


class Truth:
    """What the provider knows; `requests` only grows."""

    def __init__(self, script: Script, log: Path | None = None, voice: Voice = CXONE) -> None:
        self.script = script
        self.voice = voice
        self.url = ""
        self.requests: list[Request] = []
        self.open: set[Wire] = set()
        self._log = log.open("w", buffering=1, encoding="utf-8") if log else None
        self._tokens: dict[str, float] = {}
        self._granted = 0
        self._ids: dict[str, str] = {}
        self._looks: Counter[str] = Counter()
        self._matched: Counter[int] = Counter()
        self._passed: deque[float] = deque()
        self._heard = threading.Condition()
        self._began = math.inf

    @property
    def calls(self) -> list[Request]:
        """The requests to place a call, whatever came of them."""
        return [request for request in self.requests if self.voice.kind(request.method, request.path) == "call"]

    @property
    def rang(self) -> list[tuple[str, str]]:
        """The numbers that were rung and the ids of their calls, in order."""
        return [(request.number, request.call_id) for request in self.requests if request.call_id]

    def wait_for_calls(self, count: int, *, within: float = 120.0) -> None:
        """Return once so many requests to place a call have come."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.calls) >= count, within), f"{len(self.calls)} calls only"

    def wait_for_requests(self, count: int, *, within: float = 120.0) -> None:
        """Return once so many requests of any kind have come."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.requests) >= count, within), f"{len(self.requests)} only"

    def tell(self, *rules: Rule) -> None:
        """Go by other rules from now on; without any all is well again."""
        self.script = replace(self.script, rules=rules)
        self._matched.clear()

    def revoke(self) -> None:
        """End every token."""
        self._tokens.clear()

    def hear(self, method: str, path: str, headers: dict[str, str], raw: bytes, *, at: float) -> Reply:
        """Answer a request and write it down."""
        body, number, kind = _understood(raw), "", self.voice.kind(method, path)
        if kind == "call":
            number = self.voice.number(path, body)
        if kind == "token":
            reply = self._grant(at)
        elif (method, path) == ("POST", REVOKE):
            self.revoke()
            reply = Reply(status=204, body=b"", rule=PLAIN)
        elif (told := self.voice.aside(path, headers.get("host", ""))) is not None:
            reply = _reply(PLAIN, told)
        elif self.voice.has_tokens and not self._lets_in(headers, at):
            reply = Reply(status=401, body=b'{"error": "invalid_token"}', rule=PLAIN)
        elif kind == "call":
            reply = self._place(number, path, at)
        elif kind == "look":
            reply = self._look_up(self.voice.looked_up(path), at)
        else:
            reply = Reply(status=404, body=b"", rule=PLAIN)
        self._write(
            Request(
                at=at, method=method, path=path, number=number, body=body, status=reply.status, call_id=reply.call_id
            )
        )
        return reply

    def _lets_in(self, headers: dict[str, str], at: float) -> bool:
        return self._tokens.get(headers.get("authorization", "").removeprefix("Bearer "), 0.0) > at

    def resets_connection(self) -> bool:
        """Tell whether a connection that has just been opened is to be reset."""
        return self._rule("connection", "", monotonic()).cut

    def _grant(self, at: float) -> Reply:
        rule = self._rule("token", "", at)
        if rule is not PLAIN:
            return _reply(rule, self.voice.failure(rule.status))
        self._granted += 1
        token = f"token-{self._granted}-{id(self):x}"
        self._tokens[token] = at + self.script.token_seconds
        return _reply(PLAIN, self.voice.granted(token, self.script.expires_in))

    def _place(self, number: str, path: str, at: float) -> Reply:
        rule = self._rule("call", number, at)
        if not rule.limit:
            self._passed.append(at)
        if not (rule.rings if rule.rings is not None else 200 <= rule.status < 300):
            return _reply(rule, self.voice.failure(rule.status))
        call_id = self.voice.call_id(len(self._ids) + 1, number, path)
        self._ids[call_id] = number
        usual = replace(rule, status=self.voice.success) if rule is PLAIN else rule
        return _reply(usual, self.voice.placed(call_id), call_id)

    def _look_up(self, call_id: str, at: float) -> Reply:
        number = self._ids.get(call_id, "")
        rule = self._rule("status", number, at)
        if rule is PLAIN and call_id not in self._ids:
            return Reply(status=404, body=json.dumps(self.voice.gone()).encode(), rule=PLAIN)
        course = self.script.courses.get(number, self.script.course)
        word = course[min(self._looks[call_id], len(course) - 1)]
        self._looks[call_id] += 1
        return _reply(rule, self.voice.seen(call_id, word))

    def _rule(self, on: str, number: str, at: float) -> Rule:
        self._began = min(self._began, at)
        for rule in self.script.rules:
            if rule.on == on and rule.number in {"", number} and self._applies(rule, at):
                self._matched[id(rule)] += 1
                if rule.skip < self._matched[id(rule)] <= rule.skip + rule.times:
                    return rule
        return PLAIN

    def _applies(self, rule: Rule, at: float) -> bool:
        while self._passed and self._passed[0] <= at - 1:
            self._passed.popleft()
        in_time = rule.since <= at - self._began < rule.until
        return in_time and (not rule.limit or len(self._passed) >= rule.limit)

    def _write(self, request: Request) -> None:
        with self._heard:
            self.requests.append(request)
            self._heard.notify_all()
        if self._log:
            self._log.write(json.dumps(asdict(request)) + "\n")


class Wire:
    """One connection: requests in, replies out, or no reply at all.

    A plain socket and no asyncio transport, because only a socket tells when the kernel received what it gives.
    """

    def __init__(self, truth: Truth, peer: socket.socket) -> None:
        self._truth = truth
        self._peer = peer
        self._loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._is_opened = False
        truth.open.add(self)
        self._loop.add_reader(peer, self._read)
        if truth.resets_connection():
            self._reset()

    def close(self) -> None:
        """Hang up."""
        if self in self._truth.open:
            self._truth.open.discard(self)
            self._loop.remove_reader(self._peer)
            self._loop.remove_writer(self._peer)
            self._peer.close()

    def _read(self) -> None:
        try:
            data, extra, _, _ = self._peer.recvmsg(65536, 256)
        except BlockingIOError:
            return
        except OSError:
            data, extra = b"", []
        if not data:
            self.close()
        elif not self._is_opened:  # what is told on a connection for events is for nobody
            self._take(data, received_at(extra))

    def _take(self, data: bytes, at: float) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            head, _, rest = bytes(self._came).partition(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            del self._came[: len(head) + 4 + length]
            method, path, _ = line.split(" ")
            if opening := self._truth.voice.opening(path, headers):
                self._is_opened = True
                self._send(opening, pause=0.0)
                return
            reply = self._truth.hear(method, path, headers, rest[:length], at=at)
            if reply.rule.after:
                self._loop.call_later(reply.rule.after, self._answer, reply)
            else:
                self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        if reply.rule.cut:
            self._reset()
        else:
            self._send(reply.raw(), pause=reply.rule.drip)

    def _send(self, rest: bytes, pause: float) -> None:
        """Send what the peer takes now, or one byte where there is a pause; then the rest."""
        if self not in self._truth.open:
            return
        self._loop.remove_writer(self._peer)
        try:
            rest = rest[self._peer.send(rest[:1] if pause else rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if rest and pause:
            self._loop.call_later(pause, self._send, rest, pause)
        elif rest:
            self._loop.add_writer(self._peer, self._send, rest, pause)

    def _reset(self) -> None:
        if self in self._truth.open:
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close()


def received_at(extra: list[tuple[int, int, bytes]]) -> float:
    """Tell when the kernel had the last of what was read, or else when it was read, on the monotonic clock."""
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("qq", data)
            return seconds + nanoseconds / 1e9 - CLOCKS_APART
    return monotonic()


def _reply(rule: Rule, usual: object, call_id: str = "") -> Reply:
    body = usual if rule.body is None else rule.body
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(status=rule.status, body=text.encode() + b" " * rule.padding, rule=rule, call_id=call_id)


def _understood(raw: bytes) -> object:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}


async def _serve(truth: Truth, *, port: int, stop: asyncio.Event, ready: threading.Event) -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", port), backlog=4096) as door:
        if sys.platform == "linux":
            door.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RECEIVED_BY_SOFTWARE)
        door.setblocking(False)
        loop.add_reader(door, _let_in, truth, door)
        truth.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        ready.set()
        await stop.wait()
        loop.remove_reader(door)
        for wire in list(truth.open):
            wire.close()


def _let_in(truth: Truth, door: socket.socket) -> None:
    peer, _ = door.accept()
    peer.setblocking(False)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Wire(truth, peer)


@contextmanager
def serving(script: Script | None = None, keeper: Callable[[Script], Truth] = Truth) -> Iterator[Truth]:
    """Serve from a thread while the block runs; `keeper` makes who keeps the truth, in CXone's voice unless it says."""
    truth, ready, stop = keeper(script or Script()), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_serve(truth, port=0, stop=stop, ready=ready)), daemon=True
    )
    thread.start()
    assert ready.wait(10), "the truth does not come up"
    try:
        yield truth
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextmanager
def in_own_process(log: Path, script: str = "{}") -> Iterator[str]:
    """Serve from a process while the block runs; gives its address. What it heard is in `log` afterwards."""
    command = [sys.executable, __file__, "--port", "0", "--log", str(log), "--script", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def read_log(log: Path) -> list[Request]:
    """Read what a process heard."""
    return [Request(**json.loads(line)) for line in log.read_text("utf-8").splitlines()]


def most_in_a_second(times: Sequence[float]) -> int:
    """Count the fullest rolling second, taken as half-open: what comes exactly a second later is not in it."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--script", default="{}")
    parser.add_argument("--provider", choices=VOICES, default=CXONE.name)
    given = parser.parse_args()

    async def until_told() -> None:
        stop, ready = asyncio.Event(), threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        task = asyncio.ensure_future(_serve(truth, port=given.port, stop=stop, ready=ready))
        while not ready.is_set():
            await asyncio.sleep(0)
        print(truth.url, flush=True)
        await task

    truth = Truth(Script.from_json(given.script), given.log, VOICES[given.provider])
    gc.disable()  # No collector may hold up a time of arrival.
    asyncio.run(until_told())


if __name__ == "__main__":
    main()
