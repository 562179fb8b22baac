"""Lets aioresponses 0.7.9 make the responses of aiohttp 3.14, whose constructor wants one argument more.

Can go as soon as aioresponses passes `stream_writer` itself: `Answers` is aioresponses then, `reply` CallbackResult.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aiohttp import ClientResponse
from aioresponses import CallbackResult, aioresponses


class CompleteResponse(ClientResponse):
    """A response that supplies the argument aioresponses does not know of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"stream_writer": SimpleNamespace(output_size=0), **kwargs})


class Answers(aioresponses):
    """aioresponses whose every answer is a CompleteResponse."""

    def add(self, *args: Any, **kwargs: Any) -> None:
        super().add(*args, **{"response_class": CompleteResponse, **kwargs})


def reply(**answer: Any) -> CallbackResult:
    """Make the answer of a callback to a POST."""
    return CallbackResult(method="POST", response_class=CompleteResponse, **answer)
