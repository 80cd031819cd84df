"""A short run of `python -m soak.power_bi`, and what must be left behind at the worst moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline_tests.power_bi.crashing import Crashes


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_anywhere_every_row_is_there_once(power_bi: LocalPowerBI, tmp_path: Path, seed: int) -> None:
    outcome = Crashes(tmp_path, power_bi.url, seed).run(4)

    assert outcome.wrong == []
    assert outcome.rounds == 4
    assert outcome.kills + outcome.finished >= 4
