"""The invariants of the books as checks, and how one is judged. Knows nothing of Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.check_files import Check, Severity, read_checks
from qbo_pipeline.warehouse.query import Query
from qbo_pipeline.warehouse.verdict import LISTED, Verdict

__all__ = ["FOLDER", "Check", "Severity", "judge", "shipped_checks"]

FOLDER = Path(__file__).parent / "checks"
"""The shipped checks."""


@cache
def shipped_checks() -> tuple[Check, ...]:
    """The checks of this package in the order of their invariants."""
    return tuple(read_checks(FOLDER, shipped()))


def judge(query: Query, check: Check, realm_ids: Sequence[str]) -> Verdict:
    """Whether a check holds of these companies, and what offends.

    Args:
        query: asks a warehouse whose models are built.
        check: one of `shipped_checks()`.
        realm_ids: the companies to look at.
    """
    names = [column.name for column in check.columns]
    columns = ", ".join(f'offender."{name}"' for name in names)
    marks = ", ".join("?" for _ in realm_ids)
    rows = (
        query(
            f"SELECT {columns}, count(*) OVER () FROM (\n{check.statement}\n) AS offender "
            f"WHERE offender.realm_id IN ({marks}) ORDER BY ALL LIMIT {LISTED}",
            list(realm_ids),
        )
        if realm_ids
        else []
    )
    offenders = rows[0][-1] if rows else 0
    return Verdict(
        not offenders,
        check.description if not offenders else f"Not so in {offenders:,} cases. What to do: {check.remedy}",
        {"offenders": offenders},
        tuple(
            {_heading(name): told(value) for name, value in zip(names, row[:-1], strict=True) if value is not None}
            for row in rows
        ),
    )


def _heading(column: str) -> str:
    return "company" if column == "realm_id" else column.replace("_", " ").replace("quickbooks", "QuickBooks")


def told(value: Any) -> str:
    """A value as people read it: amounts with their thousands apart, instants without their fractions."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
