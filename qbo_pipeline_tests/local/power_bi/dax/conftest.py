from __future__ import annotations

import pytest

from qbo_pipeline_tests.local.power_bi.dax.small_star import SmallStar


@pytest.fixture(scope="session")
def star() -> SmallStar:
    """Queries change nothing: one is enough."""
    return SmallStar()
