"""What a run's requests prove all together: no number twice, no call for two rows, no second over the pace."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from dialer.domain.phone import mask
from dialer.domain.verify.promises import Promise, crowded, window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dialer.actions.verify.findings import Findings
    from dialer.ledger.port_parts import Evidence
    from dialer.ledger.records import DialledSession


def look_at_numbers(findings: Findings, evidence: Evidence) -> None:
    """Find numbers that more than one row was dialled with, and calls that more than one row has."""
    for number, rows in evidence.shared_numbers():
        for row in rows[1:]:
            expected = f"no call to {mask(number)}, which row {rows[0]} dialled"
            findings.breach(Promise.ONCE, row, expected, "an attempt")
    settled = list(evidence.shared_ids())
    known = {call_id for _, call_id, _ in settled}
    given = (found for found in evidence.repeated_ids() if found[1] not in known)
    for row, call_id, other in chain(settled, given):
        findings.breach(Promise.PLACED, row, "a call of its own", f"the id {call_id}, which row {other} has too")


def look_at_pace(findings: Findings, evidence: Evidence) -> None:
    """Hold the moments at which requests left against the paces of their sessions."""
    sessions, first = findings.sessions, evidence.first_claim()
    if first is None and not sessions:
        findings.notes.append("the pace was not looked at: the run was never dialled")
        return
    finding = findings[Promise.PACE]
    if first and (not sessions or first[1] < sessions[0].started_at):
        findings.breach(Promise.PACE, first[0], "a session before the attempt, with its pace", "none")
    for at, session in enumerate(sessions):
        _look_at_session(findings, session, is_first=not at)

    def counted() -> Iterator[tuple[int, datetime]]:
        for sending in evidence.sendings():
            finding.checked += 1
            yield sending

    for row, rate, took in crowded(counted(), [(session.started_at, session.rate) for session in sessions]):
        most = math.ceil(rate)
        expected = f"at most {most} requests in {window(rate):g} s"
        findings.breach(Promise.PACE, row, expected, f"{most + 1} within {took:.6f} s")


def _look_at_session(findings: Findings, session: DialledSession, *, is_first: bool) -> None:
    known = findings.recorded.pace.get("calls_per_second") if findings.recorded and is_first else None
    known = session.screening.get("calls_per_second", known)
    if known is not None and known != session.rate:
        findings.breach(Promise.PACE, None, f"a session at {known} a second", f"{session.rate:g}")
    if not findings.is_faulty("started_at") and session.started_at < findings.run.started_at:
        findings.breach(Promise.PACE, None, "a session after the start of its run", "one before it")
