"""A private DuckDB file in which a destination keeps what it knows to be published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from qbo_pipeline.model.rows import quoted
from qbo_pipeline.warehouse.transaction import transaction


class RecordFile:
    """The file; one process opens it at a time. Use it as a context manager."""

    def __init__(self, path: Path, tables: str) -> None:
        """`tables`: statements that make what is not there yet."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.connection = duckdb.connect(str(path))
        """For what compares the record with the warehouse."""
        self.connection.execute(f"{_SHOWN}; {tables}")

    def shown(self) -> dict[str, str]:
        """Table → the version of its rows it was compared with when nothing differed."""
        return dict(self.connection.execute("FROM shown_version").fetchall())

    def note_shown(self, table: str, version: str) -> None:
        """Nothing differs from this version of a table's rows."""
        self.connection.execute("INSERT OR REPLACE INTO shown_version VALUES (?, ?)", [table, version])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        with transaction(self.connection):
            yield

    def row(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Any] | None:
        """The one row of a query, read to its end: a result that is not blocks the connection."""
        rows = self.connection.execute(sql, list(parameters)).fetchall()
        return rows[0] if rows else None

    def names(self, sql: str, parameters: Sequence[object] = ()) -> list[str]:
        """The texts of a query of one column."""
        return [name for (name,) in self.connection.execute(sql, list(parameters)).fetchall()]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HeldRows(RecordFile):
    """The rows that a destination holds, by key and fingerprint, and those on their way to it.

    What is on its way is written down before it is sent. When it is in place, it is taken over; when it is certain that
    it never will be, it is forgotten. So what is held is what the destination has.
    """

    def __init__(self, path: Path, tables: str) -> None:
        super().__init__(path, f"CREATE SCHEMA IF NOT EXISTS held; CREATE SCHEMA IF NOT EXISTS coming; {tables}")

    def held(self, table: str) -> str:
        """The relation of the rows of a table: `row_key`, `company`, `fingerprint`."""
        return f"held.{quoted(table)}"

    def coming(self, table: str) -> str:
        """The relation of the rows on their way, the same with a fingerprint of NULL where a row is deleted."""
        return f"coming.{quoted(table)}"

    def tables_of(self, schema: str) -> list[str]:
        """Names of the tables in `held` or `coming`."""
        return self.names(
            "SELECT table_name FROM duckdb_tables() "
            "WHERE (database_name, schema_name) = (current_database(), ?) ORDER BY 1", [schema],
        )  # fmt: skip

    def rows(self, table: str) -> int:
        """How many rows of a table are held."""
        found = self.row(f"SELECT count(*) FROM {self.held(table)}")
        return 0 if found is None else int(found[0])

    def hold(self, table: str) -> None:
        """Make a table, which holds nothing, if it is not there."""
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.held(table)} (row_key VARCHAR, company VARCHAR, fingerprint UBIGINT)"
        )

    def bring(self, table: str, relation: str) -> None:
        """Write down the rows of a relation as on their way."""
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {self.coming(table)} AS SELECT row_key, company, fingerprint FROM {relation}"
        )

    def take_over(self, table: str, *, whole: bool) -> None:
        """What was on its way is held. `whole`: the table consists of it."""
        held, coming = self.held(table), self.coming(table)
        condition = "" if whole else f" WHERE row_key IN (SELECT row_key FROM {coming})"
        self.connection.execute(f"DELETE FROM {held}{condition}")
        self.connection.execute(
            f"INSERT INTO {held} SELECT row_key, company, fingerprint FROM {coming} WHERE fingerprint IS NOT NULL"
        )

    def forget_coming(self, table: str) -> None:
        """Nothing of a table is on its way any more."""
        self.connection.execute(f"DROP TABLE IF EXISTS {self.coming(table)}")

    def drop(self, table: str) -> None:
        """The destination has no such table any more."""
        self.connection.execute(f"DROP TABLE IF EXISTS {self.held(table)}")
        self.forget_coming(table)


_SHOWN = "CREATE TABLE IF NOT EXISTS shown_version (table_name VARCHAR PRIMARY KEY, version VARCHAR NOT NULL)"
"""Where it is known what the destination holds, a table of this version need not be compared."""
