"""What tests of reports ask the warehouse and the local service."""

from __future__ import annotations

from typing import Any

import httpx

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks

TABLES = ("posted_leg", "account_month", "trial_balance", "aging", "inventory_valuation")
STATEMENTS_ONLY = 4
"""Requests of a pull where nothing changed: two statements on two bases."""


def switch(quickbooks: LocalQuickBooks, **switches: object) -> None:
    """Set switches of the local service."""
    httpx.post(f"{quickbooks.url}/control/switches", json=switches).raise_for_status()


def content(session: Session, *but: str) -> dict[str, list[Any]]:
    """All rows of reports, but for which pull brought them and columns that are named."""
    left_out = {"pull", *but}
    with session.reading() as query:
        found = {}
        for table in TABLES:
            names = [name for (name,) in query(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'reports' AND table_name = ?", [table]
            )]  # fmt: skip
            kept = ", ".join(f'"{name}"' for name in names if name not in left_out)
            found[table] = query(f"SELECT {kept} FROM reports.{table} ORDER BY ALL")
        return found


def asked_of(quickbooks: LocalQuickBooks) -> list[str]:
    """What reports were asked for, by path and parameters."""
    return [f"{one.path}?{one.parameters}" for one in quickbooks.requests if "reports/" in one.path]


def unexplained(session: Session) -> list[tuple[Any, ...]]:
    """Figures of a statement that the legs do not add up to: basis, month, account, as shown, as posted."""
    return session.warehouse_query(
        """
        WITH line AS (
            SELECT DISTINCT basis, statement, account_id FROM reports.account_month WHERE line = 'account'
        ),
        figure AS (
            SELECT basis, statement, account_id, month, coalesce(amount, 0) AS amount
            FROM line
            JOIN reports.month_pull USING (basis)
            LEFT JOIN reports.account_month USING (basis, statement, account_id, month)
        ),
        shown AS (
            SELECT basis, account_id, month,
                   CASE statement WHEN 'ProfitAndLoss' THEN amount ELSE amount - coalesce(lag(amount) OVER before, 0)
                   END AS amount
            FROM figure
            WINDOW before AS (PARTITION BY basis, statement, account_id ORDER BY month)
        ),
        posted AS (
            SELECT basis, month, account_id, sum(debit - credit) AS amount FROM reports.posted_leg GROUP BY ALL
        )
        SELECT basis, month, account_id, shown.amount, posted.amount
        FROM shown
        LEFT JOIN posted USING (basis, month, account_id)
        LEFT JOIN quickbooks.account ON account.id = account_id
        WHERE abs(shown.amount) <> abs(coalesce(posted.amount, 0))
          AND account.account_sub_type IS DISTINCT FROM 'RetainedEarnings'
        """
    )
