"""A short run of `python -m soak.power_bi`, and what must be left behind at the worst moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline_tests.power_bi.crashing import Crashes


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_anywhere_every_row_is_there_once(power_bi: LocalPowerBI, tmp_path: Path, seed: int) -> None:
    with Crashes(tmp_path, power_bi.url, seed) as crashes:
        outcome = crashes.run(4)

    assert outcome.wrong == []
    assert outcome.rounds == 4
    assert outcome.kills + outcome.finished >= 4


def test_killed_at_its_steps_in_turn_every_row_is_there_once(power_bi: LocalPowerBI, tmp_path: Path) -> None:
    power_bi.switch(limits=False, sequence_numbers="ignored", sequence_endpoint=False)
    with Crashes(tmp_path, power_bi.url, seed=1) as crashes:
        # `python -m soak.power_bi` takes them all. This many apart, both sides of every kind of step are among them.
        outcome = crashes.at_each_step(every=5)

    assert outcome.wrong == []
    assert outcome.kills >= 7
