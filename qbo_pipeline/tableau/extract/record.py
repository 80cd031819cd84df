"""What is published: key and fingerprint of every row, in a private DuckDB file, and the batch that is on its way.

A batch is written down before it is sent, with what it does to the rows of every table. When it is in place, that is
done to what is held; when it is certain that it never will be, it is forgotten. Where nobody knows what the data source
holds, the record is in doubt until a batch that consists of everything is in place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from qbo_pipeline.model.definition import SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.differences import Difference, differ
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.publishing.record_file import HeldRows
from qbo_pipeline.publishing.rows import LeftOut, checked, columns_text, kept, reading, tables_with_rows
from qbo_pipeline.publishing.versions import relation_versions
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.columns import rows_of


class BatchError(RuntimeError):
    """The record was asked for what cannot be: a batch over another one, or a part of what is not known."""


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How a table of the warehouse differs from what is published of it."""

    name: str
    rows_now: int
    """That fit."""
    left_out: int
    """Rows without a key, with a key that another one has, or with a value that does not fit."""
    shown: tuple[LeftOut, ...]
    """The first of them, with reasons."""
    difference: Difference

    @property
    def added(self) -> int:
        """Rows that are new."""
        return self.difference.added

    @property
    def changed(self) -> int:
        """Rows of a known key with other values."""
        return self.difference.changed

    @property
    def removed(self) -> int:
        """Rows that are gone."""
        return self.difference.removed

    @property
    def rows(self) -> int:
        """All of these."""
        return self.difference.rows


@dataclass(frozen=True, slots=True)
class Differences:
    """How the warehouse differs from what is published; from nothing at all where that is not known."""

    tables: tuple[TableDifference, ...]
    """In the order of the model."""
    model: str
    """As `model_digest` has it."""
    comparable: bool
    """Whether it is known what is published, and it has the same tables and columns: a part can bring it up to date."""

    @property
    def rows(self) -> int:
        """Rows to send, deletions counted."""
        return sum(table.rows for table in self.tables)

    @property
    def nothing(self) -> bool:
        """Whether what is published is what the warehouse has."""
        return self.comparable and self.rows == 0


def model_digest(model: SemanticModel) -> str:
    """Changes when tables, columns, types or keys do, and with the version of DuckDB, whose fingerprints these are."""
    tables = [[table.name, columns_text(table)] for table in tables_with_rows(model)]
    return hashlib.sha256(msgspec.json.encode([_FINGERPRINTS, duckdb.__version__, tables])).hexdigest()


class PublishedRecord(HeldRows):
    """The record of one data source; one process opens it at a time. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _TABLES)
        self._compared: Differences | None = None

    @property
    def known(self) -> bool:
        """Whether it is known what the data source holds."""
        return self._state("known") is True

    @property
    def model(self) -> str | None:
        """The digest of the tables and columns that are published; None where that is not known."""
        return self._text("model") if self.known else None

    @property
    def luid(self) -> str | None:
        """The data source's, as it was noted."""
        return self._text("luid")

    @property
    def updated_at(self) -> str | None:
        """When Tableau says that it was changed last, as it was noted."""
        return self._text("updated_at")

    @property
    def pending(self) -> str | None:
        """The batch that is on its way: nobody knows whether it is in place."""
        found = self.row("SELECT batch FROM published.pending")
        return None if found is None else str(found[0])

    @property
    def pending_whole(self) -> bool:
        """Whether the batch that is on its way consists of everything."""
        found = self.row("SELECT whole FROM published.pending")
        return found is not None and bool(found[0])

    def compare(self, model: SemanticModel) -> Differences:
        """Compare the attached warehouse with what is published; `plan` and `write_payload` go by the last comparison.

        Raises:
            ExtractError: the warehouse is of an older version.
        """
        digest = model_digest(model)
        comparable = self.model == digest
        shown = self.shown() if comparable else {}
        versions = {relation: f"{digest} {at}" for relation, at in relation_versions(self.connection).items()}
        tables = []
        for table in tables_with_rows(model):
            version = versions.get(table.relation)
            if version is not None and shown.get(table.name) == version:
                found = self._as_it_was(table, self.rows(table.name))
            else:
                found = self._compare(table, comparable=comparable)
                if comparable and version is not None and not found.rows and not found.left_out:
                    self.note_shown(table.name, version)
            tables.append(found)
        self._compared = Differences(tuple(tables), digest, comparable)
        return self._compared

    @staticmethod
    def _as_it_was(table: Table, rows: int) -> TableDifference:
        return TableDifference(table.name, rows, 0, (), Difference(0, 0, 0))

    def _compare(self, table: Table, *, comparable: bool) -> TableDifference:
        """Only rows that are not as they are held are looked into."""
        rows, held = rows_of(table), self.held(table.name)
        self.hold(table.name)
        before = self.rows(table.name) if comparable else 0
        known = held if comparable else f"(SELECT * FROM {held} WHERE false)"
        try:
            with reading(table):
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE suspect AS {rows.suspects(known)}")
            if self.row("SELECT 1 FROM suspect LIMIT 1") is None:
                return self._as_it_was(table, before)
            # Where everything is published instead, nobody asks for the values of single rows.
            found = checked(self.connection, rows, among="suspect", values=comparable)
        except WarehouseBehindError as error:
            raise ExtractError(str(error)) from error
        if comparable:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {looked_into(table.name)} AS {kept(found)}")
        suspected = f"(SELECT * FROM {known} SEMI JOIN suspect USING (row_key))"
        difference = differ(self.connection, suspected, "wanted", differing_rows(table.name))
        now = before + difference.added - difference.removed
        return TableDifference(table.name, now, found.left_out, found.shown, difference)

    def plan(self, batch: str, *, whole: bool) -> None:
        """Write a batch down before it is sent.

        Args:
            batch: its name.
            whole: whether the data source consists of it: the rows that were compared last. Else it brings what the
                comparison found.

        Raises:
            BatchError: another batch is on its way, nothing was compared, or a part is to follow what is not known.
        """
        compared = self._compared
        if compared is None:
            raise BatchError(f"Batch {batch}: nothing was compared that it could bring.")
        if (pending := self.pending) is not None:
            raise BatchError(f"Batch {batch}: {pending} is on its way; find out first what became of it.")
        if not whole and not (compared.comparable and self.known):
            raise BatchError(f"Batch {batch}: what is published is not known, and only a whole extract can follow it.")
        with self.transaction():
            for table in compared.tables:
                if whole:
                    self.bring(table.name, self._wanted(table, comparable=compared.comparable))
                elif table.rows:
                    self.bring(table.name, differing_rows(table.name))
            self.connection.execute(
                "INSERT INTO published.pending VALUES (?, ?, ?)", [batch, whole, compared.model]
            )  # fmt: skip

    def _wanted(self, table: TableDifference, *, comparable: bool) -> str:
        """The rows that a table is to have: those that are held, but for what differs."""
        held, differing = self.held(table.name), differing_rows(table.name)
        if not table.rows:
            return held if comparable else f"(SELECT * FROM {held} WHERE false)"
        columns = "row_key, company, fingerprint"
        new = f"SELECT {columns} FROM {differing} WHERE fingerprint IS NOT NULL"
        same = f"SELECT {columns} FROM {held} ANTI JOIN {differing} USING (row_key)"
        return f"({same} UNION ALL {new})" if comparable else f"({new})"

    def in_place(self, batch: str) -> None:
        """The batch is in place; nothing happens if it is not on its way any more."""
        with self.transaction():
            found = self.row("SELECT whole, model FROM published.pending WHERE batch = ?", [batch])
            if found is None:
                return
            whole, model = found
            coming = self.tables_of("coming")
            for table in coming:
                self.hold(table)
                self.take_over(table, whole=whole)
            if whole:
                for table in self.tables_of("held"):
                    if table not in coming:
                        self.drop(table)
                self._set(known=True, model=model)
            self._forget_pending()

    def never(self, batch: str) -> None:
        """The batch will never be in place; nothing happens if it is not on its way any more."""
        with self.transaction():
            if self.row("SELECT 1 FROM published.pending WHERE batch = ?", [batch]) is not None:
                self._forget_pending()

    def doubt(self) -> None:
        """The data source may hold anything: everything has to be published."""
        with self.transaction():
            self._set(known=False)
            self._forget_pending()

    def note(self, luid: str, updated_at: str | None) -> None:
        """Note which data source it is, and when Tableau says that our change of it was."""
        with self.transaction():
            self._set(luid=luid, updated_at=updated_at)

    def _state(self, column: str) -> Any:
        found = self.row(f"SELECT {column} FROM published.state")
        return None if found is None else found[0]

    def _text(self, column: str) -> str | None:
        found = self._state(column)
        return None if found is None else str(found)

    def _set(self, **values: object) -> None:
        changes = ", ".join(f"{column} = ?" for column in values)
        self.connection.execute(f"UPDATE published.state SET {changes}", list(values.values()))

    def _forget_pending(self) -> None:
        self.connection.execute("DELETE FROM published.pending")
        for table in self.tables_of("coming"):
            self.forget_coming(table)


def looked_into(table: str) -> str:
    """The temporary table of the rows of a table that were suspected to differ and fit, with the model's columns."""
    return quoted(f"looked into {table}")


def differing_rows(table: str) -> str:
    """The temporary table of the rows that differ from what is published; see `differences.differ`."""
    return quoted(f"difference {table}")


_FINGERPRINTS = "of the warehouse's rows"
"""What is hashed: where that changes, rows that are held cannot be compared."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS published;
CREATE TABLE IF NOT EXISTS published.state (
    one INTEGER PRIMARY KEY, known BOOLEAN NOT NULL, model VARCHAR, luid VARCHAR, updated_at VARCHAR
);
INSERT OR IGNORE INTO published.state VALUES (1, false, NULL, NULL, NULL);
CREATE TABLE IF NOT EXISTS published.pending (
    batch VARCHAR PRIMARY KEY, whole BOOLEAN NOT NULL, model VARCHAR NOT NULL
);
"""
