"""What the engine goes by in a session, as its campaign says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.engine.rules import DialRules

if TYPE_CHECKING:
    from dialer.session.plan import Plan


def dial_rules(plan: Plan) -> DialRules:
    """Tell the engine what the campaign says."""
    pace = plan.campaign.pace
    return DialRules(
        caller_number=plan.caller_number,
        flow_id=plan.flow_id,
        attempts=pace.attempts,
        in_flight=pace.in_flight,
        patience=pace.patience.total_seconds(),
    )
