"""The server of the provider `adapters.tiny`: rings whoever it is told to ring."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ANN, BOB = "+12125550101", "+12125550102"
KEY = "s3cret-of-the-client"


class Exchange(BaseHTTPRequestHandler):
    """Rings whoever it is told to ring: Ann talks, the others are busy. A look-up is one step of a call."""

    protocol_version = "HTTP/1.1"
    heard: list[dict[str, list[str]]]
    tags: list[str]
    stages: dict[str, list[str]]

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.headers["X-Key"] != KEY:
            return self._say(401, "who are you?")
        self.tags += asked.pop("tag")
        self.heard.append(asked)
        call_id = f"c-{len(self.heard)}"
        self.stages[call_id] = ["ringing", *(["talking", "talked"] if asked["to"] == [ANN] else ["busy"])]
        return self._say(201, f"{call_id} queued")

    def do_GET(self):
        stages = self.stages[self.path.rpartition("/")[2]]
        self._say(200, stages.pop(0) if len(stages) > 1 else stages[0])

    def _say(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing on stderr."""


@contextmanager
def an_exchange():
    kind = type("Exchange", (Exchange,), {"heard": [], "tags": [], "stages": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kind, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)
