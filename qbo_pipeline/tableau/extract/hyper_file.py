"""Parquet files to a Hyper file: hyperd reads them itself, and no row passes through Python."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model.definition import Relationship, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.columns import SCHEMA, create, create_keys, insert, relation
from qbo_pipeline.tableau.extract.hyperd import database
from qbo_pipeline.warehouse.schema import literal

if TYPE_CHECKING:
    from tableauhyperapi import HyperProcess


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


def write_hyper(
    process: HyperProcess, path: Path, tables: Sequence[FilledTable], relationships: Collection[Relationship] = ()
) -> None:
    """Make a Hyper file of Parquet files.

    Args:
        process: hyperd.
        path: of the file; what is there is overwritten.
        tables: in the order in which they are made.
        relationships: which become assumed foreign keys. Hyper takes them for true: every value of theirs must be the
            key of a row, or NULL.

    Raises:
        ExtractError: a table did not come out with as many rows as its file has.
    """
    with database(process, path, create=True) as connection:
        connection.execute_command(f"CREATE SCHEMA {quoted(SCHEMA)}")
        for one in tables:
            columns = (one.of.by_name[one.of.key],) if one.keys_only else one.of.columns
            connection.execute_command((create_keys if one.keys_only else create)(one.of, one.name))
            source = f"external({literal(str(one.parquet))}, FORMAT => 'parquet')"
            rows = connection.execute_command(insert(one.name, columns, source))
            if rows != one.rows:
                raise ExtractError(f"Table {one.name}: Hyper took {rows:,} rows of {one.rows:,}; nothing is published.")
        for link in relationships:
            connection.execute_command(
                f"ALTER TABLE {relation(link.from_table)} ADD ASSUMED FOREIGN KEY ({quoted(link.from_column)}) "
                f"REFERENCES {relation(link.to_table)} ({quoted(link.to_column)})"
            )
