"""Messages to people, by whatever service apprise knows; it is an extra, and loaded only where it is needed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dialer.alerts.background import AlertError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

NOT_THERE = "it needs the extra that sends messages: pip install 'dialer[alerts]'"


def addresses_in(setting: str) -> Sequence[str]:
    """Give the addresses of a setting, between which are spaces or ends of lines."""
    return setting.split()


def address_complaints(addresses: Sequence[str]) -> list[str]:
    """Say what is wrong with addresses, by their places: they are secrets."""
    try:
        apprise = _apprise()
    except AlertError as problem:
        return [str(problem)]
    return [
        f"address {place} of {len(addresses)} is none that apprise knows"
        for place, address in enumerate(addresses, 1)
        if not apprise.Apprise.instantiate(address)
    ]


def notify(address: str, *, title: str, text: str, is_fine: bool) -> None:
    """Send a message to an address; raises AlertError, and what a service of apprise's lets through."""
    apprise = _apprise()
    service = apprise.Apprise.instantiate(address)
    if not service:
        raise AlertError("the address is none that apprise knows")
    kind = apprise.NotifyType.SUCCESS if is_fine else apprise.NotifyType.FAILURE
    # Not by a list of services, which sends by threads that are waited for when the process ends.
    if not service.notify(body=text, title=title, notify_type=kind):
        raise AlertError("it was not taken")


def _apprise() -> ModuleType:
    """Load apprise, and keep what it has to say, which may quote an address, from anybody's terminal and log."""
    try:
        import apprise  # noqa: PLC0415 - an extra, and nearly a second that most runs have no need of
    except ImportError:
        raise AlertError(NOT_THERE) from None
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return apprise
