"""Merging reports: of every month, the newest pull counts, whatever the order they come in and however often.

A batch replaces what the warehouse has of the months it covers (or of its day), unless a newer one of the same report
and basis covers them too; newer by QuickBooks' clock. All of a merge happens in one transaction with the note that its
batches are in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from string import Template

import duckdb
import pyarrow as pa

from qbo_pipeline.lake.report_batches import ReportBatch
from qbo_pipeline.quickbooks.reports.requests import ReportName
from qbo_pipeline.warehouse.schema import literal, literals, sql
from qbo_pipeline.warehouse.transaction import transaction


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where the rows of a report go, and which of them a batch replaces."""

    table: str
    unit: str
    """Column that `first_day` and `last_day` of a batch are of."""
    owns: str = "true"
    """Which rows of a unit are the report's, beside those of the company."""


def _destination(report: ReportName) -> _Destination:
    by_basis = "kept.basis = winner.basis"
    match report:
        case ReportName.JOURNAL | ReportName.GENERAL_LEDGER:
            return _Destination("posted_leg", "month", by_basis)
        case ReportName.BALANCE_SHEET | ReportName.PROFIT_AND_LOSS:
            return _Destination("account_month", "month", f"{by_basis} AND kept.statement = winner.report")
        case ReportName.TRIAL_BALANCE:
            return _Destination("trial_balance", "as_of", by_basis)
        case ReportName.AGED_RECEIVABLES:
            return _Destination("aging", "as_of", "kept.side = 'receivable'")
        case ReportName.AGED_PAYABLES:
            return _Destination("aging", "as_of", "kept.side = 'payable'")
        case ReportName.INVENTORY_VALUATION:
            return _Destination("inventory_valuation", "as_of")


@dataclass(frozen=True, slots=True)
class MonthMerged:
    """A month of legs that a merge brought in."""

    realm_id: str
    basis: str
    month: date
    changed: bool
    """Whether its legs are others than before."""


def merge_reports(connection: duckdb.DuckDBPyConnection, batches: Sequence[ReportBatch]) -> list[MonthMerged]:
    """Bring batches in; those that are in already are skipped. Returns the months of legs that were replaced."""
    with transaction(connection):
        return _merge(connection, batches)


def _merge(connection: duckdb.DuckDBPyConnection, batches: Sequence[ReportBatch]) -> list[MonthMerged]:
    known = set(connection.execute("SELECT batch, realm_id FROM audit.report_batch").fetchall())
    new = [one for one in batches if (one.manifest.batch, one.manifest.realm_id) not in known]
    if not new:
        return []
    _note(connection, new)
    _choose_winners(connection, new)
    merged: list[MonthMerged] = []
    for report in sorted({one.manifest.report for one in new}):
        of = _destination(ReportName(report))
        paths = [one.rows for one in new if one.manifest.report == report and one.manifest.rows]
        rows = "SELECT * FROM " + (_parquet(paths) if paths else f"(FROM reports.{of.table} LIMIT 0)")
        if of.table == "posted_leg":
            merged += _changes(connection, report, rows)
        if of.table == "account_month":
            _note_restatements(connection, report, rows, new)
        _replace(connection, report, of, rows)
    _note_months(connection, new)
    return merged


def _note(connection: duckdb.DuckDBPyConnection, batches: Sequence[ReportBatch]) -> None:
    rows = [asdict(one.manifest) for one in batches]
    for row in rows:
        del row["months"]
        row["first_day"], row["last_day"] = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
        row["pulled_at"], row["received_at"] = _naive(row["pulled_at"]), _naive(row["received_at"])
    _insert(connection, "audit.report_batch", rows)


def _choose_winners(connection: duckdb.DuckDBPyConnection, batches: Sequence[ReportBatch]) -> None:
    """The table `winner`: the months and days of new batches that no newer batch covers."""
    numbers = ", ".join(str(one.manifest.batch) for one in batches)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE winner AS
        WITH covered AS (
            SELECT realm_id, report, basis, batch, pulled_at,
                   unnest(generate_series(first_day, last_day, INTERVAL 1 MONTH))::DATE AS unit
            FROM audit.report_batch
            WHERE error IS NULL
              AND realm_id IN (SELECT realm_id FROM audit.report_batch WHERE batch IN ({numbers}))
        )
        SELECT * FROM covered
        QUALIFY row_number() OVER (PARTITION BY realm_id, report, basis, unit ORDER BY pulled_at DESC, batch DESC) = 1
            AND batch IN ({numbers})
        """
    )


def _changes(connection: duckdb.DuckDBPyConnection, report: str, rows: str) -> list[MonthMerged]:
    """Which of the months that are about to be replaced have other legs now."""
    found = connection.execute(
        f"""
        WITH kept AS (
            SELECT realm_id, basis, month, count(*) AS legs, bit_xor(hash({_LEG})) AS content
            FROM reports.posted_leg GROUP BY ALL
        ),
        incoming AS (
            SELECT realm_id, basis, month, pull, count(*) AS legs, bit_xor(hash({_LEG})) AS content
            FROM ({rows}) GROUP BY ALL
        )
        SELECT winner.realm_id, winner.basis, winner.unit,
               (coalesce(kept.legs, 0), kept.content) IS DISTINCT FROM (coalesce(incoming.legs, 0), incoming.content)
        FROM winner
        LEFT JOIN kept
            ON kept.realm_id = winner.realm_id AND kept.basis = winner.basis AND kept.month = winner.unit
        LEFT JOIN incoming ON incoming.pull = winner.batch AND incoming.realm_id = winner.realm_id
            AND incoming.basis = winner.basis AND incoming.month = winner.unit
        WHERE winner.report = ?
        ORDER BY ALL
        """,
        [report],
    ).fetchall()
    return [MonthMerged(*row) for row in found]


_LEG = (
    "transaction_id, transaction_title, leg_number, transaction_date, doc_number, memo, name_id, name, account_id, "
    "account_name, debit, credit, currency_id, foreign_debit, foreign_credit, customer_id, vendor_id, employee_id, "
    "item_id, class_id, department_id, quantity"
)


def _note_restatements(
    connection: duckdb.DuckDBPyConnection, report: str, rows: str, batches: Sequence[ReportBatch]
) -> None:
    """Which figures are others now than in the pull before."""
    new = ", ".join(str(one.manifest.batch) for one in batches)
    connection.execute(Template(sql("restatements.sql")).substitute(report=literal(report), incoming=rows, new=new))


def _replace(connection: duckdb.DuckDBPyConnection, report: str, of: _Destination, rows: str) -> None:
    connection.execute(
        f"""
        DELETE FROM reports.{of.table} AS kept USING winner
        WHERE kept.realm_id = winner.realm_id AND kept.{of.unit} = winner.unit AND {of.owns} AND winner.report = ?
        """,
        [report],
    )
    connection.execute(
        f"""
        INSERT INTO reports.{of.table} BY NAME
        SELECT incoming.* FROM ({rows}) AS incoming
        SEMI JOIN (FROM winner WHERE report = ?) AS chosen
            ON chosen.batch = incoming.pull AND chosen.realm_id = incoming.realm_id AND chosen.unit = incoming.{of.unit}
        """,
        [report],
    )


def _note_months(connection: duckdb.DuckDBPyConnection, batches: Sequence[ReportBatch]) -> None:
    """When each month of legs was pulled last."""
    rows = [
        {
            "realm_id": one.manifest.realm_id,
            "basis": one.manifest.basis,
            "month": date.fromisoformat(month.month),
            "digest": month.digest,
            "pulled_at": _naive(one.manifest.pulled_at),
            "legs": month.legs,
            "debit": Decimal(month.debit),
            "credit": Decimal(month.credit),
            "requests": one.manifest.answers,
            "pull": one.manifest.batch,
        }
        for one in batches
        for month in one.manifest.months
    ]
    if not rows:
        return
    chosen = "winner.realm_id = {0}.realm_id AND winner.basis = {0}.basis AND winner.unit = {0}.month"
    legs = "winner.report IN ('JournalReport', 'GeneralLedger')"
    connection.execute(f"DELETE FROM reports.month_pull AS kept USING winner WHERE {chosen.format('kept')} AND {legs}")
    _insert(
        connection,
        "reports.month_pull",
        rows,
        f"SEMI JOIN winner ON winner.batch = arriving.pull AND {chosen.format('arriving')}",
    )


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]], where: str = ""
) -> None:
    connection.register("arriving", pa.Table.from_pylist([dict(row) for row in rows]))
    try:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT arriving.* FROM arriving {where}")
    finally:
        connection.unregister("arriving")


def _parquet(paths: Sequence[object]) -> str:
    return f"read_parquet({literals(paths)}, union_by_name = true)"


def _naive(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(UTC).replace(tzinfo=None)
