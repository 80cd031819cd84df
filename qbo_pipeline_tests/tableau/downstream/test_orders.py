"""Orders to refresh: one for each publication and workbook, and one that waits at most."""

from __future__ import annotations

import pytest

from qbo_pipeline.state.deliveries import Deliveries, Entry, Status
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.tableau_downstream import DownstreamWorkbook
from qbo_pipeline.tableau.downstream.orders import RefreshOrders, workbook_of
from qbo_pipeline_tests.tableau.downstream.conftest import Clock

NAME = "QuickBooks Online"
MARGINS, AGING = (
    DownstreamWorkbook(luid, name, None, True, None, False, 0, None)
    for luid, name in (("11111111-0000-0000-0000-000000000000", "Margins"), ("2", "Aging"))
)


@pytest.fixture
def deliveries(state: StateStore, clock: Clock) -> Deliveries:
    return Deliveries(state, "tableau", clock)


@pytest.fixture
def orders(deliveries: Deliveries) -> RefreshOrders:
    return RefreshOrders(deliveries, NAME)


def ordered(orders: RefreshOrders, publication: str, *workbooks: DownstreamWorkbook) -> list[Entry]:
    orders.owe(publication)
    for one in orders.owed():
        orders.divide(one, workbooks)
    return orders.orders()


def test_what_is_owed_for_a_publication_becomes_an_order_for_each_workbook(orders: RefreshOrders) -> None:
    assert [workbook_of(one) for one in ordered(orders, "p1", MARGINS, AGING)] == [MARGINS.luid, AGING.luid]
    assert orders.owed() == []


def test_a_publication_owes_once(orders: RefreshOrders) -> None:
    orders.owe("p1")
    orders.owe("p1")

    assert len(orders.owed()) == 1


def test_the_same_publication_never_orders_again_what_is_done(orders: RefreshOrders) -> None:
    [order] = ordered(orders, "p1", MARGINS)
    orders.settle(order, "job 1", None)

    assert ordered(orders, "p1", MARGINS) == []


def test_what_was_cut_off_while_it_was_divided_is_divided_to_the_end(orders: RefreshOrders) -> None:
    orders.owe("p1")
    [owed] = orders.owed()
    orders.divide(owed, [MARGINS])
    orders.divide(owed, [MARGINS, AGING])

    assert [workbook_of(one) for one in orders.orders()] == [MARGINS.luid, AGING.luid]


def test_a_later_publication_takes_the_place_of_an_order_that_waits(orders: RefreshOrders, clock: Clock) -> None:
    first = ordered(orders, "p1", MARGINS, AGING)
    clock.now += 60
    later = ordered(orders, "p2", AGING, MARGINS)

    assert [(one.table, one.number) for one in later] == [(one.table, one.number) for one in first]
    assert {one.batch for one in later}.isdisjoint(one.batch for one in first)


def test_an_order_that_is_under_way_is_followed_by_another(orders: RefreshOrders) -> None:
    [order] = ordered(orders, "p1", MARGINS)
    orders.begin(order)
    orders.started(order, "job 1")

    assert [one.status for one in ordered(orders, "p2", MARGINS)] == [Status.CONFIRMED, Status.PLANNED]


def test_a_failed_job_orders_once_more_and_once_only(orders: RefreshOrders) -> None:
    [order] = ordered(orders, "p1", MARGINS)
    orders.begin(order)
    orders.started(order, "job 1")
    for _ in range(2):
        orders.again(MARGINS.luid, "job 1")
    orders.failed(order, "job 1", "no space")

    [again] = orders.orders()
    orders.settle(again, "job 2", None)
    orders.again(MARGINS.luid, "job 1")
    assert orders.orders() == []


def test_a_failed_job_orders_nothing_where_a_later_order_waits(orders: RefreshOrders) -> None:
    waiting = ordered(orders, "p2", MARGINS)
    orders.again(MARGINS.luid, "job 1")

    assert orders.orders() == waiting


def test_jobs_are_remembered_after_their_orders_are_settled(orders: RefreshOrders) -> None:
    [order] = ordered(orders, "p1", MARGINS)
    orders.settle(order, "job 1", None)

    assert orders.jobs() == {"job 1"}
