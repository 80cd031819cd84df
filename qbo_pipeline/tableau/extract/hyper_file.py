"""Parquet files to a Hyper file: hyperd reads them itself, and no row passes through Python."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model.definition import Column, Relationship, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.columns import SCHEMA, create, insert
from qbo_pipeline.tableau.extract.hyperd import database
from qbo_pipeline.warehouse.schema import literal

if TYPE_CHECKING:
    from tableauhyperapi import Connection, HyperProcess


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A table of a Hyper file, and where its rows are."""

    name: str
    of: Table
    """The table of the model whose columns and key it has."""
    parquet: Path
    rows: int
    keys_only: bool = False
    """Whether it has the column of the key and no other."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return (self.of.by_name[self.of.key],) if self.keys_only else self.of.columns


def write_hyper(
    process: HyperProcess, path: Path, tables: Sequence[FilledTable], relationships: Collection[Relationship] = ()
) -> None:
    """Make a Hyper file of Parquet files.

    Args:
        process: hyperd.
        path: of the file; what is there is overwritten.
        tables: in the order in which they are made: one that a relationship leads to before those that it comes from.
        relationships: which become assumed foreign keys. Hyper takes them for true: every value of theirs must be the
            key of a row, or NULL.

    Raises:
        ExtractError: a table did not come out with as many rows as its file has.
    """
    with database(process, path, create=True) as connection:
        with _transaction(connection):
            connection.execute_command(f"CREATE SCHEMA {quoted(SCHEMA)}")
            for one in tables:
                links = [link for link in relationships if link.from_table == one.name]
                connection.execute_command(create(one.of, one.name, one.columns, links))
        # Hyper takes no rows in the transaction in which a table is made.
        with _transaction(connection):
            for one in tables:
                source = f"external({literal(str(one.parquet))}, FORMAT => 'parquet')"
                rows = connection.execute_command(insert(one.name, one.columns, source))
                if rows != one.rows:
                    raise ExtractError(f"Table {one.name}: Hyper took {rows} rows of {one.rows}; nothing is published.")


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """All of the block at once, which costs less than each of its statements alone."""
    connection.execute_command("BEGIN")
    yield
    connection.execute_command("COMMIT")
