"""Whether rows that a newer list has closed were closed by it, for whoever stands in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.redaction import shown
from dialer.domain.verify.promises import Promise

if TYPE_CHECKING:
    from dialer.actions.verify.findings import Findings
    from dialer.ledger.port_parts import Evidence


def look_at_closings(found: Findings, evidence: Evidence) -> None:
    """Hold each row that says that it was replaced or has expired against what is recorded of that, and the reverse."""
    for closed in evidence.closed():
        found[Promise.RECORDS].checked += 1
        if closed.outcome is None:
            found.breach(Promise.RECORDS, closed.row, f"a newer list that closed the row: {closed.stands}", "none")
        elif closed.stands != closed.outcome:
            found.breach(Promise.RECORDS, closed.row, f"{closed.outcome}: a newer list closed the row", closed.stands)
        elif closed.error != closed.reason:
            found.breach(Promise.RECORDS, closed.row, f"error: {shown(closed.reason)}", shown(closed.error))
        elif not closed.is_by_later:
            found.breach(Promise.RECORDS, closed.row, "a later run of the campaign that closed the row", "none")
        elif not closed.is_same:
            found.breach(Promise.RECORDS, closed.row, "the same person in the row that stands in its place", "another")
