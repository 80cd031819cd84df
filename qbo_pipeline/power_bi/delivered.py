"""What a dataset holds now: its rows with their batches, in a private DuckDB file of its own.

A batch changes it once, when it is known to have arrived. Where it is not known what a table of the dataset holds (a
lost answer that nobody can ask about, rows that somebody else wrote, this file lost), the table is in doubt: its rows
here are those it ought to hold, and the next thing to do is to replace the table by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from qbo_pipeline.model.rows import quoted
from qbo_pipeline.power_bi.payloads import BatchSums, Payload
from qbo_pipeline.publishing.record_file import RecordFile
from qbo_pipeline.state.deliveries import Entry, Kind

COMPACT_ABOVE = Decimal("0.2")
"""Share of reversals among the rows of a table above which it is replaced."""


@dataclass(frozen=True, slots=True)
class TableState:
    """A table of the dataset, as far as is known."""

    name: str
    rows: int
    """Rows in the dataset, reversals and what they reverse included."""
    reversals: int
    known: bool
    """False where the dataset may hold something else, and the rows kept here are what it ought to hold."""


class Delivered(RecordFile):
    """The record of one dataset; one process opens it at a time. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _TABLES)

    def begin_empty(self, tables: Sequence[str]) -> None:
        """The dataset was created just now: its tables hold nothing."""
        with self.transaction():
            for table in tables:
                self._make(table)
                self._set(table, rows=0, reversals=0, known=True)

    def state(self, table: str) -> TableState:
        """A table that was never heard of is in doubt."""
        row = self.row("SELECT rows, reversals, known FROM delivered.table_state WHERE table_name = ?", [table])
        if row is None:
            self._make(table)
            return TableState(table, 0, 0, False)
        return TableState(table, *row)

    def heard_of(self, table: str) -> bool:
        """Whether there is a record of a table, be it in doubt."""
        return self.row("SELECT 1 FROM delivered.table_state WHERE table_name = ?", [table]) is not None

    def shown_where_known(self) -> dict[str, str]:
        """Table → what it was compared with when nothing differed; of those that are in no doubt."""
        query = """
            SELECT table_name, version FROM shown_version
            SEMI JOIN (FROM delivered.table_state WHERE known) AS state USING (table_name)
        """
        return dict(self.connection.execute(query).fetchall())

    def rows_of(self, table: str) -> str:
        """The relation of a table's rows: `row_key`, `company`, `digest`, `body`."""
        return f"held.{quoted(table)}"

    def fingerprints_of(self, table: str) -> str:
        """The relation of what is known of a table's rows: `row_key`, `company`, `fingerprint`, `digest`."""
        return f"known.{quoted(table)}"

    def learn(self, table: str) -> None:
        """Keep which digest the rows of the temporary table `fresh`, one a key, were given in `wanted`.

        Of rows in `suspect` that are not among them nothing is kept.
        """
        known = self.fingerprints_of(table)
        with self.transaction():
            self.connection.execute(
                f"DELETE FROM {known} "
                "WHERE row_key IN (SELECT row_key FROM suspect UNION ALL SELECT row_key FROM fresh)"
            )
            self.connection.execute(
                f"INSERT INTO {known} SELECT row_key, fresh.company, fingerprint, digest FROM fresh "
                "JOIN wanted USING (row_key) WHERE reason IS NULL"
            )

    def companies(self) -> list[str]:
        """Realm ids whose rows the dataset holds, in any table."""
        query = (
            "SELECT table_name FROM duckdb_tables() WHERE (database_name, schema_name) = (current_database(), 'held')"
        )
        tables = [name for (name,) in self.connection.execute(query).fetchall()]
        if not tables:
            return []
        each = " UNION ".join(f"SELECT company FROM {self.rows_of(name)}" for name in tables)
        found = self.connection.execute(f"SELECT company FROM ({each}) WHERE company IS NOT NULL ORDER BY 1")
        return [company for (company,) in found.fetchall()]

    def most_rows(self) -> int:
        """Rows of the largest table: from 250,000 on, Power BI takes fewer requests."""
        row = self.connection.execute("SELECT coalesce(max(rows), 0) FROM delivered.table_state").fetchone()
        return 0 if row is None else int(row[0])

    def sums(self, table: str) -> dict[str, BatchSums]:
        """What the dataset is to hold of each batch of a table."""
        found = self.connection.execute(
            "SELECT batch, rows, signs, control, control_of FROM delivered.batch WHERE table_name = ? AND rows > 0",
            [table],
        ).fetchall()
        return {batch: BatchSums(*sums) for batch, *sums in found}

    def arrived(self, entry: Entry, payload: Payload | None) -> None:
        """A batch is in the dataset; nothing happens when that is on record."""
        with self.transaction():
            self._apply(entry, payload)

    def doubt(self, table: str, meant: Sequence[tuple[Entry, Payload | None]] = ()) -> None:
        """Nobody knows what the table holds. `meant` are batches whose rows it ought to hold besides."""
        with self.transaction():
            state = self.state(table)
            for entry, payload in meant:
                self._apply(entry, payload)
            state = self.state(table)
            self._set(table, rows=state.rows, reversals=state.reversals, known=False)

    def _apply(self, entry: Entry, payload: Payload | None) -> None:
        if self.connection.execute("SELECT 1 FROM delivered.batch WHERE batch = ?", [entry.batch]).fetchone():
            return
        table, rows = entry.table, self.rows_of(entry.table)
        before = self.state(table)
        sums = BatchSums(0, 0, Decimal(0), None)
        if entry.kind is Kind.CLEAR:
            self.connection.execute(f"DELETE FROM {rows}")
            self.connection.execute("DELETE FROM delivered.batch WHERE table_name = ?", [table])
            self._set(table, rows=0, reversals=0, known=True)
        elif payload is not None:
            sums = payload.sums()
            arrived = pa.table(
                {"row_key": payload.keys, "company": payload.companies, "sign": payload.signs, "body": payload.bodies},
                schema=_ARROW,
            )
            self.connection.register("arrived_rows", arrived)
            reversals = sum(sign < 0 for sign in payload.signs)
            if reversals:
                self.connection.execute(
                    f"DELETE FROM {rows} WHERE row_key IN (SELECT row_key FROM arrived_rows WHERE sign < 0)"
                )
            self.connection.execute(
                f"INSERT INTO {rows} SELECT row_key, company, md5_number(body), body FROM arrived_rows WHERE sign > 0"
            )
            self.connection.unregister("arrived_rows")
            self._set(table, rows=before.rows + sums.rows, reversals=before.reversals + reversals, known=before.known)
        self.connection.execute(
            "INSERT INTO delivered.batch VALUES (?, ?, ?, ?, ?, ?)",
            [entry.batch, table, sums.rows, sums.signs, sums.control, sums.control_of],
        )

    def _make(self, table: str) -> None:
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.rows_of(table)} "
            "(row_key VARCHAR, company VARCHAR, digest UHUGEINT, body VARCHAR)"
        )
        self.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.fingerprints_of(table)} "
            "(row_key VARCHAR, company VARCHAR, fingerprint UBIGINT, digest UHUGEINT)"
        )

    def _set(self, table: str, *, rows: int, reversals: int, known: bool) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO delivered.table_state VALUES (?, ?, ?, ?)", [table, rows, reversals, known]
        )

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The one value of a query."""
        row = self.connection.execute(sql, list(parameters)).fetchone()
        return None if row is None else row[0]


_TABLES = """
CREATE SCHEMA IF NOT EXISTS delivered;
CREATE SCHEMA IF NOT EXISTS held;
CREATE SCHEMA IF NOT EXISTS known;
CREATE TABLE IF NOT EXISTS delivered.table_state (
    table_name VARCHAR PRIMARY KEY, rows BIGINT NOT NULL, reversals BIGINT NOT NULL, known BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS delivered.batch (
    batch VARCHAR PRIMARY KEY, table_name VARCHAR NOT NULL, rows BIGINT NOT NULL, signs BIGINT NOT NULL,
    control DECIMAL(38, 4) NOT NULL, control_of VARCHAR
);
"""
_ARROW = pa.schema([("row_key", pa.string()), ("company", pa.string()), ("sign", pa.int8()), ("body", pa.string())])
