"""Where a contact stands: Amazon Connect has no word for it but its reason to end, and times from which it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERED = "answered"
ENDED = "disconnected"
"""The word of a contact that is over, and for which no reason is told."""

TALKED = frozenset(
    {
        "customer_disconnect",
        "contact_flow_disconnect",
        "agent_disconnect",
        "third_party_disconnect",
        "barged",
        "other",
    }
)
"""Reasons of contacts that somebody, or something, picked up."""

NOT_REACHED = frozenset(
    {
        "telecom_busy",
        "telecom_number_invalid",
        "telecom_potential_blocking",
        "telecom_unanswered",
        "telecom_timeout",
        "telecom_problem",
        "telecom_originator_cancel",
        # These are a campaign's.
        "outbound_destination_endpoint_error",
        "outbound_resource_error",
        "outbound_attempt_failed",
        "expired",
    }
)
"""Reasons of contacts that nobody picked up."""

OURS = {
    "telecom_busy": "busy",
    "telecom_timeout": "no-answer",  # it rang for a minute
    "telecom_originator_cancel": "no-answer",
    "telecom_unanswered": "failed",  # it could not be delivered at that moment
    "telecom_problem": "failed",
    "telecom_number_invalid": "invalid-number",
    "telecom_potential_blocking": "blocked",
}
"""Reasons in the words that are the same for every provider."""

FINAL = TALKED | NOT_REACHED | {ENDED}
REACHED = TALKED | {ANSWERED}


def stands(contact: Mapping[str, Any]) -> tuple[str, bool]:
    """Tell the word of a contact as DescribeContact shows it, and whether it is over; the word may be foreign text."""
    if contact.get("DisconnectTimestamp") is not None:
        reason = contact.get("DisconnectReason")
        return (reason.lower() if isinstance(reason, str) and reason.strip() else ENDED), True
    if contact.get("ConnectedToSystemTimestamp") is not None:
        return ANSWERED, False
    return ("dialling" if contact.get("RingStartTimestamp") is None else "ringing"), False
