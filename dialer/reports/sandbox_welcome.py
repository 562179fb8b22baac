"""What `dialer sandbox` says when it listens."""

from __future__ import annotations

from dialer.providers.sandbox import ADAPTER
from dialer.providers.sandbox.numbers import MISBEHAVING


def welcome(url: str) -> str:
    """Say how to use the stand-in, and on which numbers it misbehaves."""
    lines = [
        f"the sandbox listens at {url} and rings nobody; Ctrl-C ends it. In another shell:",
        *(
            f"  export {' '.join(f'{name}={value}' for name, value in settings.items())}"
            for settings in (ADAPTER.stand_in(url), ADAPTER.defaults)
        ),
        "numbers that misbehave on purpose, in every area code:",
        *(f"  +1 … 555 {suffix}  {behaviour.says}" for suffix, behaviour in MISBEHAVING.items()),
        "also refused: the flow invalid-flow, callers that end in 0000, and the client id read-only",
    ]
    return "\n".join(lines)
