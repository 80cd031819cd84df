"""Statements in QuickBooks' query language: one entity, AND only, explicit positions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.pages import PAGE_SIZE

LAST_UPDATED = "MetaData.LastUpdatedTime"


def text_literal(value: str) -> str:
    r"""A quoted literal. A quote inside is escaped with a backslash, as recorded: `'Amy\'s Bird Sanctuary'`."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def instant_literal(instant: datetime) -> str:
    """A quoted instant with an explicit offset, in whole seconds (rounded down, as QuickBooks keeps them)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return f"'{instant.astimezone(UTC).isoformat(timespec='seconds')}'"


def stable_order(entity: Entity) -> str:
    """The property to page by: set once, so that editing a record does not move it. Id is not sortable any more."""
    return "MetaData.CreateTime" if entity.key == ("Id",) else entity.key[-1]


def count_statement(entity: Entity, where: str | None) -> str:
    """`SELECT count(*)` over what `select_statement` reads, inactive rows included."""
    return " ".join(part for part in (f"SELECT count(*) FROM {entity.name}", _where(entity, where)) if part)


def select_statement(
    entity: Entity, where: str | None, *, order: str | None = None, start: int = 1, size: int = PAGE_SIZE
) -> str:
    """One page of an entity, inactive rows included, from position `start` (counted from 1)."""
    if entity.category is Category.SINGLETON:
        return f"SELECT * FROM {entity.name}"
    parts = (
        f"SELECT * FROM {entity.name}",
        _where(entity, where),
        f"ORDERBY {order or stable_order(entity)}",
        f"STARTPOSITION {start} MAXRESULTS {size}",
    )
    return " ".join(part for part in parts if part)


def id_list(ids: Iterable[str]) -> str:
    """`Id IN ('1', '2')`."""
    return f"Id IN ({', '.join(text_literal(one) for one in ids)})"


def _where(entity: Entity, where: str | None) -> str:
    """The condition; without asking for them, QuickBooks hides inactive rows."""
    conditions = [where, "Active IN (true, false)" if entity.active_flag else None]
    stated = " AND ".join(condition for condition in conditions if condition)
    return f"WHERE {stated}" if stated else ""
