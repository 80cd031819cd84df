"""What Dagster shows about a table and about a load: plain figures, a sample, the schema, the files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Column, Entity, Table
from qbo_pipeline.warehouse.schema import definitions

SAMPLE_ROWS = 5
SAMPLE_COLUMNS = 15
LISTED_FILES = 20
HOUSEKEEPING = frozenset({
    "created_by_id", "created_by_name", "last_modified_by_id", "last_modified_by_name", "last_changed_in_qb",
    "synchronized", "domain", "sparse",
})  # fmt: skip
"""Columns that every table begins with and that say nothing of what it holds: no sample shows them."""
PERSONAL = re.compile(
    "phone|mobile|fax|email|addr|uri|ssn|birth|gender|tax_identifier|employer_id|acct_num|cost_rate|bill_rate"
)
"""Columns that no sample shows either: Dagster keeps it for years, and shows it to whoever opens the page."""


def column_schema(entity: Entity) -> dg.TableSchema:
    """The columns of an entity's own table, as the catalogue declares them."""
    own = definitions(entity, entity_table(entity))
    return dg.TableSchema([dg.TableColumn(name, kind, comment) for name, kind, comment in own])


def entity_table(entity: Entity) -> Table:
    """The entity's own table, without those of its arrays."""
    return next(table for table in tables(entity) if not table.array_path)


def date_column(entity: Entity) -> Column | None:
    """The column of the date that a transaction belongs to."""
    if entity.date_field is None:
        return None
    path = tuple(entity.date_field.split("."))
    return next((column for column in entity_table(entity).columns if path in column.paths), None)


def load_metadata(loads: Sequence[EntityLoad]) -> dict[str, Any]:
    """The figures of what one run loaded for one entity of one company; several loads (of several periods) add up."""
    newest = max((load.newest_change for load in loads if load.newest_change is not None), default=None)
    counted = [load.counted for load in loads if load.counted is not None]
    files = sorted({str(path) for load in loads for path in load.files})
    notes = sorted({load.note for load in loads if load.note})
    told: dict[str, Any] = {
        "rows": rows_afterwards(loads),
        "records": sum(load.records for load in loads),
        "inserted": sum(load.inserted for load in loads),
        "updated": sum(load.updated for load in loads),
        "deleted": sum(load.deleted for load in loads),
        "unchanged": sum(load.unchanged for load in loads),
        "rejected": sum(load.rejected for load in loads),
        "api_calls": sum(load.api_calls for load in loads),
        "seconds": round(sum(load.seconds for load in loads), 3),
        "bytes_received": sum(load.bytes_received for load in loads),
    }
    if counted:
        told["counted_in_quickbooks"] = sum(counted)
    if newest is not None:
        told["newest_change"] = dg.MetadataValue.timestamp(newest)
    if notes:
        told["note"] = "; ".join(notes)
    if files:
        told["parquet_folder"] = dg.MetadataValue.path(str(Path(files[0]).parent))
        listed = "\n".join(f"- `{path}`" for path in files[:LISTED_FILES])
        more = f"\n- and {len(files) - LISTED_FILES} more" if len(files) > LISTED_FILES else ""
        told["parquet_files"] = dg.MetadataValue.md(listed + more)
    return told


def rows_afterwards(loads: Sequence[EntityLoad]) -> int:
    """Rows of the loaded companies in the table, deleted ones left out."""
    return sum(load.rows for load in _newest(loads))


def _newest(loads: Sequence[EntityLoad]) -> list[EntityLoad]:
    """The last load of each company."""
    newest = {load.realm_id: load for load in sorted(loads, key=lambda load: load.started_at)}
    return [newest[realm_id] for realm_id in sorted(newest)]


def table_metadata(entity: Entity, loads: Sequence[EntityLoad], query: Query, warehouse: Path) -> dict[str, Any]:
    """What is worth showing once: schema, sample, unknown fields, where the table is."""
    told: dict[str, Any] = {
        "dagster/table_name": f"quickbooks.{entity.table}",
        "dagster/column_schema": column_schema(entity),
        "warehouse": dg.MetadataValue.path(str(warehouse)),
        "sample": sample(entity, sorted({load.realm_id for load in loads}), query),
    }
    unknown: dict[str, int] = {}
    for load in loads:
        for name, times in load.unknown_fields.items():
            unknown[name] = unknown.get(name, 0) + times
    if unknown:
        told["unknown_fields"] = dg.MetadataValue.table(
            [dg.TableRecord({"field": name, "times": times}) for name, times in sorted(unknown.items())],
            schema=dg.TableSchema([dg.TableColumn("field", "VARCHAR"), dg.TableColumn("times", "BIGINT")]),
        )
    return told


def sample(entity: Entity, realm_ids: Sequence[str], query: Query) -> dg.TableMetadataValue:
    """The newest rows of the published table, in the first columns of its own that say anything of them.

    Every value is text, so that an amount shows all its digits.
    """
    keys = ["realm_id", "id", "updated_at"]
    own = [name for one in entity_table(entity).columns if _may_be_shown(name := one.name)]
    picked = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in (*keys, *own))
    marks = ", ".join("?" for _ in realm_ids)
    rows = query(
        f'SELECT {picked} FROM quickbooks."{entity.table}" WHERE realm_id IN ({marks}) AND NOT deleted '
        f"ORDER BY updated_at DESC, id LIMIT {SAMPLE_ROWS}",
        list(realm_ids),
    )
    told = [dict(zip((*keys, *own), row, strict=True)) for row in rows]
    filled = [name for name in own if not told or any(one[name] for one in told)]
    named = {name.removesuffix("_name") + "_id" for name in filled}  # whose id says no more
    shown = [*keys, *(name for name in filled if name not in named)][:SAMPLE_COLUMNS]
    return dg.MetadataValue.table(
        [dg.TableRecord({name: one[name] or "" for name in shown}) for one in told],
        schema=dg.TableSchema([dg.TableColumn(name, "VARCHAR") for name in shown]),
    )


def _may_be_shown(column: str) -> bool:
    return column not in HOUSEKEEPING and not PERSONAL.search(column)


def data_version(loads: Sequence[EntityLoad]) -> dg.DataVersion:
    """The same while the rows are the same: loading again what has not changed leaves what is downstream up to date."""
    state = [(load.realm_id, load.rows, _text(load.newest_change)) for load in _newest(loads)]
    return dg.DataVersion(hashlib.sha256(json.dumps(state).encode()).hexdigest()[:16])


def by_entity(loads: Sequence[EntityLoad]) -> Mapping[str, list[EntityLoad]]:
    """Loads grouped by the entity's name."""
    grouped: dict[str, list[EntityLoad]] = {}
    for load in loads:
        grouped.setdefault(load.entity, []).append(load)
    return grouped


def _text(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
