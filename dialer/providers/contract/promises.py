"""Every promise that a provider makes, in the order in which they are told."""

from __future__ import annotations

from dialer.providers.contract import leaving, looking_up, placing, resolving, sending, settings
from dialer.providers.contract.promise import Promise

PROMISES = tuple(
    each
    for room in (settings, placing, sending, leaving, looking_up, resolving)
    for each in vars(room).values()
    if isinstance(each, Promise)
)
