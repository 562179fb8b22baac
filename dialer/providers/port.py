"""What a provider is to the rest of the program: one value, `ADAPTER`, in the file or folder here that bears its name.

Everything that differs from one provider to the next stands in that value: the names of its settings, whether it must
be told a caller, its words for where a call stands, and how it is opened. Nothing else in the program knows any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from dialer.domain.call import CallRequest
from dialer.errors import SetupError
from dialer.providers.other_packages import found_elsewhere, names_elsewhere

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.engine import ports

FLOW_ID = "DIALER_FLOW_ID"
"""The flow a call runs, whichever the provider."""

CALLER_NUMBER = "DIALER_CALLER_NUMBER"
"""The number the called see, in E.164, whichever the provider."""

DESTINATION_NUMBER = "DIALER_DESTINATION_NUMBER"
"""Whom a single call rings where no number is named, whichever the provider."""

SANDBOX = "sandbox"
"""The provider's name of a run that rang nobody."""

Env = Mapping[str, str]
"""Settings by their names; one that is empty is not there."""

Provider: TypeAlias = "ports.Provider"
"""What is opened: it places calls and looks them up, as the engine asks for it.

One that can tell what came of a try whose answer nobody knows is a `ports.Resolver` as well.
"""


class Setting(NamedTuple):
    """One of a provider's own settings; `what` says what it is, to stand in brackets behind its name.

    A `secret` is repeated in no answer. One that is not `needed` may be left out, or another may stand in for it.
    """

    name: str
    what: str
    secret: bool = False
    needed: bool = True


class Complain(Protocol):
    """Names what is wrong with a provider's settings beyond one that is missing, a sentence each; asks nobody.

    A flow or caller that is missing is '', and complained of already.
    """

    def __call__(self, env: Env, /, *, flow_id: str, caller_number: str) -> Sequence[str]:
        """Return the complaints, none where calls can be placed with these settings."""


class Connect(Protocol):
    """Opens a provider for one session."""

    def __call__(
        self,
        env: Env,
        /,
        *,
        timeout: timedelta,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> AbstractAsyncContextManager[Provider]:
        """Open it; nothing is asked yet. `timeout` is for one answer, `clock` counts seconds and never goes back."""


class Ceiling(NamedTuple):
    """How many calls and look-ups a provider takes a second, and `why`: a clause that says who set it and where.

    `at_a_time` is how many calls it carries at once, from being placed to their end. Each is None where that is not
    known, or where there is no such limit.
    """

    calls: float | None
    look_ups: float | None
    why: str
    at_a_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A provider before it is asked anything; `connect` gives one that places and looks up calls.

    `own_names` are its spellings of FLOW_ID, CALLER_NUMBER and DESTINATION_NUMBER, which are read where those are not
    set; `defaults` stand in where nobody sets any. `body` writes a call as it is sent, for `dialer preview`; it raises
    ValueError for what cannot be sent. `misfit` says why a call cannot be sent as it is, without asking anybody, or
    None; flow and caller may be '' where nobody has named them yet. `ceiling` says what the provider takes with
    these settings, a second and at a time, if that is known. `account` names, without a secret, where its calls are
    known; whoever is asked elsewhere knows nothing of them. `stand_in` gives the settings by which a server at an
    address is asked.
    """

    name: str
    settings: Sequence[Setting]
    final_statuses: frozenset[str]  #: its words for a call that will not change any more; unknown words are not final
    reached_statuses: frozenset[str]  #: its words for a call that somebody, or something, picked up; none: not known
    words: Mapping[str, str] = field(default_factory=dict)  #: ours for those of its last words that differ
    complain: Complain
    connect: Connect
    body: Callable[[CallRequest], bytes] | None = None
    misfit: Callable[[CallRequest], str | None] | None = None
    ceiling: Callable[[Env], Ceiling] | None = None
    account: Callable[[Env], str] = lambda _: ""
    stand_in: Callable[[str], Env]
    needs_caller: bool = True
    takes_caller: bool = True  #: it can be told one; else naming one is complained of
    by_place: bool = False  #: it knows parameters by their place alone: one that a row leaves out is sent empty
    stands_for: str = ""  #: the provider that a stand-in of the sandbox speaks as, where it is not the usual one
    own_names: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, neutral: str) -> str:
        """Name a setting as whoever sets this provider up knows it."""
        return self.own_names.get(neutral, neutral)

    def given(self, neutral: str, env: Env) -> str:
        """Read one of the settings that every provider has; the neutral name wins."""
        return env.get(neutral) or env.get(self.name_of(neutral), "")

    def where_to_give(self, neutral: str) -> str:
        """Tell a person every place where a flow or a caller can be given."""
        key = neutral.removeprefix("DIALER_").lower()
        return f"--{key.replace('_', '-')}, {self.name_of(neutral)} or the campaign's {key}"

    def misfits(self, flow_id: str, caller_number: str) -> Callable[[str, Mapping[str, object]], str | None] | None:
        """Give what says of a number and its parameters why they cannot be sent; None where all can be."""
        if (misfit := self.misfit) is None:
            return None
        return lambda number, parameters: misfit(CallRequest(caller_number, number, flow_id, parameters))

    def complaints(self, env: Env, *, flow_id: str, caller_number: str) -> list[str]:
        """Name everything that keeps calls from being placed with these settings."""
        missing = [
            f"{setting.name} is not set ({setting.what})"
            for setting in self.settings
            if setting.needed and not env.get(setting.name)
        ]
        return [*missing, *self.complain(env, flow_id=flow_id, caller_number=caller_number)]


def find_adapter(name: str) -> Adapter:
    """Find a provider by its name, one of this program before one of another package.

    Raises SetupError where there is none, and where the one of another package cannot be used.
    """
    if adapter := _of_this_program(name):
        return adapter
    if found := found_elsewhere(name):
        return _fitting(name, *found)
    raise SetupError(f"there is no provider {name!r}, but there are {', '.join(provider_names())}")


def provider_names() -> list[str]:
    """Name every provider there is; those of this program are imported to be asked, which takes a moment."""
    own = {module.name for module in iter_modules(import_module("dialer.providers").__path__)}
    return sorted({name for name in own - {SANDBOX} if _of_this_program(name)} | names_elsewhere())


def _of_this_program(name: str) -> Adapter | None:
    if not name.isidentifier() or name.startswith("_"):
        return None
    try:
        adapter = getattr(import_module(f"dialer.providers.{name}"), "ADAPTER", None)
    except ModuleNotFoundError as problem:
        if problem.name != f"dialer.providers.{name}":
            raise
        return None
    return adapter if isinstance(adapter, Adapter) else None


def _fitting(name: str, adapter: object, package: str) -> Adapter:
    if not isinstance(adapter, Adapter):
        raise SetupError(f"the provider {name!r} of {package} is no Adapter but a {type(adapter).__name__}")
    if adapter.name != name:  # a run is gone on with by the name that its adapter has
        raise SetupError(f"the provider {name!r} of {package} has an Adapter of another name, {adapter.name!r}")
    return adapter


def reached_statuses(provider: str) -> frozenset[str] | None:
    """Give a provider's words for a call that was picked up; None where they or the provider are not known."""
    try:
        return find_adapter(provider).reached_statuses or None
    except SetupError:
        return None
