"""What `dialer sandbox` says when it listens."""

from __future__ import annotations

from dialer.domain.shell_command import quoted
from dialer.providers.port import CALLER_NUMBER, FLOW_ID
from dialer.providers.sandbox import stand_in_for
from dialer.providers.sandbox.numbers import MISBEHAVING


def welcome(provider: str, url: str) -> str:
    """Say how to use what stands in for a provider, and on which numbers it misbehaves."""
    stand_in = stand_in_for(provider)
    common = {"DIALER_PROVIDER": provider, FLOW_ID: stand_in.flow_id, CALLER_NUMBER: stand_in.caller_number}
    lines = [
        f"the sandbox stands in for {provider} at {url} and rings nobody; Ctrl-C ends it. In another shell:",
        *(
            f"  export {' '.join(f'{name}={quoted(value)}' for name, value in settings.items() if value)}"
            for settings in (stand_in.adapter.stand_in(url), common)
        ),
        "numbers that misbehave on purpose, in every area code:",
        *(f"  +1 … 555 {ending}  {stand_in.says.get(ending, each.says)}" for ending, each in MISBEHAVING.items()),
        f"also refused: {stand_in.refuses}",
    ]
    return "\n".join(lines)
