"""What is said of a provider's settings before it is asked anything, and what is never said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.providers.contract.asking import a_call, let_out, opened, placed
from dialer.providers.contract.promise import DoesNotApplyError, expect, expect_true, promise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.providers.contract.dialect import Dialect
    from dialer.providers.port import Env

_NOWHERE = "http://127.0.0.1:1"
_LETS_IN = re.compile(r"(?im)^authorization: *(?:basic|bearer) +(\S+)")
_ODD = ("\x00", "\udcff", " ", "x" * 10_000, "http://", "https://[", "-1", "€ 5")


def _said(dialect: Dialect, env: Env) -> Sequence[str]:
    return dialect.adapter.complaints(env, flow_id=dialect.flow_id, caller_number=dialect.caller_number)


@promise
async def missing(dialect: Dialect) -> None:
    """Every needed setting that is missing is named."""
    needed = [setting for setting in dialect.adapter.settings if setting.needed]
    found = dialect.adapter.complaints({}, flow_id="", caller_number="")
    wanted = [f"{setting.name} is not set ({setting.what})" for setting in needed]
    expect(found[: len(wanted)], wanted, of="what is said where nothing is set")


@promise
async def good(dialect: Dialect) -> None:
    """Nothing is said against settings that will do."""
    found = _said(dialect, dialect.env(_NOWHERE))
    expect(list(found), [], of="what is said of its own settings for a server on this machine")


@promise
async def garbled(dialect: Dialect) -> None:
    """A setting that is garbled is complained of or let be, and no secret is repeated."""
    env = dialect.env(_NOWHERE)
    secrets = {env[setting.name] for setting in dialect.adapter.settings if setting.secret and setting.name in env}
    for setting in dialect.adapter.settings:
        for odd in _ODD:
            said = _said(dialect, {**env, setting.name: odd})
            told = [secret for secret in secrets if any(secret in each for each in said)]
            expect(told, [], of=f"secrets that are told where {setting.name} is {odd[:20]!r}")


@promise
async def in_the_clear(dialect: Dialect) -> None:
    """A secret goes to no host in the clear."""
    env = dialect.adapter.stand_in("http://provider.example")
    found = _said(dialect, env)
    expect_true(found, "nothing is said against plain http to a host that is not this machine")


@promise
async def repeated(dialect: Dialect) -> None:
    """No secret that is repeated is told."""
    env = dialect.env(_NOWHERE)
    secrets = dialect.secrets | {env[setting.name] for setting in dialect.adapter.settings if setting.secret}
    said = dialect.refused(f"bad {' '.join(sorted(secrets))} bad")
    async with opened(dialect, said, repeats=True) as (provider, _):
        told = f"{await provider.place(a_call(dialect), let_out)} {await provider.look_up(dialect.call_id, let_out)}"
        told += f" {provider!r}"
    expect([secret for secret in sorted(secrets) if secret in told], [], of="secrets that are told")


@promise
async def what_lets_in(dialect: Dialect) -> None:
    """What lets a call in is not told where an answer repeats it."""
    async with opened(dialect, dialect.placed) as (provider, server):
        await provider.place(a_call(dialect), let_out)
    if not (sent := _LETS_IN.search(server.requests[0].head)):
        raise DoesNotApplyError("nothing in a request would let anybody else in")
    answer = await placed(dialect, dialect.refused(f"bad header: {sent[1]}"), of="a refusal")
    expect_true(sent[1] not in repr(answer), "the header that lets a call in is told")


@promise
async def ceiling(dialect: Dialect) -> None:
    """A ceiling is above nothing and says why."""
    if dialect.adapter.ceiling is None:
        raise DoesNotApplyError("none is known")
    calls, look_ups, why, at_a_time = dialect.adapter.ceiling(dialect.env(_NOWHERE))
    expect_true(why, "nothing is said of who set it")
    for what, most in (("calls a second", calls), ("look-ups a second", look_ups), ("calls at a time", at_a_time)):
        expect_true(most is None or most > 0, f"{most} {what}")
