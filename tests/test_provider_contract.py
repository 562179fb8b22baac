"""What each answer proves, for every provider alike: the contract that ships with the program, over real sockets."""

from __future__ import annotations

import pytest
from provider_contract import DIALECTS

from dialer.providers.contract.promise import hold
from dialer.providers.contract.promises import PROMISES


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request):
    return request.param


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.says)
async def test_a_provider_keeps_its_promise(dialect, promise):
    finding = await hold(dialect, promise)
    assert finding.holds is not False, finding.why
    if finding.holds is None:
        pytest.skip(finding.why)
