"""What is known of workbooks between publications, and how refreshes that failed are counted, paused and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qbo_pipeline.state.deliveries import Deliveries
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_alerts import RefreshAlert, TableauAlerts
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbooks, FoundWorkbook
from qbo_pipeline.tableau.downstream.failures import GIVEN_UP_SECONDS, PAUSES_SECONDS, in_words, refresh_failed
from qbo_pipeline.tableau.downstream.orders import RefreshOrders
from qbo_pipeline_tests.tableau.downstream.conftest import Clock

SOURCE = "source"
MARGINS = FoundWorkbook("margins", "Margins", "2026-11-26T10:00:00+00:00", True, "task")


@pytest.fixture
def downstream(state: StateStore, clock: Clock) -> DownstreamWorkbooks:
    found = DownstreamWorkbooks(state, SOURCE, clock)
    found.note([MARGINS, replace(MARGINS, luid="other", name="Other", hangs=False)])
    return found


@pytest.fixture
def orders(state: StateStore, clock: Clock) -> RefreshOrders:
    return RefreshOrders(Deliveries(state, "tableau", clock), "QuickBooks Online")


def fail(state: StateStore, orders: RefreshOrders, clock: Clock, job: str) -> RefreshAlert:
    alert = refresh_failed(TableauAlerts(state, clock), orders, SOURCE, "margins", job, ["no space", "on disk"])
    assert alert is not None
    return alert


def test_what_has_nothing_to_refresh_is_remembered_until_it_is_changed(downstream: DownstreamWorkbooks) -> None:
    downstream.nothing_to_refresh("margins")
    downstream.note([MARGINS])
    assert not downstream.known()["margins"].refreshed

    downstream.note([replace(MARGINS, updated_at="2026-11-26T11:00:00+00:00")])
    assert downstream.known()["margins"].refreshed


def test_workbooks_that_went_are_forgotten(downstream: DownstreamWorkbooks) -> None:
    downstream.note([MARGINS])

    assert list(downstream.known()) == ["margins"]


def test_a_look_is_believed_until_something_changed(downstream: DownstreamWorkbooks, clock: Clock) -> None:
    assert downstream.looked_at() == clock.now
    downstream.look_anew()
    assert downstream.looked_at() == 0.0


def test_data_sources_do_not_share_what_is_known(state: StateStore, downstream: DownstreamWorkbooks) -> None:
    assert DownstreamWorkbooks(state, "another").known() == {}
    assert len(downstream.known()) == 2


def test_each_failure_in_a_row_pauses_longer_until_it_is_given_up(
    state: StateStore, downstream: DownstreamWorkbooks, orders: RefreshOrders, clock: Clock
) -> None:
    for number, pause in enumerate([*PAUSES_SECONDS, GIVEN_UP_SECONDS, GIVEN_UP_SECONDS], 1):
        alert = fail(state, orders, clock, f"job {number}")
        workbook = downstream.known()["margins"]

        assert (alert.failures, workbook.failures, workbook.not_before) == (number, number, clock.now + pause)
        assert (alert.again_at is not None) is (number <= len(PAUSES_SECONDS))


def test_a_job_that_is_known_to_have_failed_counts_once(
    state: StateStore, downstream: DownstreamWorkbooks, orders: RefreshOrders, clock: Clock
) -> None:
    first = fail(state, orders, clock, "job 1")
    clock.now += 100
    again = fail(state, orders, clock, "job 1")

    assert again == first
    assert downstream.known()["margins"].failures == 1
    assert len(orders.orders()) == 1
    assert TableauAlerts(state).unreported() == [first]


def test_a_refresh_that_succeeds_ends_the_count(
    state: StateStore, downstream: DownstreamWorkbooks, orders: RefreshOrders, clock: Clock
) -> None:
    fail(state, orders, clock, "job 1")
    downstream.succeeded("margins")

    found = downstream.known()["margins"]
    assert (found.failures, found.not_before) == (0, None)


def test_what_somebody_was_told_of_is_not_told_again(
    state: StateStore, downstream: DownstreamWorkbooks, orders: RefreshOrders, clock: Clock
) -> None:
    told, untold = fail(state, orders, clock, "job 1"), fail(state, orders, clock, "job 2")
    TableauAlerts(state, clock).reported([told.job])

    assert TableauAlerts(state).unreported() == [untold]
    assert [one.job for one in TableauAlerts(state).since(0)] == ["job 1", "job 2"]


def test_an_alert_says_what_failed_why_and_what_comes_next(
    state: StateStore, downstream: DownstreamWorkbooks, orders: RefreshOrders, clock: Clock
) -> None:
    words = in_words(fail(state, orders, clock, "job 1"))
    for number in range(2, 5):
        last = in_words(fail(state, orders, clock, f"job {number}"))

    assert words.startswith("Workbook Margins (margins): the refresh of its extract failed, job job 1: no space; on")
    assert "tried again after 20" in words
    assert "4 times in a row" in last
    assert "qbo-pipeline tableau refresh" in last


def test_a_workbook_that_is_not_known_raises_nothing(state: StateStore, orders: RefreshOrders, clock: Clock) -> None:
    assert refresh_failed(TableauAlerts(state, clock), orders, SOURCE, "margins", "job 1", []) is None
    assert orders.orders() == []
