"""Reports come from the lake into the warehouse: of every month the newest pull, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qbo_pipeline.ingestion.reports.months import last_day, month_of, months_between, plus
from qbo_pipeline.lake.layout import DamagedBatchError
from qbo_pipeline.lake.report_batches import (
    KeptAnswer,
    MonthOfLegs,
    ReportBatch,
    ReportBatchWriter,
    ReportManifest,
    read_report_batch,
    report_lake,
)
from qbo_pipeline.lake.report_rows import inventory_rows, leg_rows
from qbo_pipeline.lake.waiting import committed
from qbo_pipeline.quickbooks.reports.balances import ItemValue
from qbo_pipeline.quickbooks.reports.legs import Leg
from qbo_pipeline.quickbooks.reports.requests import Basis
from qbo_pipeline.warehouse.rebuild import rebuild
from qbo_pipeline.warehouse.reports import merge_reports
from qbo_pipeline.warehouse.schema import sql
from qbo_pipeline_tests.warehouse.loading import Place

REALM = "9341452000000001"
JANUARY = date(2026, 1, 1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def leg(day: date, amount: Decimal, *, number: str = "1", account: str = "7") -> Leg:
    return Leg(
        transaction_id=number, transaction_title="Invoice", transaction_date=day, doc_number=None, memo=None,
        name_id=None, name=None, account_id=account, account_name="Bank", debit=amount, credit=Decimal(0),
        currency_id=None, foreign_debit=None, foreign_credit=None, customer_id=None, vendor_id=None, employee_id=None,
        item_id=None, class_id=None, department_id=None, quantity=None,
    )  # fmt: skip


def pulled(
    lake: Path, months: Sequence[date], amount: Decimal | None, minute: int = 0, error: str | None = None
) -> ReportBatch:
    """A batch of a leg in each month; none where `amount` is None."""
    legs = [] if amount is None else [leg(month, amount) for month in months]
    writer = ReportBatchWriter(lake, REALM, "JournalReport")
    at = NOON + timedelta(minutes=minute)
    writer.keep([KeptAnswer("reports/JournalReport", (("start_date", "x"),), b"{}", at, at, "tid")])
    rows = leg_rows(legs, REALM, Basis.ACCRUAL, writer.number)
    if error is None:
        writer.write(rows)
    sums = [
        MonthOfLegs(one.isoformat(), f"digest {minute}", len(legs) // len(months), str(amount or 0), "0")
        for one in months
    ]
    return writer.commit(
        ReportManifest(
            writer.number, REALM, "JournalReport", "Accrual", months[0].isoformat(), last_day(months[-1]).isoformat(),
            at.isoformat(), "run", at.isoformat(), 1, 0 if error else rows.num_rows, [] if error else sums, error,
        )
    )  # fmt: skip


def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA audit")
    connection.execute(sql("reports.sql"))
    return connection


def content(connection: duckdb.DuckDBPyConnection) -> tuple[list[Any], list[Any]]:
    return (
        connection.execute("FROM reports.posted_leg ORDER BY ALL").fetchall(),
        connection.execute("FROM reports.month_pull ORDER BY ALL").fetchall(),
    )


PULL = st.tuples(
    st.integers(0, 5), st.integers(1, 4), st.none() | st.decimals(Decimal(1), Decimal(99), places=2), st.integers(0, 3)
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PULL, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_newest_pull_of_a_month_counts_whatever_the_order_and_however_often(
    tmp_path: Path, pulls: list[tuple[int, int, Decimal | None, int]], order: Any
) -> None:
    batches = [
        pulled(tmp_path, months_between(plus(JANUARY, first), plus(JANUARY, first + count - 1)), amount, minute)
        for first, count, amount, minute in pulls
    ]
    newest: dict[date, tuple[int, int, Decimal | None]] = {}
    for batch, (first, count, amount, minute) in zip(batches, pulls, strict=True):
        for month in (plus(JANUARY, first + number) for number in range(count)):
            newest[month] = max(
                newest.get(month, (-1, -1, None)), (minute, batch.manifest.batch, amount), key=lambda one: one[:2]
            )

    together, one_by_one = database(), database()
    merge_reports(together, batches)
    for batch in order.sample(batches, len(batches)):
        merge_reports(one_by_one, [batch])
        merge_reports(one_by_one, batches[:1] if batch is batches[0] else [batch])

    assert content(one_by_one) == content(together)
    legs, months = content(together)
    assert {row[2]: (row[13], row[-1]) for row in legs} == {
        month: (amount, number) for month, (_, number, amount) in newest.items() if amount is not None
    }
    assert {row[2]: row[-1] for row in months} == {month: number for month, (_, number, _) in newest.items()}


def test_a_merge_tells_which_months_have_other_legs_than_before(tmp_path: Path) -> None:
    connection = database()
    months = months_between(JANUARY, plus(JANUARY, 1))
    first = merge_reports(connection, [pulled(tmp_path, months, Decimal(5))])
    assert [(one.month, one.changed) for one in first] == [(months[0], True), (months[1], True)]
    again = merge_reports(connection, [pulled(tmp_path, months, Decimal(5), 1)])
    assert [one.changed for one in again] == [False, False]
    other = merge_reports(connection, [pulled(tmp_path, months[1:], Decimal(6), 2)])
    assert [(one.month, one.changed) for one in other] == [(months[1], True)]
    gone = merge_reports(connection, [pulled(tmp_path, months[1:], None, 3)])
    assert [(one.month, one.changed) for one in gone] == [(months[1], True)]


def test_what_could_not_be_used_is_noted_and_replaces_nothing(tmp_path: Path) -> None:
    connection = database()
    merge_reports(connection, [pulled(tmp_path, [JANUARY], Decimal(5))])
    before = content(connection)
    merge_reports(connection, [pulled(tmp_path, [JANUARY], None, 1, error="it was cut")])
    assert content(connection) == before
    assert connection.execute("SELECT error FROM audit.report_batch ORDER BY batch").fetchall() == [
        (None,),
        ("it was cut",),
    ]


def test_legs_of_a_transaction_are_numbered_in_each_month() -> None:
    february = plus(JANUARY, 1)
    legs = [leg(day, Decimal(1), number=number) for day, number in (
        (JANUARY, "1"), (JANUARY, "2"), (JANUARY, "1"), (february, "1"),
    )]  # fmt: skip
    rows = leg_rows(legs, REALM, Basis.CASH, 5)
    assert rows["leg_number"].to_pylist() == [1, 1, 2, 1]
    assert rows["month"].to_pylist() == [month_of(one.transaction_date) for one in legs]


def test_a_batch_that_nobody_merged_is_caught_up_with(place: Place) -> None:
    pulled(place.lake, [JANUARY], Decimal(5))
    with place.open() as warehouse:
        assert warehouse.catch_up() == 1
        assert warehouse.unmerged_reports() == []
        warehouse.publish()
    assert place.query("SELECT month, debit FROM reports.posted_leg") == [(JANUARY, Decimal("5.00"))]


def test_batches_of_records_and_of_reports_do_not_meet(place: Place) -> None:
    pulled(place.lake, [JANUARY], Decimal(5))
    assert committed(place.lake) == []
    [name] = committed(report_lake(place.lake))
    assert read_report_batch(name.folder(report_lake(place.lake))).manifest.report == "JournalReport"
    with place.open() as warehouse:
        warehouse.publish()
        assert warehouse.unmerged() == []


def test_a_rebuild_brings_reports_back(place: Place) -> None:
    for minute in range(2):
        pulled(place.lake, [JANUARY, plus(JANUARY, 1)], Decimal(5 + minute), minute)
    with place.open() as warehouse:
        warehouse.catch_up()
        warehouse.publish()
    tables = ("reports.posted_leg", "reports.month_pull", "audit.report_batch")
    before = [place.query(f"FROM {one} ORDER BY ALL") for one in tables]
    build = place.root / "build" / "warehouse.duckdb"
    build.unlink()
    rebuild(build, place.target, place.lake, lambda *_: None)
    assert [place.query(f"FROM {one} ORDER BY ALL") for one in tables] == before
    assert before[0]


def test_every_table_and_column_of_reports_is_described(place: Place) -> None:
    with place.open() as warehouse:
        warehouse.publish()
    which = "WHERE comment IS NULL AND schema_name = 'reports'"
    undescribed = (
        f"SELECT table_name, NULL FROM duckdb_tables() {which} "
        f"UNION ALL SELECT table_name, column_name FROM duckdb_columns() {which}"
    )
    assert place.query(undescribed) == []
    assert place.query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'reports'") == [(7,)]


@pytest.mark.parametrize("amount", ["1.005", "12345678901234567.00"])
def test_an_amount_that_is_no_money_is_never_rounded(amount: str) -> None:
    with pytest.raises(Exception, match="more digits than money has"):
        leg_rows([leg(JANUARY, Decimal(amount))], REALM, Basis.CASH, 1)


@pytest.mark.parametrize(
    ("told", "kept"),
    [("0.33333333333333333", "0.3333333333"), ("-2.00000000015", "-2.0000000002"), ("1E2", "100"), ("7", "7")],
)
def test_a_quantity_or_a_cost_of_a_unit_is_rounded_as_that_of_a_document_is(told: str, kept: str) -> None:
    [quantity] = leg_rows(
        [leg(JANUARY, Decimal(1))._replace(quantity=Decimal(told))], REALM, Basis.ACCRUAL, 1
    )["quantity"].to_pylist()  # fmt: skip
    stock = inventory_rows([ItemValue("1", Decimal(told), Decimal("1.00"), Decimal(told))], REALM, JANUARY, 1)
    assert [quantity, *stock["quantity"].to_pylist(), *stock["average_cost"].to_pylist()] == [Decimal(kept)] * 3


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff{"], ids=["nothing", "zeros", "no text"])
def test_a_batch_that_does_not_say_what_is_in_it_is_named(place: Place, content: bytes) -> None:
    """As one of records is: an error of JSON tells neither which of all batches it was nor what to do."""
    batch = pulled(place.lake, [JANUARY], Decimal(5))
    (batch.folder / "manifest.json").write_bytes(content)

    with pytest.raises(DamagedBatchError) as raised:
        rebuild(place.build, place.target, place.lake, lambda *_: None)

    assert f"The batch {batch.folder} of the lake is damaged" in str(raised.value)
    assert "qbo-pipeline prove" in str(raised.value)
