"""What the landing zone holds: key and fingerprint of every row, in a private DuckDB file of the mirrored database.

What is held is what Fabric has, or will have when it has read its files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qbo_pipeline.publishing.record_file import HeldRows


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
class FolderBefore:
    """What Fabric said of a table's folder before it was deleted; it goes on to say that until it sees the new one."""

    rows: int | None
    """Processed."""
    synced_at: str | None


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file that is on its way: nobody knows whether it is in place."""

    table: str
    number: int
    rows: int


class Record(HeldRows):
    """The record of one mirrored database; one process opens it at a time. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _TABLES)

    def table(self, name: str) -> TableRecord | None:
        """None where it is not known what the landing zone has of a table."""
        self._make(name)
        row = self.row(
            "SELECT table_name, columns, last_number, sent_rows FROM mirrored.table_state WHERE table_name = ?", [name]
        )
        return None if row is None else TableRecord(*row)

    def known(self) -> list[str]:
        """Names of the tables that were ever sent."""
        return self.names("SELECT table_name FROM mirrored.made ORDER BY 1")

    def companies(self, table: str) -> list[str]:
        """Realm ids whose rows a table holds."""
        return self.names(f"SELECT DISTINCT company FROM {self.held(table)} WHERE company IS NOT NULL ORDER BY 1")

    def doubt(self, table: str) -> None:
        """The landing zone may hold anything of the table: it has to be loaded whole."""
        with self.transaction():
            self._make(table)
            self.connection.execute("DELETE FROM mirrored.table_state WHERE table_name = ?", [table])
            self.connection.execute("DELETE FROM mirrored.pending WHERE table_name = ?", [table])

    def folder_before(self, table: str) -> FolderBefore | None:
        """None where Fabric knew of none, or has seen the new folder since."""
        row = self.row("SELECT rows, synced_at FROM mirrored.folder_before WHERE table_name = ?", [table])
        return None if row is None else FolderBefore(*row)

    def note_folder_before(self, table: str, before: FolderBefore | None) -> None:
        """The folder is about to be replaced, or Fabric has seen the new one: None."""
        with self.transaction():
            self.connection.execute("DELETE FROM mirrored.folder_before WHERE table_name = ?", [table])
            if before is not None:
                self.connection.execute(
                    "INSERT INTO mirrored.folder_before VALUES (?, ?, ?)", [table, before.rows, before.synced_at]
                )

    def forget(self, table: str) -> None:
        """The table has no folder any more."""
        with self.transaction():
            for name in ("table_state", "pending", "made"):
                self.connection.execute(f"DELETE FROM mirrored.{name} WHERE table_name = ?", [table])
            self.drop(table)

    def plan(self, table: str, columns: str, number: int, rows: int, *, whole: bool) -> None:
        """Write a file down before it is sent: it brings the temporary table `difference`.

        `difference` has `row_key`, `company` and `fingerprint`, the last NULL where the row is deleted. `whole`: the
        table consists of this file.
        """
        with self.transaction():
            self.bring(table, "difference")
            self.connection.execute(
                "INSERT OR REPLACE INTO mirrored.pending VALUES (?, ?, ?, ?, ?)", [table, number, rows, whole, columns]
            )

    def pending(self, table: str) -> PendingFile | None:
        """The file that is on its way, if one is."""
        row = self.row("SELECT table_name, number, rows FROM mirrored.pending WHERE table_name = ?", [table])
        return None if row is None else PendingFile(*row)

    def in_place(self, table: str) -> None:
        """The file that was on its way is in place."""
        with self.transaction():
            row = self.row("SELECT number, rows, whole, columns FROM mirrored.pending WHERE table_name = ?", [table])
            if row is None:
                return
            number, rows, whole, columns = row
            self.take_over(table, whole=whole)
            before = 0 if whole else self._sent_rows(table)
            self.connection.execute(
                "INSERT OR REPLACE INTO mirrored.table_state VALUES (?, ?, ?, ?)",
                [table, columns, number, before + rows],
            )
            self._forget_pending(table)

    def never(self, table: str) -> None:
        """The file that was on its way will never be in place."""
        with self.transaction():
            self._forget_pending(table)

    def _forget_pending(self, table: str) -> None:
        self.connection.execute("DELETE FROM mirrored.pending WHERE table_name = ?", [table])
        self.forget_coming(table)

    def _sent_rows(self, table: str) -> int:
        row = self.row("SELECT sent_rows FROM mirrored.table_state WHERE table_name = ?", [table])
        return 0 if row is None else int(row[0])

    def _make(self, table: str) -> None:
        self.hold(table)
        self.connection.execute("INSERT OR IGNORE INTO mirrored.made VALUES (?)", [table])


_TABLES = """
CREATE SCHEMA IF NOT EXISTS mirrored;
CREATE TABLE IF NOT EXISTS mirrored.made (table_name VARCHAR PRIMARY KEY);
CREATE TABLE IF NOT EXISTS mirrored.table_state (
    table_name VARCHAR PRIMARY KEY, columns VARCHAR NOT NULL, last_number BIGINT NOT NULL, sent_rows BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS mirrored.pending (
    table_name VARCHAR PRIMARY KEY, number BIGINT NOT NULL, rows BIGINT NOT NULL, whole BOOLEAN NOT NULL,
    columns VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS mirrored.folder_before (table_name VARCHAR PRIMARY KEY, rows BIGINT, synced_at VARCHAR);
"""
