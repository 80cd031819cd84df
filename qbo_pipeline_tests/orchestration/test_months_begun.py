"""A month that begins while Dagster runs is whole where the one before it was loaded to its end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time

from qbo_pipeline.orchestration.connections import connected_companies
from qbo_pipeline.orchestration.partitions import CompanyMonths, partition
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper

INVOICE, BILL = dg.AssetKey(["quickbooks", "invoice"]), dg.AssetKey(["quickbooks", "bill"])
THIS_MONTH = datetime.now(UTC).replace(day=1)
NEXT_MONTH = (THIS_MONTH + timedelta(days=32)).replace(day=2)
MONTHS = CompanyMonths(date(2024, 1, 1))


def month(day: date) -> str:
    return f"{day:%Y-%m-01}"


def loaded(instance: dg.DagsterInstance, key: dg.AssetKey, realm_id: str, of: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition(f"{realm_id}|{of}")))


def tick(session: SessionOnPaper, instance: dg.DagsterInstance, cursor: str | None = None) -> str | None:
    """Evaluate the sensor and have its events told, as the daemon does; its cursor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"books": BooksOnPaper(session)})
    result = connected_companies(FEW, MONTHS)(context)
    assert isinstance(result, dg.SensorResult)
    for event in result.asset_events:
        instance.report_runless_asset_event(event)
    return result.cursor


def test_a_month_that_begins_is_whole_where_everything_up_to_it_was_loaded(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    loaded(instance, INVOICE, LARKSPUR, month(THIS_MONTH))
    cursor = tick(session, instance)

    with freeze_time(NEXT_MONTH):
        tick(session, instance, cursor)

    keys = {f"{LARKSPUR}|{month(THIS_MONTH)}", f"{LARKSPUR}|{month(NEXT_MONTH)}"}
    assert instance.get_materialized_partitions(INVOICE) == keys
    assert instance.get_materialized_partitions(BILL) == set()


def test_records_of_that_month_are_counted_by_the_check_that_counts_rows(
    session: SessionOnPaper, instance: dg.DagsterInstance, definitions: dg.Definitions
) -> None:
    loaded(instance, INVOICE, LARKSPUR, month(THIS_MONTH))
    cursor = tick(session, instance)
    # Nobody told of it, and no load brought it.
    session.books_of[LARKSPUR]["Invoice"].append({"id": "99", "txn_date": NEXT_MONTH.date()})
    check = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={dg.AssetCheckKey(INVOICE, "row_count_matches")}
    )

    with freeze_time(NEXT_MONTH):
        tick(session, instance, cursor)
        judged = check.execute_in_process(instance=instance, raise_on_error=False).get_asset_check_evaluations()

    assert [one.passed for one in judged] == [False]


def test_it_is_looked_for_once_a_month(session: SessionOnPaper, instance: dg.DagsterInstance) -> None:
    cursor = tick(session, instance)
    loaded(instance, INVOICE, LARKSPUR, month(THIS_MONTH))

    with freeze_time(NEXT_MONTH):
        for _ in range(3):
            cursor = tick(session, instance, cursor)

    told = dg.AssetRecordsFilter(INVOICE, asset_partitions=[f"{LARKSPUR}|{month(NEXT_MONTH)}"])
    assert len(instance.fetch_materializations(told, limit=9).records) == 1


@pytest.mark.parametrize("why", ["the month was loaded for itself", "changes are not followed", "disconnected"])
def test_a_month_of_which_nobody_knows_is_left_to_a_load(
    session: SessionOnPaper, instance: dg.DagsterInstance, why: str
) -> None:
    earlier = month(THIS_MONTH - timedelta(days=100))
    loaded(instance, INVOICE, LARKSPUR, earlier if why == "the month was loaded for itself" else month(THIS_MONTH))
    if why == "changes are not followed":
        session.unloaded = {LARKSPUR}
    if why == "disconnected":
        session.companies_connected = [one for one in session.companies_connected if one.realm_id == IRONBARK]
    before = instance.get_materialized_partitions(INVOICE)

    with freeze_time(NEXT_MONTH):
        tick(session, instance)

    assert instance.get_materialized_partitions(INVOICE) == before


def test_of_a_company_that_is_connected_again_it_is_told_then(
    session: SessionOnPaper, instance: dg.DagsterInstance
) -> None:
    loaded(instance, INVOICE, LARKSPUR, month(THIS_MONTH))
    both = session.companies_connected

    with freeze_time(NEXT_MONTH):
        session.companies_connected = [one for one in both if one.realm_id == IRONBARK]
        cursor = tick(session, instance)
        session.companies_connected = both
        tick(session, instance, cursor)

    assert f"{LARKSPUR}|{month(NEXT_MONTH)}" in instance.get_materialized_partitions(INVOICE)
