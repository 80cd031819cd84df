"""`qbo-pipeline status`: what the warehouse holds of each company and entity, how it came, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qbo_pipeline.command_line.api_calls import read_calls, show_calls
from qbo_pipeline.command_line.finance_models import stale_models
from qbo_pipeline.command_line.terminal import instant, print_json, results
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader

if TYPE_CHECKING:
    import duckdb

    from qbo_pipeline.settings import Settings

_LAST_RUN = """
SELECT realm_id, entity, max(started_at) AS last_run, arg_max(source, started_at) AS last_source,
    arg_max(api_calls, started_at) AS last_calls, sum(api_calls) AS all_calls,
    arg_max(note, started_at) AS note
FROM audit.sync_run
GROUP BY ALL
"""
_REJECTED = (
    "SELECT realm_id, entity, count(*) AS rejected FROM audit.rejected_record WHERE resolved_at IS NULL GROUP BY ALL"
)


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """What the warehouse holds of one entity of one company."""

    realm_id: str
    company: str
    entity: str
    rows: int
    """Living rows of the entity's table."""
    deleted: int
    """Rows marked deleted."""
    rejected: int
    """Record versions in quarantine."""
    newest_change: datetime | None
    last_run: datetime | None
    last_source: str | None
    """`backfill`, `cdc`, `webhook` or `replay`."""
    last_calls: int
    """Requests of the last run."""
    all_calls: int
    """Requests of all runs."""


def read_status(connection: duckdb.DuckDBPyConnection) -> list[EntityStatus]:
    """The status of every company and entity that has rows or runs, in the order entities load."""
    from qbo_pipeline.quickbooks.catalogue import ENTITIES

    tables = {name for (name,) in connection.execute(_TABLES).fetchall()}
    present = [(order, one) for order, one in enumerate(ENTITIES) if one.table in tables]
    if not present:
        return []
    counts = " UNION ALL ".join(
        f"SELECT {order} AS load_order, '{one.name}' AS entity, realm_id, count(*) FILTER (NOT deleted) AS living, "
        f"count(*) FILTER (deleted) AS gone, max(updated_at) AS newest "
        f'FROM quickbooks."{one.table}" GROUP BY realm_id'
        for order, one in present
    )
    orders = ", ".join(f"('{one.name}', {order})" for order, one in present)
    query = f"""
        WITH counted AS ({counts}), run AS ({_LAST_RUN}), quarantine AS ({_REJECTED}),
        entities(entity, load_order) AS (VALUES {orders}),
        name AS ({_NAME if "company_info" in tables else _NO_NAME})
        SELECT realm_id, coalesce(company, realm_id), entity, coalesce(living, 0), coalesce(gone, 0),
            coalesce(rejected, 0), newest, last_run, last_source, coalesce(last_calls, 0), coalesce(all_calls, 0)
        FROM (SELECT * EXCLUDE load_order FROM counted)
        FULL JOIN run USING (realm_id, entity)
        FULL JOIN quarantine USING (realm_id, entity)
        JOIN entities USING (entity)
        LEFT JOIN name USING (realm_id)
        ORDER BY realm_id, load_order
    """
    return [_status(row) for row in connection.execute(query).fetchall()]


_TABLES = "SELECT view_name FROM duckdb_views() WHERE schema_name = 'quickbooks'"
_NAME = "SELECT realm_id, any_value(company_name) AS company FROM quickbooks.company_info GROUP BY realm_id"
_NO_NAME = "SELECT NULL::VARCHAR AS realm_id, NULL::VARCHAR AS company WHERE false"


def _status(row: Sequence[Any]) -> EntityStatus:
    realm_id, company, entity, rows, deleted, rejected, newest, last_run, source, last_calls, all_calls = row
    return EntityStatus(
        realm_id, company, entity, rows, deleted, rejected, _utc(newest), _utc(last_run), source,
        int(last_calls), int(all_calls),
    )  # fmt: skip


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def show_status(settings: Settings, *, as_json: bool) -> None:
    """Write a table for each company, and one of the month's API calls.

    Raises:
        CommandError: nothing was loaded yet.
    """
    from qbo_pipeline.ingestion import open_session

    with WarehouseReader(settings.data.warehouse) as reader:
        found = read_status(reader.connection())
    with open_session(settings) as session:
        calls = read_calls(session, datetime.now(UTC))
    stale = stale_models(settings)
    if as_json:
        print_json({"entities": found, "api_calls": calls, "stale_models": stale})
        return
    for (realm_id, company), statuses in groupby(found, key=lambda one: (one.realm_id, one.company)):
        _company_table(realm_id, company, list(statuses))
    show_calls(calls)
    if stale is not None:
        results().print(f"{stale.sentence}", style="red", markup=False)


def _company_table(realm_id: str, company: str, statuses: Sequence[EntityStatus]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"{escape(company)} ({realm_id})", title_justify="left", title_style="bold", box=None)
    table.add_column("entity")
    for heading in ("rows", "deleted", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("newest change, UTC")
    table.add_column("last run, UTC")
    table.add_column("by")
    for heading in ("calls", "in all"):
        table.add_column(heading, justify="right")
    for one in statuses:
        table.add_row(
            one.entity, f"{one.rows:,}", f"{one.deleted:,}", f"{one.rejected:,}", instant(one.newest_change),
            instant(one.last_run), one.last_source or "-", f"{one.last_calls:,}", f"{one.all_calls:,}",
            style="yellow" if one.rejected else None if one.rows else "dim",
        )  # fmt: skip
    table.add_section()
    table.add_row(
        "total", f"{sum(one.rows for one in statuses):,}", f"{sum(one.deleted for one in statuses):,}",
        f"{sum(one.rejected for one in statuses):,}",
        instant(max((one.newest_change for one in statuses if one.newest_change), default=None)),
        instant(max((one.last_run for one in statuses if one.last_run), default=None)), "",
        f"{sum(one.last_calls for one in statuses):,}", f"{sum(one.all_calls for one in statuses):,}", style="bold",
    )  # fmt: skip
    results(whole=True).print(table)
