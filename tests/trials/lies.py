"""Dial against a provider that lies in its own dialect, and compare each row with what the contract says is proved.

It answers twice, about other calls, with ids and words of no kind, with refusals that say placed, with its callers' own
headers and numbers, with pages that are packed or never end, and sends callers on to another address.

    python tests/trials/lies.py [--provider cxone] [--rows 400] [--seed 1]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import show, to_the_end, with_provider
from truth import PLAIN, Reply, Script, Truth, numbers, serving
from voices import SECRET, VOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from voices import Voice

CAMPAIGN = """name = "lies"
[pace]
calls_per_second = 200
in_flight = 50
timeout = "2s"
follow = "2s"
[parameters]
first_name = { column = "first_name" }
"""
NAMES = ("Zoë", 'O"Neil', "a|b", "${x}", "\u202ecba", "x" * 3000, "{y}", "a\\b", "'; --", "<b>&amp;")
"""What rows carry; what a provider cannot be sent is invalid."""

STANDS = "queued"
"""Where all calls stand that no lie is told about: none of them ends."""

_PACKED = 40_000_000  #: bytes that a small answer unpacks to


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a lie may be made of: the voice, this call and an earlier one, its number, and what came in."""

    voice: Voice
    call_id: str
    earlier: str
    number: str
    headers: Mapping[str, str]
    elsewhere: str

    def placed(self, call_id: str = "", **more: object) -> bytes:
        """Write an answer of a call that was placed."""
        document = self.voice.placed(call_id or self.call_id) | more
        return self.answer(self.voice.success, json.dumps(document).encode())

    def answer(self, status: int, body: bytes, *fields: str, kind: str = "application/json") -> bytes:
        """Write an answer; `fields` are lines of its head."""
        length = (
            ()
            if any("Content-Length" in each or "chunked" in each for each in fields)
            else (f"Content-Length: {len(body)}",)
        )
        return "\r\n".join([f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *length, *fields, "", ""]).encode() + body

    @property
    def key(self) -> str:
        """Where this provider's answers have the id of a call."""
        wanted = self.call_id.rpartition("/")[2] if self.voice.name == "twilio_studio" else self.call_id
        return next(name for name, value in self.voice.placed(self.call_id).items() if str(value) == wanted)

    @property
    def repeated(self) -> bytes:
        """All that could be repeated to a caller."""
        said = f"bad {self.headers.get('authorization')} {SECRET} for {self.number} {self.number[2:]}"
        return json.dumps({"message": said, "Message": said}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What is said, and which outcomes it proves; whoever is told it was rung if it `rings`."""

    says: Callable[[Told], bytes]
    outcomes: tuple[str, ...]
    rings: bool = True


def _ids() -> dict[str, Lie]:
    odd: dict[str, Any] = {
        "a list": ["x"], "an object": {"x": 1}, "true": True, "null": None, "a fraction": 1.5, "blank": "  ",
        "half a sign": "\ud800", "right to left": "\u202eabc", "long": "x" * 5000, "nul": "a\0b", "lines": "a\r\nb",
    }  # fmt: skip
    return {
        f"id: {name}": Lie(says=lambda told, value=value: told.placed(**{told.key: value}), outcomes=("unknown",))
        for name, value in odd.items()
    }


def _words() -> dict[str, Lie]:
    odd: dict[str, Any] = {
        "an object": {"a": 1}, "a list": [1], "a number": 7, "a formula": "=HYPERLINK(1)", "long": "x" * 9000,
        "half a sign": "\ud800", "the secret": SECRET,
    }  # fmt: skip
    return {
        f"word: {name}": Lie(
            says=lambda told, value=value: told.placed(status=value, state=value, queue_time=value),
            outcomes=("placed",),
        )
        for name, value in odd.items()
    } | {
        f"queued: {value[:9]}": Lie(says=lambda told, value=value: told.placed(queue_time=value), outcomes=("placed",))
        for value in ("9" * 5000, "9" * 20, "-1", "1e9")
    }


def _chunked(told: Told) -> bytes:
    body = json.dumps(told.voice.placed(told.call_id)).encode()
    return told.answer(told.voice.success, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), "Transfer-Encoding: chunked")


def _bomb(told: Told) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return told.answer(told.voice.success, packer.compress(b" " * _PACKED) + packer.flush(), "Content-Encoding: gzip")


def _packed(told: Told) -> bytes:
    body = gzip.compress(json.dumps(told.voice.placed(told.call_id)).encode())
    return told.answer(told.voice.success, body, "Content-Encoding: gzip")


def lies_of(voice: Voice) -> dict[str, Lie]:
    """Give every lie by name."""
    unknown, placed, refused = ("unknown",), ("placed",), ("rejected",)
    lies = {
        "twice": Lie(says=lambda told: told.placed() + told.placed(told.earlier), outcomes=placed),
        "with another behind it": Lie(says=lambda told: told.placed() + b"HTTP/1.1 200 OK\r\n\r\n", outcomes=placed),
        "of an earlier call": Lie(says=lambda told: told.placed(told.earlier), outcomes=unknown),
        "an error with 2xx": Lie(
            says=lambda told: told.answer(told.voice.success, json.dumps(told.voice.failure(400)).encode()),
            outcomes=unknown,
        ),
        "an id with 500": Lie(
            says=lambda told: told.answer(500, json.dumps(told.voice.placed(told.call_id)).encode()), outcomes=unknown
        ),
        "an id with 422": Lie(
            says=lambda told: told.answer(422, json.dumps(told.voice.placed(told.call_id)).encode()), outcomes=refused
        ),
        "what it was sent": Lie(says=lambda told: told.answer(422, told.repeated), outcomes=refused, rings=False),
        "what it was sent, with 500": Lie(says=lambda told: told.answer(500, told.repeated), outcomes=unknown),
        "what it was sent, as a page": Lie(
            says=lambda told: told.answer(422, b"<html>" + told.repeated, kind="text/html"),
            outcomes=refused,
            rings=False,
        ),
        "elsewhere": Lie(
            says=lambda told: told.answer(307, b"", f"Location: {told.elsewhere}"), outcomes=unknown, rings=False
        ),
        "elsewhere, as a page": Lie(
            says=lambda told: told.answer(302, b"", f"Location: {told.elsewhere}"), outcomes=unknown, rings=False
        ),
        "to ask again": Lie(
            says=lambda told: told.answer(503, b"", f"Location: {told.elsewhere}", "Retry-After: 0"), outcomes=unknown
        ),
        "two lengths": Lie(
            says=lambda told: told.answer(200, b"{}", "Content-Length: 2", "Content-Length: 1"), outcomes=unknown
        ),
        "a length that is none": Lie(says=lambda told: told.answer(200, b"{}", "Content-Length: -5"), outcomes=unknown),
        "a huge head": Lie(says=lambda told: told.answer(200, b"{}", "X: " + "y" * 200_000), outcomes=unknown),
        "many headers": Lie(says=lambda told: told.answer(200, b"{}", *["X: y"] * 9000), outcomes=unknown),
        "in pieces": Lie(says=_chunked, outcomes=placed),
        "packed": Lie(says=_packed, outcomes=placed),
        "packed far too well": Lie(says=_bomb, outcomes=unknown),
        "not packed": Lie(says=lambda told: told.answer(200, b"{}x", "Content-Encoding: gzip"), outcomes=unknown),
        "early hints": Lie(
            says=lambda told: b"HTTP/1.1 103 E\r\nLink: x\r\n\r\n" + told.placed(), outcomes=("placed", "unknown")
        ),
        "another protocol": Lie(says=lambda _: b"SSH-2.0-OpenSSH_9.2\r\n", outcomes=unknown),
        "another tongue": Lie(says=lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", outcomes=unknown),
        **_ids(),
        **_words(),
    }
    if voice.provider == "twilio":
        lies["to somebody else"] = Lie(
            says=lambda told: told.placed(to="+12025550999", contact_channel_address="+12025550999"), outcomes=unknown
        )
        lies["a code without end"] = Lie(
            says=lambda told: told.answer(400, json.dumps({"code": "9" * 5000}).encode()), outcomes=refused, rings=False
        )
    if voice.provider == "connect":
        for name in ("ExpiredTokenException", "ThrottlingException"):
            lies[f"{name} with an id"] = Lie(
                says=lambda told, name=name: told.answer(
                    200, json.dumps(told.voice.placed(told.call_id)).encode(), f"x-amzn-ErrorType: {name}"
                ),
                outcomes=placed,
            )
            lies[f"{name} with 408"] = Lie(
                says=lambda told, name=name: told.answer(408, b"{}", f"x-amzn-ErrorType: {name}"), outcomes=unknown
            )
    return lies


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw(Reply):
    """An answer as it goes over the wire."""

    told: bytes = b""

    def raw(self) -> bytes:
        """Give it as it is."""
        return self.told


class Liar(Truth):
    """Lies to those numbers that are planned; of any call it tells look-ups what is true of another."""

    def __init__(self, script: Script, *, voice: Voice, planned: Mapping[str, Lie]) -> None:
        super().__init__(script, voice=voice)
        self.planned = planned
        self.elsewhere = ""
        self._headers: Mapping[str, str] = {}

    def hear(self, method: str, path: str, headers: dict[str, str], raw: bytes, *, at: float) -> Reply:
        """Keep what came, for whoever is told of it."""
        self._headers = headers
        return super().hear(method, path, headers, raw, at=at)

    def _place(self, number: str, path: str, at: float) -> Reply:
        lie = self.planned.get(number)
        if lie is None:
            return super()._place(number, path, at)
        call_id = self.voice.call_id(len(self._ids) + 1, number, path)
        earlier = next(iter(self._ids), self.voice.call_id(1, number, path))
        if lie.rings:
            self._ids[call_id] = number
        told = Told(
            voice=self.voice,
            call_id=call_id,
            earlier=earlier,
            number=number,
            headers=self._headers,
            elsewhere=f"{self.elsewhere}{path}",
        )
        said = lie.says(told)
        status = int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0
        return Raw(status=status, body=b"", rule=PLAIN, call_id=call_id if lie.rings else "", told=said)

    def _look_up(self, call_id: str, at: float) -> Reply:
        if self._ids.get(call_id) not in self.planned:
            return super()._look_up(call_id, at)
        other = next(iter(self._ids))
        body = json.dumps(self.voice.seen(other, (*self.voice.words, "Up")[0])).encode()
        return Reply(status=200, body=body, rule=PLAIN)


def one_run(rows: int, seed: int, voice: Voice) -> tuple[dict[str, Counter[str]], list[str]]:
    """Dial a list of which most are lied to; lie -> outcome -> rows, and what is not as it should be."""
    from commands import Dialer

    dice = random.Random(seed)
    listed = numbers(rows)
    lies = lies_of(voice)
    names = [*lies, *dice.choices(list(lies), k=max(0, rows // 2 - len(lies)))]
    dice.shuffle(names)
    places = sorted(dice.sample(range(20, rows), len(names)))
    planned = dict(zip((listed[place] for place in places), names, strict=True))

    def liar(script: Script) -> Liar:
        return Liar(script, voice=voice, planned={number: lies[name] for number, name in planned.items()})

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Script(course=(STANDS,)), keeper=liar) as truth,
        serving(keeper=lambda script: Truth(script, voice=voice)) as elsewhere,
    ):
        truth.elsewhere = elsewhere.url  # type: ignore[attr-defined]
        home = Path(folder) / "home"
        home.mkdir()
        dialer = Dialer(home)
        dialer.settle_on(truth.url, voice)
        carried = [NAMES[index % len(NAMES)] for index in range(rows)]
        path = dialer.write_list(zip(listed, carried, strict=True), headings=("phone", "first_name"))
        code, said = to_the_end(dialer, "run", path, "-c", dialer.write_campaign(CAMPAIGN), "--track")
        lines = dialer.results()
        kept = "".join(each.read_text("utf-8", "replace") for each in home.glob("*.log*"))
        found = [] if code in {1, 3} else [f"exit {code}: {said}"]
        found += _breaches(lines, truth, listed, planned, lies)
        found += [f"{request.method} {request.path} was asked elsewhere" for request in elsewhere.requests]
        found += _told(lines, kept, said, truth)
        proved = dialer("verify", code=None)
        found += [f"verify: {line}" for line in proved.out.splitlines() if not line.startswith("holds")]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        table[planned.get(line["number"], "(none)")][line["outcome"]] += 1
    return table, found


def _breaches(
    lines: Sequence[dict[str, str]],
    truth: Truth,
    listed: Sequence[str],
    planned: Mapping[str, str],
    lies: Mapping[str, Lie],
) -> list[str]:
    asked = Counter(call.number for call in truth.calls)
    found = [f"{number} was asked for {times} times" for number, times in asked.items() if times > 1]
    if len(lines) != len(listed):
        found.append(f"the results hold {len(lines)} rows of {len(listed)}")
    ids = dict(truth.rang)
    for line in lines:
        number, outcome, name = line["number"], line["outcome"], planned.get(line["number"], "")
        if outcome == "invalid":
            continue
        if outcome not in (lies[name].outcomes if name else ("placed",)):
            found.append(f"row {line['row']}, {name or '(none)'}: {outcome}: {line['error'][:200]}")
        if outcome == "placed" and name and line["status"] in (*truth.voice.words, "answered"):
            found.append(f"row {line['row']}, {name}: has the word {line['status']!r} of another call")
        if outcome == "placed" and line["callId"] != ids.get(number):
            found.append(
                f"row {line['row']}, {name}: placed as {line['callId']!r}, and was rung as {ids.get(number)!r}"
            )
    return found


def _told(lines: Sequence[dict[str, str]], kept: str, said: object, truth: Truth) -> list[str]:
    errors = "".join(line["error"] + line["status"] + line["callId"] for line in lines)
    found = []
    for where, text in {"results": errors, "log": kept, "output": json.dumps(said)}.items():
        found += [f"the secret is told in the {where}"] if SECRET in text else []
        found += [f"a header is told in the {where}"] if "Basic " in text and "Basic [secret]" not in text else []
        if where == "results":  # which have each number beside what is said of it
            continue
        told = [request.number for request in truth.calls if request.number[2:] in text]
        found += [f"{len(told)} numbers are told in the {where}, {told[0]} first"] if told else []
    return found


def main() -> int:
    """Print lie, rows, outcomes and mismatches."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=400)
    options.add_argument("--seed", type=int, default=1)
    with_provider(options)
    given = options.parse_args()
    voice = VOICES[given.provider]
    table, found = one_run(given.rows, given.seed, voice)
    for name, outcomes in sorted(table.items()):
        print(f"{name:34} {outcomes.total():5,}  {', '.join(f'{key} {rows:,}' for key, rows in outcomes.items())}")
    show(found)
    print(f"lies: {voice.name}, {given.rows:,} rows, {len(lies_of(voice))} lies, {len(found)} mismatches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
