"""What an Asterisk server answers before the first call: it has the trunk, and tells what becomes of calls."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha1

from dialer.providers.contract import http

_ACCEPTED_BY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455


def answer(status=200, /, **document):
    return http(status, json.dumps(document).encode())


def set_up(head):
    """Answer what is asked for once; None to what is asked for a call."""
    path = head.split()[1].partition("?")[0]
    if path == "/ari/events":
        return opening(head)
    if path == "/ari/endpoints/PJSIP/trunk":
        return answer(technology="PJSIP", resource="trunk", state="online", channel_ids=[])
    if path.endswith("/subscription"):
        return answer(name="dialer", endpoint_ids=["PJSIP/trunk"])
    return None


def opening(head):
    """Open a WebSocket on the connection."""
    key = re.search(r"(?im)^sec-websocket-key: *(\S+)", head)[1]
    accepted = b64encode(sha1((key + _ACCEPTED_BY).encode()).digest()).decode()
    lines = ("HTTP/1.1 101 X", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accepted}")
    return "\r\n".join([*lines, "", ""]).encode()
