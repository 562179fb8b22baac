"""What is sent for a call, and what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from dialer.domain.call import CallRequest
from dialer.providers.contract.asking import a_call, let_out, opened
from dialer.providers.contract.dialect import CALLED, CALLER, TRY
from dialer.providers.contract.promise import DoesNotApplyError, expect, expect_true, promise

if TYPE_CHECKING:
    from dialer.providers.contract.dialect import Dialect


@promise
async def shown(dialect: Dialect) -> None:
    """What is shown of a call is what is sent."""
    if (body := dialect.adapter.body) is None:
        raise DoesNotApplyError("it shows nothing of a call")
    request = a_call(dialect, first_name="Zoë 李")
    async with opened(dialect, dialect.placed) as (provider, server):
        await provider.place(request, let_out)
        expect(dialect.shown(*server.requests[0]), body(request), of="what was sent")


@promise
async def whom(dialect: Dialect) -> None:
    """The number that is called is the one that was asked for."""
    expect_true(CALLED[1:] in await _sent(dialect, TRY), f"{CALLED} is not in what was sent")


@promise
async def token(dialect: Dialect) -> None:
    """A provider that knows a call by the token of its try is told that of this one, and others are told none."""
    for each in (TRY, TRY[::-1]):
        expect(each in await _sent(dialect, each), dialect.tells_token, of=f"whether the token {each} was sent")


async def _sent(dialect: Dialect, token: str) -> str:
    async with opened(dialect, dialect.placed) as (provider, server):
        await provider.place(a_call(dialect, token), let_out)
        asked = server.requests[0]
        return unquote_plus(asked.head) + unquote_plus(asked.body.decode("utf-8", "replace"))


@promise
async def misfits(dialect: Dialect) -> None:
    """What can be sent is no misfit, and what cannot is."""
    misfit = dialect.adapter.misfit
    expect(dialect.too_much is None, misfit is None, of="whether there is nothing that no call can be sent with")
    if misfit is None:
        raise DoesNotApplyError("it takes whatever it is given")
    expect(misfit(a_call(dialect, first_name="Zoë 李")), None, of="a name")
    expect(misfit(CallRequest("", CALLED, "", {})), None, of="a call whose flow and caller are not known yet")
    said = misfit(CallRequest(CALLER, CALLED, dialect.flow_id, dialect.too_much or {}, TRY))
    expect_true(isinstance(said, str) and said, f"what cannot be sent: {said!r}")
