from __future__ import annotations

from collections.abc import Iterator

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import Caller


@pytest.fixture(scope="module")
def running_tableau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTableau]:
    """One server for all tests of a module."""
    with LocalTableau(tmp_path_factory.mktemp("service") / "tableau") as tableau:
        yield tableau


@pytest.fixture
def tableau(running_tableau: LocalTableau) -> LocalTableau:
    """As it was at first: nothing in it, no faults, the real time; jobs take no time."""
    running_tableau.reset()
    running_tableau.switch(job_seconds=0.0)
    return running_tableau


@pytest.fixture
def caller(tableau: LocalTableau) -> Iterator[Caller]:
    one = Caller(tableau)
    with one.http:
        yield one
