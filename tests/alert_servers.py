"""Stand-ins for what alerts are sent to: they keep what they are told, in order, and can be deaf, slow or wrong."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came."""

    path: str
    body: str


class Listener:
    """Answers by a script of status numbers, the last for ever; `endless` answers go on for as long as one reads."""

    def __init__(self, statuses=(200,), *, endless=False):
        self.heard: list[Heard] = []
        self._statuses = list(statuses)
        self._endless = endless
        self._over = threading.Event()
        self._came = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                listener.answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        with self._came:
            self.heard.append(Heard(handler.path, body))
            self._came.notify_all()
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        handler.send_response(status)
        if 300 <= status < 400:
            handler.send_header("Location", f"{self.url}/elsewhere")
        handler.end_headers()
        while self._endless and not self._over.is_set():
            try:
                handler.wfile.write(b"x" * 65_536)
            except OSError:
                return

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count, *, within=60.0):
        with self._came:
            assert self._came.wait_for(lambda: len(self.heard) >= count, within), self.heard

    @property
    def paths(self):
        return [heard.path for heard in self.heard]


@contextmanager
def deaf():
    """Give the address of one who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def dead():
    """Give the address of nobody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
