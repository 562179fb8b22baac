"""A stand-in that is served while a test runs commands against it."""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import contextmanager

from dialer.providers.sandbox.server import SandboxOptions, serve

FAST = SandboxOptions(speed=1000)
FAULTS = {
    "0101": ("placed", 1),
    "0190": ("rejected", 1),
    "0193": ("placed", 1),
    "0194": ("placed", 1),  # found, when it is asked about
    "0195": ("unknown", 1),
    "0196": ("placed", 1),
    "0197": ("unknown", 1),
    "0198": ("placed", 1),
}
"""What comes of the numbers that cost no pause, and how often each is asked for."""


@contextmanager
def served(sandbox):
    """Serve a stand-in from a thread of its own."""
    loop, urls = asyncio.new_event_loop(), queue.Queue()
    over = asyncio.Event()

    async def stand():
        async with serve(sandbox) as url:
            urls.put(url)
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stand(),))
    thread.start()
    try:
        yield urls.get(timeout=10)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
