"""Providers in other packages, found by what those say of themselves when they are installed (entry points)."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeVar

from dialer.domain.redaction import one_line
from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint
    from types import ModuleType

T = TypeVar("T")

GROUP = "dialer.providers"
"""The group of entry points; each is named as its provider and leads to an `Adapter`."""


def found_elsewhere(name: str) -> tuple[object, str] | None:
    """Load the provider that is installed under a name, and name its package; None where there is none.

    Raises SetupError where it cannot be loaded, and where several packages have one of that name.
    """
    points = entry_points(group=GROUP, name=name)
    if not points:
        return None
    packages = " and ".join(sorted(_package_of(point) for point in points))
    if len(points) > 1:
        raise SetupError(f"the provider {name!r} is in several packages: {packages}; uninstall all but one")
    (point,) = points
    return _foreign(point.load, f"the provider {name!r} of {packages} cannot be loaded"), packages


def names_elsewhere() -> set[str]:
    """Name the providers that are installed, without loading any."""
    return {point.name for point in entry_points(group=GROUP)}


def imported(module: str) -> ModuleType:
    """Import a module of somebody else's; raises SetupError, with the reason, where that fails."""
    return _foreign(lambda: import_module(module), f"{module} cannot be imported")


def _package_of(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _foreign(load: Callable[[], T], complaint: str) -> T:
    try:
        return load()
    except (Exception, SystemExit) as problem:
        raise SetupError(f"{complaint}: {type(problem).__name__}: {one_line(str(problem))}") from problem
