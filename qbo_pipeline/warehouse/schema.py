"""What users find in the warehouse, derived from the catalogue: names, types and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from qbo_pipeline.quickbooks.catalogue.model import Entity, Table, Type

_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.BOOLEAN: "BOOLEAN",
    Type.INTEGER: "BIGINT",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.MONEY: "DECIMAL(18, 4)",
    Type.NUMBER: "DECIMAL(28, 10)",
    Type.JSON: "VARCHAR",
}

Definition = tuple[str, str, str]
"""Name, DuckDB type, comment."""

_RECORD: tuple[Definition, ...] = (
    ("realm_id", "VARCHAR", "The company."),
    ("id", "VARCHAR", "Id of the record, unique for its entity in the company."),
    ("sync_token", "BIGINT", "Version number in QuickBooks, counted up by every change."),
    ("created_at", "TIMESTAMP", "When the record was created, UTC."),
    ("updated_at", "TIMESTAMP", "When the record was changed last, UTC; of a deleted one, when it was deleted."),
    (
        "deleted",
        "BOOLEAN",
        "Whether it was deleted in QuickBooks; the row keeps its last known values, lines are gone.",
    ),
    ("synced_at", "TIMESTAMP", "When this version was received, UTC."),
    ("source", "VARCHAR", "How it was received: backfill, cdc, webhook or reference; replay after a quarantine."),
)
_VERSION: Definition = ("version_id", "BIGINT", "The version shown; joins to history.record, which has its JSON.")


def definitions(entity: Entity, table: Table) -> tuple[Definition, ...]:
    """The columns of a table in their order."""
    declared = tuple((column.name, _TYPES[column.type], column.description) for column in table.columns)
    if not table.array_path:
        return (*_RECORD, *declared, _VERSION)
    ordinals = tuple((name, "BIGINT", "Position in its document, counted from 1.") for name in table.ordinals)
    owner = (f"{entity.table}_id", "VARCHAR", f"Id of the {entity.name} it belongs to.")
    return (_RECORD[0], owner, *ordinals, *declared, _VERSION)


def comment(entity: Entity, table: Table) -> str:
    """What a table holds: description, grain, source."""
    grain = (
        f"a row a {entity.name}" if not table.array_path else f"a row an element of {'.'.join(table.array_path[-1])}"
    )
    return f"{table.description} Grain: {grain}. Source: QuickBooks' {entity.name}."


def keys(entity: Entity, table: Table) -> frozenset[str]:
    """The columns that every row of a table has, whatever its record holds."""
    return frozenset(name for name, _, _ in definitions(entity, table)) - {column.name for column in table.columns}


def literal(text: str) -> str:
    """A quoted SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[object]) -> str:
    """A list of texts, such as paths, as one."""
    return "[" + ", ".join(literal(str(text)) for text in texts) + "]"


def no_pattern(folder: Path) -> str:
    """The path of a folder to begin a pattern of DuckDB with: brackets and the like in it stand for themselves."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(folder))


def sql(name: str) -> str:
    """The text of a shipped SQL file."""
    return (files("qbo_pipeline.warehouse") / "sql" / name).read_text(encoding="utf-8")
