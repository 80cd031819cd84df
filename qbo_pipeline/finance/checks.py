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
    found = [
        offenders for statement in check.statements if (offenders := _offenders(query, check, statement, realm_ids))
    ]
    offenders = sum(rows[0][-1] for rows in found)
    names = [_heading(column.name) for column in check.columns]
    return Verdict(
        not offenders,
        check.description if not offenders else f"Not so in {offenders:,} cases. What to do: {check.remedy}",
        {"offenders": offenders},
        tuple(
            {name: told(value) for name, value in zip(names, row[:-1], strict=True) if value is not None}
            for rows in found
            for row in rows
        )[:LISTED],
    )


def _offenders(query: Query, check: Check, statement: str, realm_ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """Some of the offenders of a statement; the last column counts all of them."""
    if not realm_ids:
        return []
    columns = ", ".join(f'offender."{column.name}"' for column in check.columns)
    marks = ", ".join("?" for _ in realm_ids)
    return query(
        f"SELECT {columns}, count(*) OVER () FROM (\n{statement}\n) AS offender "
        f"WHERE offender.realm_id IN ({marks}) ORDER BY ALL LIMIT {LISTED}",
        list(realm_ids),
    )


def _heading(column: str) -> str:
    return "company" if column == "realm_id" else column.replace("_", " ").replace("quickbooks", "QuickBooks")


def told(value: Any) -> str:
    """A value as people read it: amounts with cents and their thousands apart, instants without seconds."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        cents = value.quantize(Decimal("0.01"))
        return f"{cents:,}" if cents == value else f"{value.normalize():,}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
