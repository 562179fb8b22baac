"""What `dialer preview` found, written for a person."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dialer.domain.problem import quoted
from dialer.domain.times import told
from dialer.providers.port import CALLER_NUMBER, FLOW_ID, find_adapter
from dialer.reports.hours_report import entry, place_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def as_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Write what was found: what is sent, to whom, where that person is, and the verdict."""
    verdict, zone, adapter = found["verdict"], found["timezone"], find_adapter(found["provider"])
    yield f"row {found['row']} of {found['list']}, campaign {found['campaign']}"
    yield from entry("number", found["number"] or "none: see the verdict")
    for setting, key in (("caller number", CALLER_NUMBER), ("flow id", FLOW_ID)):
        none = f"none: give {adapter.where_to_give(key)}" if setting in found["missing"] else "none"
        yield from entry(setting.split()[0], found[setting.replace(" ", "_")] or none)
    would = "is sent" if verdict["outcome"] == "ready" else "would be sent, were the row dialled"
    yield f"{found['provider']} {would}:"
    yield from (f"  {line}" for line in _wire_lines(found["wire"]))
    left = (
        f"{cell['column'] or '(no heading)'} {quoted(cell['value']) if cell['value'] else '(empty)'}"
        for cell in found["not_sent"]
    )
    yield from entry("not sent", ", ".join(left) or "every cell is sent")
    said = ", ".join(f"{name.replace('_code', '')} {quoted(text)}" for name, text in found["address"].items())
    yield from entry("address", said or "the list says none")
    yield from place_lines(found)
    yield from entry("asked about", told(datetime.fromisoformat(found["at"]), zone))
    closes = f", until {told(datetime.fromisoformat(verdict['closes']), zone)}" if verdict["closes"] else ""
    error = f": {verdict['error']}" if verdict["error"] else ""
    yield from entry("verdict", f"{verdict['outcome']}{closes}{error}")
    yield from found["notes"]


def _wire_lines(wire: str | None) -> Sequence[str]:
    """Write what is sent as it is, and JSON over several lines."""
    if wire is None:
        return ["(this provider does not tell)"]
    try:
        return json.dumps(json.loads(wire), ensure_ascii=False, indent=2).splitlines()
    except ValueError:
        return wire.splitlines()
