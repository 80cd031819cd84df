from __future__ import annotations

from collections.abc import Iterator

import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import Caller


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPowerBI]:
    """One server for all tests of a module."""
    with LocalPowerBI(tmp_path_factory.mktemp("service") / "power_bi.duckdb") as power_bi:
        yield power_bi


@pytest.fixture
def power_bi(running: LocalPowerBI) -> LocalPowerBI:
    """As it was at first: nothing in it, no faults, the limits of the real one, the real time."""
    service = running.service
    running.heal()
    service.reset_switches()
    service.windows.clear()
    service.clock.ahead = 0.0
    service.tokens.not_before = 0.0
    for dataset in service.datasets.all():
        service.datasets.delete(dataset)
    service.requests.clear()
    return running


@pytest.fixture
def caller(power_bi: LocalPowerBI) -> Iterator[Caller]:
    one = Caller(power_bi)
    with one.http:
        yield one
