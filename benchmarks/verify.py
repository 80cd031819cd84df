"""Is what was loaded right? A fast wrong answer is a failed benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from benchmarks.prepared import TABLES, digest, expected

PEER_TABLES = {
    "invoice_line": "invoice__line",
    "invoice_custom_field": "invoice__custom_field",
    "invoice_linked_txn": "invoice__linked_txn",
    "invoice_tax_line": "invoice__txn_tax_detail__tax_line",
    "payment_line": "payment__line",
    "payment_line_linked_txn": "payment__line__linked_txn",
    "bill_line": "bill__line",
    "bill_linked_txn": "bill__linked_txn",
    "journal_entry_line": "journal_entry__line",
}
"""Table of the product → the same table as dlt names it, where the names differ."""


def faults_of_product(data: Path, counts: Mapping[str, int]) -> list[str]:
    """What is wrong in the warehouse and the lake of the product; empty when nothing is."""
    faults: list[str] = []
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
        for entity, count in counts.items():
            due = expected(entity, count)
            for table, rows in due.rows.items():
                faults += _differs(
                    f"rows of {table}", _one(warehouse, f"SELECT count(*) FROM quickbooks.{table}"), rows
                )
            for column, total in due.sums.items():
                table, name = column.split(".")
                found = _one(warehouse, f"SELECT sum({name}) FROM quickbooks.{table}")
                faults += _differs(f"sum of {column}", found, Decimal(total))
        [(rejected,)] = warehouse.execute("SELECT count(*) FROM audit.rejected_record").fetchall()
        faults += _differs("rejected records", rejected, 0)
    for entity, count in counts.items():
        table = TABLES[entity]
        raw = (
            text.encode()
            for file in sorted((data / "lake").glob(f"*/{table}/[0-9]*/record.parquet"))
            for batch in pq.ParquetFile(file).iter_batches(columns=["raw"])
            for text in batch.column(0).to_pylist()
        )
        faults += _differs(f"digest of the raw {entity} records", digest(raw), expected(entity, count).digests[table])
    return faults


def faults_of_peer(data: Path, counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """What keeps the peer's load from being the same work, and which of its sums are not exact."""
    faults: list[str] = []
    inexact: list[str] = []
    with duckdb.connect(str(data / "peer.duckdb"), read_only=True) as warehouse:
        for entity, count in counts.items():
            due = expected(entity, count)
            for table, rows in due.rows.items():
                found = _one(warehouse, f"SELECT count(*) FROM quickbooks.{PEER_TABLES.get(table, table)}")
                faults += _differs(f"rows of {table}", found, rows)
            for column, total in due.sums.items():
                table, name = column.split(".")
                found = _one(warehouse, f"SELECT sum({name}) FROM quickbooks.{PEER_TABLES.get(table, table)}")
                inexact += _differs(f"sum of {column}", Decimal(repr(found)), Decimal(total))
    return faults, inexact


def _one(warehouse: duckdb.DuckDBPyConnection, sql: str) -> object:
    [(value,)] = warehouse.execute(sql).fetchall()
    return value


def _differs(what: str, found: object, due: object) -> list[str]:
    return [] if found == due else [f"{what}: {found}, should be {due}"]
