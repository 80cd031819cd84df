"""Comparing the warehouse with QuickBooks, row by row and cent by cent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qbo_pipeline.ingestion import Session
from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline.quickbooks.catalogue import ENTITIES, Entity, Table, Type, tables
from qbo_pipeline_tests.end_to_end.expectation import Json, Row, comparable, identity, instant, parse, rows


def differences(
    quickbooks: LocalQuickBooks, session: Session, realm_id: str, entities: Iterable[Entity] = ENTITIES
) -> list[str]:
    """What the warehouse holds of entities otherwise than QuickBooks, in words; empty when everything agrees."""
    with session.reading() as query:
        return differences_between(quickbooks.store, query, realm_id, entities)


def differences_between(store: Store, query: Query, realm_id: str, entities: Iterable[Entity] = ENTITIES) -> list[str]:
    """The same, of what the local QuickBooks has stored and any way to ask the warehouse."""
    found: list[str] = []
    for entity in entities:
        records = {}
        for text in store.records(realm_id, entity.name):
            record, kind = _unwrapped(entity, parse(text))
            records[identity(entity, record)] = (record, kind)
        for table in tables(entity):
            expected = _expected(entity, table, records)
            actual = _actual(query, entity, table, realm_id)
            found += [f"{table.name} {key}: missing" for key in sorted(expected.keys() - actual.keys(), key=str)]
            found += [f"{table.name} {key}: too much" for key in sorted(actual.keys() - expected.keys(), key=str)]
            for key in expected.keys() & actual.keys():
                for name, value in expected[key].items():
                    if actual[key][name] != value:
                        found.append(f"{table.name} {key}.{name}: {actual[key][name]!r}, in QuickBooks {value!r}")
    return found


def raw_differences(quickbooks: LocalQuickBooks, session: Session, realm_id: str) -> list[str]:
    """Records whose newest JSON in the history is not, byte for byte, what QuickBooks holds."""
    held = {
        (entity, key): raw
        for entity, key, raw in session.warehouse_query(
            "SELECT entity, id, raw FROM history.record WHERE realm_id = ? AND valid_to IS NULL", [realm_id]
        )
    }
    found = []
    for entity in ENTITIES:
        for text in quickbooks.store.records(realm_id, entity.name):
            key = identity(entity, _unwrapped(entity, parse(text))[0])
            if held.get((entity.name, key)) != text:
                found.append(f"{entity.name} {key}")
    return found


def _unwrapped(entity: Entity, record: Json) -> tuple[Json, str | None]:
    if not entity.wrapped:
        return record, None
    [(kind, inner)] = record.items()
    return inner, kind


def _expected(entity: Entity, table: Table, records: dict[str, tuple[Json, str | None]]) -> dict[tuple[Any, ...], Row]:
    expected: dict[tuple[Any, ...], Row] = {}
    for key, (record, kind) in records.items():
        for row in rows(table, record):
            position = tuple(row.pop(name) for name in table.ordinals)
            if not table.array_path:
                meta = record.get("MetaData", {})
                row |= {
                    "sync_token": int(record["SyncToken"]) if "SyncToken" in record else None,
                    "created_at": instant(meta["CreateTime"]) if "CreateTime" in meta else None,
                    "updated_at": instant(meta["LastUpdatedTime"]) if "LastUpdatedTime" in meta else None,
                }
                if kind is not None:
                    row["transaction_type"] = kind
            expected[(key, *position)] = row
    return expected


def _actual(query: Query, entity: Entity, table: Table, realm_id: str) -> dict[tuple[Any, ...], Row]:
    key = ["id"] if not table.array_path else [f"{entity.table}_id", *table.ordinals]
    names = [column.name for column in table.columns]
    if not table.array_path:
        names += ["sync_token", "created_at", "updated_at"]
    kinds = {column.name: column.type for column in table.columns}
    living = "AND NOT deleted" if not table.array_path else ""
    quoted = ", ".join(f'"{name}"' for name in [*key, *names])
    result = {}
    for row in query(f'SELECT {quoted} FROM quickbooks."{table.name}" WHERE realm_id = ? {living}', [realm_id]):
        values = dict(zip(names, row[len(key) :], strict=True))
        result[tuple(row[: len(key)])] = {
            name: comparable(kinds.get(name, Type.TEXT), value) for name, value in values.items()
        }
    return result
