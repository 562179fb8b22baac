"""Some hundred calls through every fault that costs no pause; each row ends as the contract's table says."""

from __future__ import annotations

from trials.faults import FAULTS, one_run

PAUSING = {name for name in FAULTS if name.startswith("429")}


def test_each_row_ends_as_its_fault_proves():
    chosen = [name for name in FAULTS if name not in PAUSING]

    table, mismatches = one_run(350, seed=5, chosen=chosen, also=())

    assert mismatches == []
    assert [name for name in chosen if name not in table] == []
