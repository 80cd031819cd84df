"""What the landing zone holds: key and fingerprint of every row, in a private DuckDB file of the mirrored database.

A file that is to be sent is written down first, as what it does to the rows. When it is in place, that is done to what
is held; when it is certain that it never will be, it is forgotten. So what is held is what Fabric has, or will have
when it has read its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from qbo_pipeline.power_bi.rows import quoted


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A table whose rows are known."""

    name: str
    columns: str
    """As `files.columns_text` has them."""
    last_number: int
    """Of its files."""
    sent_rows: int
    """Rows of all its files since it was loaded whole, deletions counted, too: what Fabric counts as processed."""


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file that is on its way: nobody knows whether it is in place."""

    table: str
    number: int
    rows: int


class Record:
    """The record of one mirrored database; one process opens it at a time. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection = duckdb.connect(str(path))
        """For `changes`, which compares it with the warehouse."""
        self.connection.execute(_TABLES)

    def table(self, name: str) -> TableRecord | None:
        """None where it is not known what the landing zone has of a table."""
        self._make(name)
        row = self._row(
            "SELECT table_name, columns, last_number, sent_rows FROM mirrored.table_state WHERE table_name = ?", [name]
        )
        return None if row is None else TableRecord(*row)

    def known(self) -> list[str]:
        """Names of the tables that were ever sent."""
        found = self.connection.execute("SELECT table_name FROM mirrored.made ORDER BY 1")
        return [name for (name,) in found.fetchall()]

    def held(self, table: str) -> str:
        """The relation of a table's rows: `row_key`, `company`, `fingerprint`."""
        return f"held.{quoted(table)}"

    def rows(self, table: str) -> int:
        """How many rows the table has in Fabric once its files are read."""
        row = self._row(f"SELECT count(*) FROM {self.held(table)}")
        return 0 if row is None else int(row[0])

    def companies(self, table: str) -> list[str]:
        """Realm ids whose rows a table holds."""
        found = self.connection.execute(
            f"SELECT DISTINCT company FROM {self.held(table)} WHERE company IS NOT NULL ORDER BY 1"
        )
        return [company for (company,) in found.fetchall()]

    def doubt(self, table: str) -> None:
        """The landing zone may hold anything of the table: it has to be loaded whole."""
        with self._transaction():
            self._make(table)
            self.connection.execute("DELETE FROM mirrored.table_state WHERE table_name = ?", [table])
            self.connection.execute("DELETE FROM mirrored.pending WHERE table_name = ?", [table])

    def forget(self, table: str) -> None:
        """The table has no folder any more."""
        with self._transaction():
            for name in ("table_state", "pending", "made"):
                self.connection.execute(f"DELETE FROM mirrored.{name} WHERE table_name = ?", [table])
            self.connection.execute(f"DROP TABLE IF EXISTS {self.held(table)}")
            self.connection.execute(f"DROP TABLE IF EXISTS {self._coming(table)}")

    def plan(self, table: str, columns: str, number: int, rows: int, *, whole: bool) -> None:
        """Write a file down before it is sent: it brings the temporary table `difference`.

        `difference` has `row_key`, `company` and `fingerprint`, the last NULL where the row is deleted. `whole`: the
        table consists of this file.
        """
        coming = self._coming(table)
        with self._transaction():
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {coming} AS SELECT row_key, company, fingerprint FROM difference"
            )
            self.connection.execute(
                "INSERT OR REPLACE INTO mirrored.pending VALUES (?, ?, ?, ?, ?)", [table, number, rows, whole, columns]
            )

    def pending(self, table: str) -> PendingFile | None:
        """The file that is on its way, if one is."""
        row = self._row("SELECT table_name, number, rows FROM mirrored.pending WHERE table_name = ?", [table])
        return None if row is None else PendingFile(*row)

    def in_place(self, table: str) -> None:
        """The file that was on its way is in place."""
        held, coming = self.held(table), self._coming(table)
        with self._transaction():
            row = self._row("SELECT number, rows, whole, columns FROM mirrored.pending WHERE table_name = ?", [table])
            if row is None:
                return
            number, rows, whole, columns = row
            condition = "" if whole else f" WHERE row_key IN (SELECT row_key FROM {coming})"
            self.connection.execute(f"DELETE FROM {held}{condition}")
            self.connection.execute(
                f"INSERT INTO {held} SELECT row_key, company, fingerprint FROM {coming} WHERE fingerprint IS NOT NULL"
            )
            before = 0 if whole else self._sent_rows(table)
            self.connection.execute(
                "INSERT OR REPLACE INTO mirrored.table_state VALUES (?, ?, ?, ?)",
                [table, columns, number, before + rows],
            )
            self._forget_pending(table)

    def never(self, table: str) -> None:
        """The file that was on its way will never be in place."""
        with self._transaction():
            self._forget_pending(table)

    def _forget_pending(self, table: str) -> None:
        self.connection.execute("DELETE FROM mirrored.pending WHERE table_name = ?", [table])
        self.connection.execute(f"DROP TABLE IF EXISTS {self._coming(table)}")

    def _sent_rows(self, table: str) -> int:
        row = self._row("SELECT sent_rows FROM mirrored.table_state WHERE table_name = ?", [table])
        return 0 if row is None else int(row[0])

    def _coming(self, table: str) -> str:
        return f"coming.{quoted(table)}"

    def _make(self, table: str) -> None:
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.held(table)} (row_key VARCHAR, company VARCHAR, fingerprint UBIGINT)"
        )
        self.connection.execute("INSERT OR IGNORE INTO mirrored.made VALUES (?)", [table])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _row(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Any] | None:
        """The one row of a query, read to its end: a result that is not blocks the connection."""
        rows = self.connection.execute(sql, list(parameters)).fetchall()
        return rows[0] if rows else None

    def scalars(self, sql: str) -> Sequence[int]:
        """The numbers of a query of one row."""
        row = self._row(sql)
        return [] if row is None else [int(one) for one in row]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_TABLES = """
CREATE SCHEMA IF NOT EXISTS mirrored;
CREATE SCHEMA IF NOT EXISTS held;
CREATE SCHEMA IF NOT EXISTS coming;
CREATE TABLE IF NOT EXISTS mirrored.made (table_name VARCHAR PRIMARY KEY);
CREATE TABLE IF NOT EXISTS mirrored.table_state (
    table_name VARCHAR PRIMARY KEY, columns VARCHAR NOT NULL, last_number BIGINT NOT NULL, sent_rows BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS mirrored.pending (
    table_name VARCHAR PRIMARY KEY, number BIGINT NOT NULL, rows BIGINT NOT NULL, whole BOOLEAN NOT NULL,
    columns VARCHAR NOT NULL
);
"""
