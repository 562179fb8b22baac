"""What an answer to the request for a call proves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, NotSent, Refused, RunMustStop, Throttled, TokenEnded, Unclear
from dialer.providers.contract.asking import (
    LOST,
    MOMENT,
    THROTTLED,
    a_call,
    foreign,
    let_out,
    nobody_listening,
    placed,
    success_of,
)
from dialer.providers.contract.fault_server import PAGE, dripping, hang, http, torn
from dialer.providers.contract.promise import DoesNotApplyError, expect, expect_kind, expect_true, promise
from dialer.providers.status_codes import GAVE_UP

if TYPE_CHECKING:
    from dialer.providers.contract.dialect import Dialect

_HUGE = 3_000_000  #: bytes: ten times what is read of an answer


@promise
async def with_an_id(dialect: Dialect) -> None:
    """An answer with an id is a call placed."""
    answer = await placed(dialect, dialect.placed, of="an id")
    expect(answer, Accepted(dialect.call_id, dialect.status), of="a call that was placed")


@promise
async def without_an_id(dialect: Dialect) -> None:
    """An answer without an id leaves it open whether it rang."""
    expect_kind(await placed(dialect, dialect.no_id, of="no id"), Unclear, of="no id")


@promise
async def none_of_its_own(dialect: Dialect) -> None:
    """An answer that is none of the provider's leaves it open whether it rang."""
    answers = {**foreign(success_of(dialect)), "204": http(204)}
    for name, step in answers.items():
        expect_kind(await placed(dialect, step, of=name), Unclear, of=name)


@promise
async def server_fault(dialect: Dialect) -> None:
    """A server fault leaves it open whether it rang."""
    for status in dialect.faults:
        for body in (PAGE, b'{"message": "down"}', b""):
            answer = await placed(dialect, http(status, body), of=f"HTTP {status}")
            expect_kind(answer, Unclear, of=f"HTTP {status} with {body[:20]!r}")


@promise
async def gave_up(dialect: Dialect) -> None:
    """A gateway that gave up leaves it open whether it rang."""
    for status in sorted(GAVE_UP):
        expect_kind(
            await placed(dialect, http(status, PAGE), of=f"HTTP {status}"), Unclear, of=f"HTTP {status}, a page"
        )


@promise
async def redirection(dialect: Dialect) -> None:
    """A redirection is not followed, and leaves it open whether it rang."""
    for status in (301, 302, 303, 307, 308):
        step = http(status, b"", Location="/elsewhere")
        expect_kind(await placed(dialect, step, of=f"HTTP {status}"), Unclear, of=f"HTTP {status}")


@promise
async def lost(dialect: Dialect) -> None:
    """A connection that is lost leaves it open whether it rang."""
    for name, step in LOST.items():
        expect_kind(await placed(dialect, step, of=name), Unclear, of=name)


@promise
async def broken_off(dialect: Dialect) -> None:
    """An answer that breaks off leaves it open whether it rang."""
    head = dialect.placed.index(b"\r\n\r\n")
    for at in (len(dialect.placed) - 1, (head + len(dialect.placed)) // 2, head + 4, head // 2):
        answer = await placed(dialect, torn(dialect.placed, at=at), of=f"{at} bytes of an answer")
        expect_kind(answer, Unclear, of=f"{at} bytes of an answer that has {len(dialect.placed)}")


@promise
async def out_of_time(dialect: Dialect) -> None:
    """An answer out of time leaves it open whether it rang."""
    slow = dripping(dialect.placed, seconds=0.05)
    for name, step in {"nothing": hang, "an answer byte by byte": slow}.items():
        expect_kind(await placed(dialect, step, timeout=MOMENT, of=name), Unclear, of=name)


@promise
async def far_too_long(dialect: Dialect) -> None:
    """An answer without an end is not waited for, and proves no more than it says."""
    body = dialect.placed.partition(b"\r\n\r\n")[2]
    answer = await placed(dialect, http(success_of(dialect), body + b" " * _HUGE), of="a huge answer")
    expect_true(
        isinstance(answer, Unclear) or (isinstance(answer, Accepted) and answer.call_id == dialect.call_id),
        f"an answer of three megabytes: {answer!r}",
    )


@promise
async def never_connected(dialect: Dialect) -> None:
    """What never connected was not sent."""
    async with nobody_listening(dialect) as provider:
        answer = await provider.place(a_call(dialect), let_out)
    expect((type(answer), getattr(answer, "left", None)), (NotSent, False), of="nobody listens")


@promise
async def nobody_called(dialect: Dialect) -> None:
    """An answer that proves that nobody was called lets the row be tried again."""
    if dialect.not_made is None:
        raise DoesNotApplyError("it has no such answer")
    answer = await placed(dialect, dialect.not_made, of="proof that nobody was called")
    expect((type(answer), getattr(answer, "left", None)), (NotSent, True), of="proof that nobody was called")


@promise
async def too_many(dialect: Dialect) -> None:
    """Too many calls are asked to wait as long as was said, and however long where it makes no sense."""
    answer = await placed(dialect, THROTTLED, of="429")
    expect((type(answer), getattr(answer, "wait", None)), (Throttled, 7.0), of="429 with Retry-After: 7")
    for said in ("soon", "-5", "1e999", "Wed, 21 Oct 2015 07:28:00 GMT"):
        answer = await placed(dialect, http(429, b"", Retry_After=said), of=f"429, Retry-After: {said}")
        expect_kind(answer, Throttled, of=f"429 with Retry-After: {said}")
        wait = getattr(answer, "wait", None)
        expect_true(wait is None or 0 <= wait < math.inf, f"429 with Retry-After: {said} is waited for {wait} s")


@promise
async def refused(dialect: Dialect) -> None:
    """A refusal of one row has the provider's own words."""
    words = "This number may not be called"
    answer = await placed(dialect, dialect.refused(words), of="a refusal")
    expect_kind(answer, Refused, of="a refusal")
    expect_true(words in getattr(answer, "reason", ""), f"{answer!r} does not say {words!r}")


@promise
async def of_every_call(dialect: Dialect) -> None:
    """What every call would meet stops the run and says what to check."""
    answers = {
        "a flow that is not there": dialect.flow_refused,
        "a caller that is not the account's": dialect.caller_refused,
        "who is not let in": dialect.unknown_client,
    }
    for name, step in answers.items():
        if step is not None:
            answer = await placed(dialect, step, of=name)
            expect_kind(answer, RunMustStop, of=name)
            expect_true(getattr(answer, "tip", ""), f"{name}: nothing is said of what to check")


@promise
async def unauthorized(dialect: Dialect) -> None:
    """A 401 is no answer about the row."""
    expect_kind(await placed(dialect, http(401), of="401"), TokenEnded, RunMustStop, of="401")
