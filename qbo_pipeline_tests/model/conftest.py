"""The small company on paper, twice, with all models built: what the semantic model is looked at with."""

from __future__ import annotations

import duckdb
import pytest

from qbo_pipeline.finance.build import build
from qbo_pipeline_tests.finance.proof.books import REALM, Books
from qbo_pipeline_tests.finance.proof.small_company import RENT, SALES

OTHER = "2"
"""A second company with the same books as the first."""


@pytest.fixture(scope="session")
def warehouse() -> duckdb.DuckDBPyConnection:
    """Two companies, with a budget and a draft of it that is no longer used; nothing changes it."""
    connection = Books().connection
    for id_, name, active, sales in (("1", "Plan", True, 500), ("2", "Draft", False, 800)):
        connection.execute(
            "INSERT INTO quickbooks.budget BY NAME SELECT ? AS realm_id, ? AS id, ? AS name, ? AS active, "
            "FALSE AS deleted, 'Monthly' AS budget_entry_type",
            [REALM, id_, name, active],
        )
        connection.execute(
            "INSERT INTO quickbooks.budget_detail BY NAME "
            "SELECT ? AS realm_id, ? AS budget_id, 1 AS detail_number, DATE '2026-02-01' AS budget_date, "
            "? AS account_id, ?::DECIMAL(9, 2) AS amount UNION ALL SELECT ?, ?, 2, DATE '2026-02-01', ?, 120.50",
            [REALM, id_, SALES, sales, REALM, id_, RENT],
        )
    tables = connection.execute(
        "SELECT DISTINCT schema_name || '.\"' || table_name || '\"' FROM duckdb_columns() "
        "WHERE schema_name IN ('quickbooks', 'reports') AND column_name = 'realm_id' "
        "AND table_name IN (SELECT table_name FROM duckdb_tables())"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"INSERT INTO {table} SELECT * REPLACE ('{OTHER}' AS realm_id) FROM {table}")
    connection.executemany(
        "INSERT INTO audit.sync_run (run_id, realm_id, entity, source, started_at, seconds, records, inserted, "
        "updated, deleted, unchanged, rejected, api_calls, bytes_received, error) "
        "VALUES (?, ?, ?, ?, ?, 1, ?, ?, 0, 0, 0, 0, 1, 1, ?)",
        [
            ("r1", REALM, "Invoice", "backfill", "2026-03-30 10:00:00", 7, 7, None),
            ("r2", REALM, "Invoice", "cdc", "2026-03-31 10:00:00", 0, 0, "QuickBooks did not answer"),
            ("r3", OTHER, "Bill", "backfill", "2026-03-30 10:00:00", 2, 2, None),
        ],
    )
    build(connection, full=True)
    return connection
