"""What a look-up finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import NotSeen, RunMustStop, Seen, Throttled, TokenEnded
from dialer.providers.contract.asking import LOST, THROTTLED, foreign, let_out, nobody_listening, opened, seen
from dialer.providers.contract.fault_server import PAGE, http
from dialer.providers.contract.promise import DoesNotApplyError, expect, expect_kind, expect_true, promise

if TYPE_CHECKING:
    from dialer.providers.contract.dialect import Dialect


@promise
async def every_word(dialect: Dialect) -> None:
    """Every word for where a call stands is seen as it is spelt."""
    for word in sorted(dialect.words):
        found = await seen(dialect, dialect.seen(word))
        expect_kind(found, Seen, of=repr(word))
        expect(getattr(found, "status", None), word, of=repr(word))


@promise
async def words_of_its_own(dialect: Dialect) -> None:
    """The final words and those for reached are words of the provider."""
    adapter = dialect.adapter
    expect_true(adapter.final_statuses or dialect.last_word, "it has no final words: no call would ever be over")
    expect((adapter.final_statuses | adapter.reached_statuses) - dialect.words, frozenset(), of="words it has not")


@promise
async def last_word(dialect: Dialect) -> None:
    """A word that is said to be the last is seen as that."""
    if dialect.last_word is None:
        raise DoesNotApplyError("it has no words but its own")
    answer, word = dialect.last_word
    expect(await seen(dialect, answer), Seen(word, final=True), of="a last word")


@promise
async def not_known(dialect: Dialect) -> None:
    """A call the provider does not know is gone."""
    found = await seen(dialect, dialect.gone)
    if isinstance(found, Seen):
        expect_true(found.final, f"a call that is gone: {found!r} would be asked about for ever")
    else:
        expect((type(found), getattr(found, "gone", None)), (NotSeen, True), of="a call that is gone")


@promise
async def without_an_answer(dialect: Dialect) -> None:
    """A look-up without an answer says nothing of the call."""
    steps = {**LOST, **{f"HTTP {status}": http(status, PAGE) for status in (302, 408, 500, 502, 503, 504)}}
    for name, step in steps.items():
        found = await seen(dialect, step)
        expect((type(found), getattr(found, "gone", None)), (NotSeen, False), of=name)
    async with nobody_listening(dialect) as provider:
        found = await provider.look_up(dialect.call_id, let_out)
    expect((type(found), getattr(found, "gone", None)), (NotSeen, False), of="nobody listens")


@promise
async def none_of_its_own(dialect: Dialect) -> None:
    """An answer that is none of the provider's ends no call."""
    for name, step in foreign(200).items():
        found = await seen(dialect, step)
        is_over = isinstance(found, Seen) and (found.final or found.status in dialect.adapter.final_statuses)
        expect_true(not is_over and not getattr(found, "gone", False), f"{name}: {found!r}")


@promise
async def of_another_call(dialect: Dialect) -> None:
    """A look-up whose answer names another call says nothing of this one."""
    for word in sorted(dialect.words):
        answer, other = dialect.seen(word), dialect.call_id[::-1].encode()
        if dialect.call_id.encode() not in answer:
            raise DoesNotApplyError("what it tells of a call does not name it")
        found = await seen(dialect, answer.replace(dialect.call_id.encode(), other))
        expect((type(found), getattr(found, "gone", None)), (NotSeen, False), of=f"{word!r} of another call")


@promise
async def too_many(dialect: Dialect) -> None:
    """Too many look-ups are asked to wait."""
    found = await seen(dialect, THROTTLED)
    expect((type(found), getattr(found, "wait", None)), (Throttled, 7.0), of="429 with Retry-After: 7")


@promise
async def unauthorized(dialect: Dialect) -> None:
    """A look-up that is not let in says nothing of the call."""
    found = await seen(dialect, http(401))
    expect_kind(found, TokenEnded, RunMustStop, NotSeen, of="401")
    expect_true(not getattr(found, "gone", False), f"401: {found!r}")


@promise
async def as_often(dialect: Dialect) -> None:
    """A look-up is harmless: it may be made as often as one likes."""
    word = min(dialect.words - dialect.adapter.final_statuses, default=min(dialect.words))
    async with opened(dialect, dialect.seen(word), repeats=True) as (provider, _):
        found = [await provider.look_up(dialect.call_id, let_out) for _ in range(3)]
    expect({getattr(each, "status", None) for each in found}, {word}, of="three look-ups in a row")
