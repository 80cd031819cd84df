from __future__ import annotations

from collections.abc import Iterator

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.limits import Limits
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, SmallBooks


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalQuickBooks]:
    """One server for all tests of a module."""
    with LocalQuickBooks(tmp_path_factory.mktemp("service") / "quickbooks.sqlite") as service:
        service.add_company(SmallBooks())
        yield service


@pytest.fixture
def service(running: LocalQuickBooks) -> LocalQuickBooks:
    """As it was at first: the records, no faults, no limits, the real time."""
    running.heal()
    running.limits.settings = Limits(enforced=False)
    running.clock.ahead = 0.0
    running.add_company(SmallBooks())
    return running


@pytest.fixture
def caller(service: LocalQuickBooks) -> Iterator[Caller]:
    one = Caller(service)
    with one.http:
        yield one


@pytest.fixture(scope="module")
def reader(running: LocalQuickBooks) -> Iterator[Caller]:
    """For modules whose tests change nothing that others look at."""
    one = Caller(running)
    with one.http:
        yield one
