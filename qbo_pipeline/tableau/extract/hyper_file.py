"""Parquet files to a Hyper file: hyperd reads them itself, and no row passes through Python."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model.definition import Column, Relationship, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.columns import SCHEMA, create, insert
from qbo_pipeline.tableau.extract.compare import TableFigures, figures_in
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


class HyperFile:
    """A Hyper file that is being made; see `new_hyper`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute_command(f"CREATE SCHEMA {quoted(SCHEMA)}")

    def add(self, filled: FilledTable, relationships: Collection[Relationship] = ()) -> None:
        """Make a table and fill it.

        Args:
            filled: the table, and where its rows are.
            relationships: that come from it and become assumed foreign keys: the tables that they lead to are there.
                Hyper takes them for true: every value of theirs must be the key of a row, or NULL.

        Raises:
            ExtractError: it does not come out with as many rows as its file has.
        """
        self._connection.execute_command(create(filled.of, filled.name, filled.columns, relationships))
        source = f"external({literal(str(filled.parquet))}, FORMAT => 'parquet')"
        rows = self._connection.execute_command(insert(filled.name, filled.columns, source))
        if rows != filled.rows:
            raise ExtractError(f"Table {filled.name}: Hyper took {rows} rows of {filled.rows}; nothing is published.")

    def figures(self, filled: FilledTable) -> TableFigures:
        """What a table adds up to that was filled."""
        return figures_in(self._connection, filled.of, filled.name)


@contextmanager
def new_hyper(process: HyperProcess, path: Path) -> Iterator[HyperFile]:
    """A Hyper file, which is whole when the block ends; what is at `path` is overwritten."""
    with database(process, path, create=True) as connection:
        yield HyperFile(connection)
