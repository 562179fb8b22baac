"""How a night went as a file that Prometheus' node exporter collects: gauges in base units, and no person in any."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from dialer.alerts.background import AlertError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SUCCESS = "dialer_run_last_success_timestamp_seconds"
_LONGEST = 1_000_000  #: bytes: hundreds of times what is written; what is longer is another file
_READABLE = 0o644  #: by the exporter, which runs as somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is measured of a night; None is what nobody knows. Times are Unix seconds.

    `open_rows` and `unknown_rows` are those of all runs of the campaign.
    """

    campaign: str
    version: str
    exit_code: int
    is_success: bool
    began: float
    ended: float
    seconds: float
    rows: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    list_rows: int | None = None
    list_age: float | None = None
    open_rows: int | None = None
    unknown_rows: int | None = None
    ledger_size: int | None = None


def write_figures(path: Path, figures: Figures) -> None:
    """Put a file in its place by renaming it, so that no reader finds half of one; raises AlertError."""
    registry = CollectorRegistry()
    success = figures.ended if figures.is_success else _last_success(path, figures.campaign)
    for name, says, value in _gauges(figures, success):
        if value is not None:
            Gauge(name, says, ["campaign"], registry=registry).labels(figures.campaign).set(value)
    for name, says, label, counts in (
        ("dialer_run_rows", "Rows of the list by their outcome.", "outcome", figures.rows),
        ("dialer_run_calls", "Placed calls by the provider's last word.", "status", figures.calls),
        ("dialer_build_info", "The version that ran.", "version", {figures.version: 1}),
    ):
        gauge = Gauge(name, says, ["campaign", label], registry=registry)
        for word, count in counts.items():
            gauge.labels(figures.campaign, word).set(count)
    try:
        write_to_textfile(str(path), registry)
        path.chmod(_READABLE)
    except OSError as problem:
        raise AlertError(problem.strerror or "it cannot be written") from None


def _gauges(figures: Figures, success: float | None) -> tuple[tuple[str, str, float | None], ...]:
    return (
        ("dialer_run_start_timestamp_seconds", "When the last run was started.", figures.began),
        ("dialer_run_end_timestamp_seconds", "When the last run ended.", figures.ended),
        (_SUCCESS, "When a run last ended as planned.", success),
        ("dialer_run_duration_seconds", "How long the last run took.", figures.seconds),
        ("dialer_run_exit_code", "The exit code of the last run.", figures.exit_code),
        ("dialer_list_rows", "Rows of the list.", figures.list_rows),
        ("dialer_list_age_seconds", "The age of the list when the run ended.", figures.list_age),
        ("dialer_open_rows", "Rows still to be dialled in all runs.", figures.open_rows),
        ("dialer_unknown_rows", "Rows that may have rung, in all runs.", figures.unknown_rows),
        ("dialer_ledger_size_bytes", "The size of the ledger.", figures.ledger_size),
    )


def _last_success(path: Path, campaign: str) -> float | None:
    """Find when the file that is there says a run last ended well; None where it says nothing, or is another's."""
    with suppress(OSError, ValueError):
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == _SUCCESS and sample.labels == {"campaign": campaign}:
                    return sample.value
    return None
