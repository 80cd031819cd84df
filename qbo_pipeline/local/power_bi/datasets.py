"""Datasets and their tables: created, altered, deleted; the tables in DuckDB that hold their rows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import duckdb
import msgspec

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.data_types import DataType, data_type
from qbo_pipeline.local.power_bi.store import Store

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PushColumn:
    """A column: its name, its type, what it is called in DuckDB."""

    name: str
    type: DataType
    physical: str


@dataclass(frozen=True, slots=True)
class PushTable:
    """A table: its description as it came (without rows), and where its rows are."""

    name: str
    definition: Body
    physical: str
    columns: tuple[PushColumn, ...]

    @property
    def measures(self) -> list[Body]:
        """Its measures as they came."""
        return self.definition.get("measures") or []


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset. `retention` is None or basicFIFO; `mode` as it came."""

    id: str
    workspace: str
    name: str
    retention: str
    mode: str
    created: float
    relationships: tuple[Body, ...]
    tables: tuple[PushTable, ...]

    @property
    def takes_rows(self) -> bool:
        """Whether it is a push dataset."""
        return "push" in self.mode.lower()


class Datasets:
    """All of them, in the order of their creation."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[str, Dataset] = {one.id: one for one in self._load()}

    def all(self, workspace: str | None = None) -> list[Dataset]:
        """Those of a workspace, or of all."""
        with self._lock:
            return [one for one in self._known.values() if workspace in (None, one.workspace)]

    def get(self, workspace: str, identity: str) -> Dataset:
        """One dataset.

        Raises:
            PowerBIAnswerError: 404.
        """
        with self._lock:
            found = self._known.get(identity.lower())
        if found is None or found.workspace != workspace:
            raise errors.dataset_not_found(identity)
        return found

    def push(self, workspace: str, identity: str) -> Dataset:
        """One dataset that takes rows.

        Raises:
            PowerBIAnswerError: 404.
        """
        with self._lock:
            found = self._known.get(identity.lower())
        if found is None or found.workspace != workspace or not found.takes_rows:
            raise errors.not_push(identity)
        return found

    def create(self, workspace: str, body: Body, retention: str, now: float) -> Dataset:
        """A new dataset; names are not unique. `body` was checked."""
        identity = str(uuid4())
        with self._store.transaction() as connection:
            [(number,)] = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM dataset").fetchall()
            relationships = body.get("relationships") or []
            mode = body.get("defaultMode") or "Push"
            connection.execute(
                "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [number, identity, workspace, body["name"], retention, mode, now, _text(relationships)],
            )
            tables = []
            for position, described in enumerate(body["tables"]):
                table = _new_table(described, f'pushed."d{number}_t{position}"')
                listed = ", ".join(f"{column.physical} {column.type.sql}" for column in table.columns)
                connection.execute(f"CREATE TABLE {table.physical} (_row BIGINT, {listed})")
                connection.execute(
                    "INSERT INTO dataset_table VALUES (?, ?, ?, ?, ?, ?)",
                    [identity, position, table.name, _text(table.definition), table.physical, _columns_text(table)],
                )
                tables.append(table)
        made = Dataset(identity, workspace, body["name"], retention, mode, now, tuple(relationships), tuple(tables))
        with self._lock:
            self._known[identity] = made
        return made

    def delete(self, dataset: Dataset) -> None:
        """Remove it with all its rows."""
        with self._store.transaction() as connection:
            for table in dataset.tables:
                connection.execute(f"DROP TABLE {table.physical}")
            connection.execute("DELETE FROM dataset WHERE id = ?", [dataset.id])
            for one in ("dataset_table", "batch", "sequence_number", "refresh"):
                connection.execute(f"DELETE FROM {one} WHERE dataset = ?", [dataset.id])
        with self._lock:
            del self._known[dataset.id]

    def alter(self, dataset: Dataset, table: PushTable, body: Body) -> None:
        """A table described anew: columns that are left out go with their values, new ones are blank, those of another
        type keep the values that can be read as it."""
        taken = {int(column.physical[1:]) for column in table.columns}
        free = iter(range(max(taken) + 1, max(taken) + 2 + len(body["columns"])))
        before = {column.name: column for column in table.columns}
        columns = []
        for described in body["columns"]:
            kind = _type(described)
            old = before.get(described["name"])
            columns.append(PushColumn(described["name"], kind, old.physical if old else f"c{next(free)}"))
        definition = {name: value for name, value in body.items() if name != "rows"}
        changed = PushTable(table.name, {**definition, "name": table.name}, table.physical, tuple(columns))
        with self._store.transaction() as connection:
            _restructure(connection, table, changed)
            connection.execute(
                "UPDATE dataset_table SET definition = ?, columns = ? WHERE dataset = ? AND name = ?",
                [_text(changed.definition), _columns_text(changed), dataset.id, table.name],
            )
        tables = tuple(changed if one.name == table.name else one for one in dataset.tables)
        with self._lock:
            self._known[dataset.id] = replace(dataset, tables=tables)

    def _load(self) -> list[Dataset]:
        tables: dict[str, list[PushTable]] = {}
        for identity, name, definition, physical, columns in self._store.rows(
            "SELECT dataset, name, definition, physical, columns FROM dataset_table ORDER BY dataset, position"
        ):
            listed = tuple(PushColumn(one, _named(kind), own) for one, kind, own in msgspec.json.decode(columns))
            tables.setdefault(identity, []).append(PushTable(name, msgspec.json.decode(definition), physical, listed))
        return [
            Dataset(
                identity, workspace, name, retention, mode, created, tuple(msgspec.json.decode(relationships)),
                tuple(tables.get(identity, [])),
            )
            for identity, workspace, name, retention, mode, created, relationships in self._store.rows(
                "SELECT id, workspace, name, retention, mode, created, relationships FROM dataset ORDER BY number"
            )
        ]  # fmt: skip


def find_table(dataset: Dataset, name: str, *, any_case: bool) -> PushTable:
    """The table of an address.

    Raises:
        PowerBIAnswerError: 404.
    """
    for table in dataset.tables:
        if table.name == name or (any_case and table.name.lower() == name.lower()):
            return table
    raise errors.unknown_table(name, dataset.name, dataset.id)


def _new_table(described: Body, physical: str) -> PushTable:
    columns = tuple(
        PushColumn(column["name"], _type(column), f"c{place}") for place, column in enumerate(described["columns"])
    )
    definition = {name: value for name, value in described.items() if name != "rows"}
    return PushTable(described["name"], definition, physical, columns)


def _restructure(connection: duckdb.DuckDBPyConnection, before: PushTable, after: PushTable) -> None:
    old, new = ({column.physical: column.type for column in table.columns} for table in (before, after))
    for physical, kind in new.items():
        if physical not in old:
            connection.execute(f"ALTER TABLE {after.physical} ADD COLUMN {physical} {kind.sql}")
        elif old[physical] is not kind:
            connection.execute(
                f"ALTER TABLE {after.physical} ALTER {physical} TYPE {kind.sql} "
                f"USING TRY_CAST({physical} AS {kind.sql})"
            )
    for physical in old:
        if physical not in new:
            connection.execute(f"ALTER TABLE {after.physical} DROP COLUMN {physical}")


def _type(described: Body) -> DataType:
    return _named(described["dataType"])


def _named(name: str) -> DataType:
    found = data_type(name)
    if found is None:
        raise ValueError(f"no data type {name!r}")
    return found


def _columns_text(table: PushTable) -> str:
    return _text([[column.name, column.type.name, column.physical] for column in table.columns])


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
