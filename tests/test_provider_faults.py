"""Some hundred calls through every fault that costs no pause; each row ends as the contract's table says."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from trials.faults import faults_of, one_run
from voices import VOICES

PAUSING = {"refused: 10004 once", "refused: Throttling once", "refused: Allocation failed", "refused: going down once"}


@pytest.mark.parametrize("voice", VOICES.values(), ids=VOICES)
def test_each_row_ends_as_its_fault_proves(voice):
    if voice.provider == "connect" and find_spec("botocore") is None:
        pytest.skip("it is an extra")
    but = {name for name in faults_of(voice) if name.startswith("429") or name in PAUSING}

    table, mismatches = one_run(350, seed=5, voice=voice, but=but, also=())

    assert mismatches == []
    assert [name for name in faults_of(voice) if name not in but and name not in table] == []
