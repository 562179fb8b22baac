"""A placed call that is looked up until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.call import Seen

if TYPE_CHECKING:
    from collections.abc import Collection

    from dialer.domain.call import NotSeen


@dataclass(slots=True)
class FollowedCall:
    """A call that may be up: since when, its last status, when that was news; without an id nobody can ask."""

    call_id: str
    since: float
    status: str
    news_at: float


def is_over(found: Seen | NotSeen, final: Collection[str]) -> bool:
    """Tell whether a look-up says that its call is over, or that there is none; `final` are the provider's words."""
    return found.final or found.status in final if isinstance(found, Seen) else found.gone
