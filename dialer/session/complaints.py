"""What is wrong with what was asked, told all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Complaints:
    """Collects what is wrong, so that all of it is said at once."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: list[str] = []

    def add(self, *complaints: str) -> None:
        """Note what is wrong."""
        self._found.extend(complaints)

    def collect(self, what: Callable[[], T], otherwise: T) -> T:
        """Do something; where it raises SetupError note why and go on with something else."""
        try:
            return what()
        except SetupError as problem:
            self.add(*problem.complaints)
            return otherwise

    def raise_if_any(self) -> None:
        """Raise SetupError if there is anything to complain about."""
        if self._found:
            raise SetupError(dict.fromkeys(self._found))
