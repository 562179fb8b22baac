"""How much of a bare aiohttp loop's speed is left when every intent is durable.

Both post the same calls to the same server (its own process, raw sockets) with the same number in flight, in
turns, several times; the figure is the ratio of the medians. The ratio of their processor time is printed as well: it
is the same on a busy machine, and leaves out what the disk takes.

    python tests/benchmarks/bench_throughput.py [--calls 10000] [--in-flight 200] [--rate 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from dialer.domain.contact import Contact
from dialer.domain.run import NewRun
from dialer.engine.ending import End
from dialer.engine.pacing import LocalPace
from dialer.engine.ports import Observer
from dialer.engine.rules import Clock, DialRules
from dialer.engine.runner import Runner
from dialer.ledger.port import open_ledger
from dialer.ledger.session_terms import SessionTerms
from dialer.providers import cxone
from dialer.providers.cxone.calls import CALLS

ENV = {"CXONE_CLIENT_ID": "bench", "CXONE_CLIENT_SECRET": "bench"}


class Answering(asyncio.Protocol):
    """Answers every request with a token or a call id, as fast as raw sockets go."""

    served = 0

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(rest) < length:
                return
            self.data = rest[length:]
            Answering.served += 1
            body = {"access_token": "t", "expires_in": 3600, "token_type": "bearer"}
            if b"/calls" in head[:60]:
                body = {"callId": f"call-{Answering.served}", "status": "queued", "timestamp": "2026-01-01T00:00:00Z"}
            text = json.dumps(body).encode()
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)
            )


def serve(port):
    async def forever():
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


@asynccontextmanager
async def server():
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def parameters(row):
    return {"first_name": f"Name {row}", "account": f"AC-{row:06}", "due": "2026-12-01", "balance": "120.50"}


def number(row):
    return f"+1202{5550000 + row % 10_000:07}"


class Taken:
    """Calls a second of a block, and microseconds of this process a call."""

    def __init__(self, calls):
        self._calls = calls

    def __enter__(self):
        self._began, self._worked = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.rate = self._calls / (time.perf_counter() - self._began)
        self.work = (time.process_time() - self._worked) / self._calls * 1e6

    def __str__(self):
        return f"{self.rate:7.0f} calls/s, {self.work:4.0f} us of work each"


async def bare(url, calls, in_flight):
    """Post the calls with as many workers as there may be in flight, keep the ids in memory, and nothing else."""
    rows, ids = iter(range(calls)), {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work():
            for row in rows:
                body = {
                    "callerNumber": "+12025550100",
                    "calledNumber": number(row),
                    "flowId": "flow",
                    "parameters": parameters(row),
                }
                async with session.post(url + CALLS, json=body, headers={"Authorization": "Bearer t"}) as response:
                    ids[row] = (await response.json())["callId"]

        with Taken(calls) as taken:
            async with asyncio.TaskGroup() as group:
                for _ in range(in_flight):
                    group.create_task(work())
        return taken


class Quiet(Observer):
    def held_back(self, reason, seconds):
        raise AssertionError(f"held back for {seconds} s: {reason}")


def chunks(calls):
    """The same calls as contacts, some at a time, as a list is read."""
    for first in range(0, calls, 1000):
        yield [
            Contact(
                row=row + 2,
                cells=(number(row), *parameters(row).values()),
                number=number(row),
                parameters=parameters(row),
            )
            for row in range(first, min(first + 1000, calls))
        ]


async def durable(url, calls, in_flight, rate, folder):
    """Dial the same calls through ledger and engine, at up to `rate` a second."""
    now = lambda: datetime.now(UTC)  # noqa: E731
    with open_ledger(folder / f"{time.perf_counter_ns()}.db") as ledger:
        new = NewRun(
            campaign="bench", provider="cxone", list_path=folder, digest="", results=folder, headings=(), settings={}
        )
        run = ledger.load(new, chunks(calls), now=now())
        ledger.begin_session(run, calls_per_second=rate, screening={}, now=now())
        env = {**ENV, "CXONE_BASE_URL": url}
        async with cxone.connect(env, timeout=timedelta(seconds=30), clock=time.monotonic, now=now) as provider:
            runner = Runner(
                work=ledger.work(run.number, SessionTerms(), now=now()),
                provider=provider,
                pace=LocalPace(rate, clock=time.monotonic),
                rules=DialRules(caller_number="+12025550100", flow_id="flow", attempts=3, in_flight=in_flight),
                clock=Clock(now=now, ticks=time.monotonic, dice=random.random),
                observer=Quiet(),
            )
            with Taken(calls) as taken:
                ending = await runner.run()
        assert ending.end is End.DONE
        assert ledger.counts(run.number) == {"placed": calls}
    return taken


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--in-flight", type=int, default=200)
    options.add_argument("--rate", type=int, default=10_000, help="the configured pace: 10,000 is the most there is")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    alone, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with server() as url:
            for _ in range(given.rounds):
                alone.append(await bare(url, given.calls, given.in_flight))
                whole.append(await durable(url, given.calls, given.in_flight, given.rate, Path(folder)))
                print(f"bare {alone[-1]}   durable {whole[-1]}", flush=True)
    rate = statistics.median(taken.rate for taken in whole) / statistics.median(taken.rate for taken in alone)
    work = statistics.median(taken.work for taken in alone) / statistics.median(taken.work for taken in whole)
    print(f"durable intents keep {rate:.2f} of a bare aiohttp loop ({given.calls} calls, {given.in_flight} in flight)")
    print(f"and {work:.2f} of it by processor time")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
