"""What the published warehouse says about a company's reports: what was pulled, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qbo_pipeline.ingestion.reports.planning import Pulled
from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity, snake_case
from qbo_pipeline.quickbooks.reports.requests import Basis, ReportName

NON_POSTING = frozenset({"Estimate", "PurchaseOrder", "TimeActivity", "ReimburseCharge"})
"""Transactions that have no legs."""

LEGS_A_LINE = 3
"""Legs that a document's line makes, at most as a rule: its own, and two of inventory. Only for foreseeing sizes."""


def posting_entities() -> list[Entity]:
    """Transactions that have legs."""
    return [one for one in ENTITIES if one.category is Category.TRANSACTION and one.name not in NON_POSTING]


@dataclass(frozen=True, slots=True)
class KnownReports:
    """Of one company, in one state of the warehouse."""

    dated: tuple[date, date] | None
    """The first and the last day of any transaction; None where there is none."""
    pulls: Mapping[tuple[Basis, date], Pulled]
    """The newest pull of each month."""
    touched: Collection[tuple[Basis, date]]
    """Months that a document is dated in, or has legs in, which changed since they were pulled."""
    as_of: Collection[tuple[ReportName, Basis | None, date]]
    """Reports as of a day that were pulled, and not before a month until then was pulled anew."""
    retained_earnings: Collection[str]
    """Accounts whose balances QuickBooks computes."""
    chart: Mapping[str, str]
    """Fully qualified name → id of the accounts."""
    legs_about: Mapping[date, int]
    """How many legs a month's documents make, about."""
    zone: ZoneInfo
    """The company's time zone; UTC where it is not known."""


def known_reports(query: Query, realm_id: str) -> KnownReports:
    """What the warehouse says."""
    warehouse = _Warehouse(query, realm_id)
    return KnownReports(
        warehouse.dated(),
        warehouse.pulls(),
        warehouse.touched(),
        warehouse.as_of(),
        warehouse.retained_earnings(),
        warehouse.chart(),
        warehouse.legs_about(),
        warehouse.zone(),
    )


class _Warehouse:
    """Asks about one company."""

    def __init__(self, query: Query, realm_id: str) -> None:
        self._query = query
        self._realm_id = realm_id

    def dated(self) -> tuple[date, date] | None:
        rows = self._query(
            f"SELECT min(day), max(day) FROM ({self._documents('day')}) WHERE NOT deleted", self._realms()
        )
        first, last = rows[0] if rows else (None, None)
        return None if first is None or last is None else (first, last)

    def pulls(self) -> dict[tuple[Basis, date], Pulled]:
        if not self._has_reports:
            return {}
        rows = self._query(
            "SELECT basis, month, digest, pulled_at, legs FROM reports.month_pull WHERE realm_id = ?", [self._realm_id]
        )
        return {
            (Basis(basis), month): Pulled(digest, pulled_at.replace(tzinfo=UTC), legs)
            for basis, month, digest, pulled_at, legs in rows
        }

    def touched(self) -> set[tuple[Basis, date]]:
        if not self._has_reports:
            return set()
        rows = self._query(
            f"""
            WITH pull AS (FROM reports.month_pull WHERE realm_id = ?),
            changed AS (
                SELECT id, updated_at, date_trunc('month', day)::DATE AS month
                FROM ({self._documents("day, id, updated_at")})
                WHERE updated_at > (SELECT min(pulled_at) FROM pull)
            )
            SELECT pull.basis, pull.month
            FROM pull JOIN changed ON changed.month = pull.month AND changed.updated_at > pull.pulled_at
            UNION
            SELECT pull.basis, pull.month
            FROM pull
            JOIN reports.posted_leg AS leg
                ON leg.realm_id = pull.realm_id AND leg.basis = pull.basis AND leg.month = pull.month
            JOIN changed ON changed.id = leg.transaction_id AND changed.updated_at > pull.pulled_at
            """,
            [self._realm_id, *self._realms()],
        )
        return {(Basis(basis), month) for basis, month in rows}

    def as_of(self) -> set[tuple[ReportName, Basis | None, date]]:
        if not self._has_reports:
            return set()
        # As in finance.pulled_day. Where a pull had the months anew and failed, or was killed, before it had these,
        # what there is of them is older than what it is compared with.
        rows = self._query(
            """
            WITH restated AS (
                SELECT basis, month, max(pulled_at) AS restated_at
                FROM (
                    SELECT realm_id, basis, month, pulled_at FROM reports.month_pull
                    UNION ALL
                    SELECT realm_id, basis, month, pulled_at FROM reports.restatement
                )
                WHERE realm_id = ?
                GROUP BY basis, month
            )
            SELECT DISTINCT report, basis, first_day
            FROM audit.report_batch AS batch
            WHERE realm_id = ? AND error IS NULL AND first_day = last_day
                AND NOT EXISTS (
                    FROM restated
                    WHERE restated.basis = coalesce(batch.basis, 'Accrual') AND restated.month <= batch.first_day
                        AND restated.restated_at > batch.pulled_at
                )
            """,
            [self._realm_id, self._realm_id],
        )
        return {(ReportName(report), Basis(basis) if basis else None, day) for report, basis, day in rows}

    def retained_earnings(self) -> frozenset[str]:
        rows = self._query(
            "SELECT id FROM quickbooks.account WHERE realm_id = ? AND account_sub_type = 'RetainedEarnings'",
            [self._realm_id],
        )
        return frozenset(str(row[0]) for row in rows)

    def chart(self) -> dict[str, str]:
        rows = self._query(
            "SELECT fully_qualified_name, id FROM quickbooks.account WHERE realm_id = ? AND NOT deleted",
            [self._realm_id],
        )
        return {str(name): str(identity) for name, identity in rows if name}

    def legs_about(self) -> Mapping[date, int]:
        lines = " UNION ALL ".join(
            f"SELECT {_line_table(one)!r} AS name, count(*) AS lines FROM quickbooks.{_line_table(one)} "
            "WHERE realm_id = ?"
            for one in posting_entities()
            if _line_table(one)
        )
        each = dict(self._query(lines, [self._realm_id] * lines.count("?")))
        documents = " UNION ALL ".join(
            f"SELECT {one.table!r} AS name, date_trunc('month', {_day(one)})::DATE AS month, count(*) AS documents "
            f"FROM quickbooks.{one.table} WHERE realm_id = ? AND NOT deleted GROUP BY ALL"
            for one in posting_entities()
        )
        rows = self._query(documents, self._realms())
        totals: dict[str, int] = {}
        for name, _, count in rows:
            totals[name] = totals.get(name, 0) + count
        found: dict[date, int] = {}
        for name, month, count in rows:
            if month is not None:
                per_document = 1 + LEGS_A_LINE * each.get(f"{name}_line", 0) / totals[name]
                found[month] = found.get(month, 0) + round(count * per_document)
        return found

    def zone(self) -> ZoneInfo:
        rows = self._query(
            "SELECT default_time_zone FROM quickbooks.company_info WHERE realm_id = ? AND NOT deleted", [self._realm_id]
        )
        try:
            return ZoneInfo(str(rows[0][0])) if rows and rows[0][0] else ZoneInfo("UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @cached_property
    def _has_reports(self) -> bool:
        """Not so in a warehouse that was published before there were any."""
        return bool(
            self._query("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'reports' AND table_name = 'month_pull'")
        )

    def _documents(self, columns: str) -> str:
        return " UNION ALL ".join(
            f"SELECT {columns.replace('day', f'{_day(one)} AS day', 1)}, deleted FROM quickbooks.{one.table} "
            "WHERE realm_id = ?"
            for one in posting_entities()
        )

    def _realms(self) -> list[str]:
        return [self._realm_id] * len(posting_entities())


def _day(entity: Entity) -> str:
    return snake_case(entity.date_field or "")


def _line_table(entity: Entity) -> str | None:
    return f"{entity.table}_line" if any(getattr(one, "name", None) == "Line" for one in entity.members) else None
