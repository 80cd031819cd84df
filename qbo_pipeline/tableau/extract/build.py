"""The extract: every table of the model, from one state of the warehouse, in one Hyper file that is proven equal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from qbo_pipeline.model.definition import Kind, Relationship, SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.publishing.parquet import write_parquet
from qbo_pipeline.publishing.replacing import beside, put_in_place
from qbo_pipeline.publishing.rows import LeftOut, checked, kept, tables_with_rows
from qbo_pipeline.publishing.snapshot import WarehouseSnapshot
from qbo_pipeline.tableau.errors import ExtractError, UnequalExtractError
from qbo_pipeline.tableau.extract.columns import rows_of
from qbo_pipeline.tableau.extract.compare import TableFigures, figures, figures_query, read_figures, unequal
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, new_hyper
from qbo_pipeline.tableau.extract.hyperd import hyperd
from qbo_pipeline.warehouse.schema import literal

if TYPE_CHECKING:
    from tableauhyperapi import HyperProcess


@dataclass(frozen=True, slots=True)
class ExtractTable:
    """A table of the extract, as DuckDB has it."""

    name: str
    left_out: int
    """Rows without a key, with a key that another one has, or with a value that does not fit."""
    shown: tuple[LeftOut, ...]
    """The first of them, with reasons."""
    figures: TableFigures

    @property
    def rows(self) -> int:
        """Of all companies."""
        return self.figures.rows

    @property
    def sums(self) -> Mapping[tuple[str | None, str], Decimal]:
        """Company and column of money → sum."""
        return self.figures.sums


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract that was built and is equal to the warehouse."""

    model: SemanticModel
    path: Path
    """The .hyper file."""
    tables: tuple[ExtractTable, ...]
    bytes: int
    """Size of the .hyper file."""
    seconds: float
    state: str
    """Of the warehouse, as `warehouse_state` names it."""

    @property
    def figures(self) -> Mapping[str, TableFigures]:
        """Table → what it adds up to."""
        return {table.name: table.figures for table in self.tables}

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def left_out(self) -> int:
        """Of all tables."""
        return sum(table.left_out for table in self.tables)


def build_extract(warehouse: WarehouseSnapshot, model: SemanticModel, target: Path, work: Path) -> Extract:
    """Build the extract of all companies and compare it with the warehouse before it takes its place.

    Args:
        warehouse: one state of it.
        model: whose tables are in the extract.
        target: the .hyper file; written beside its place, and put there in one step.
        work: a folder for the Parquet files, which stay there.

    Raises:
        UnequalExtractError: rows or sums of money differ between DuckDB and the extract; `target` is as it was.
        ExtractError: the warehouse is of an older version, or Hyper fails; `target` is as it was.
        NotInstalledError: the library for Hyper is not there.
    """
    began = time.monotonic()
    work.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with beside(target) as making, hyperd() as process:
        made = _make(warehouse.connection, model, process, making, work)
        tables = tuple(one for one, _ in made)
        extract = Extract(model, target, tables, making.stat().st_size, 0.0, warehouse.state)
        if differences := unequal(extract.figures, read_figures(process, making, model)):
            raise UnequalExtractError(differences)
        put_in_place(making, target)
    return replace(extract, seconds=time.monotonic() - began)


def _make(
    connection: duckdb.DuckDBPyConnection, model: SemanticModel, process: HyperProcess, path: Path, work: Path
) -> list[tuple[ExtractTable, FilledTable]]:
    """Write the tables as Parquet, and into a Hyper file; while Hyper reads one of them, DuckDB writes the next."""
    made: list[tuple[ExtractTable, FilledTable]] = []
    reading: list[Future[None]] = []
    try:
        with new_hyper(process, path) as hyper, ThreadPoolExecutor(1) as aside:
            for table in _in_order(model):
                made.append(_write(connection, table, work))
                links = _links(connection, model, [filled for _, filled in made])
                reading.append(aside.submit(hyper.add, made[-1][1], links))
            for one in reading:
                one.result()
    except WarehouseBehindError as error:
        raise ExtractError(str(error)) from error
    return made


def _write(connection: duckdb.DuckDBPyConnection, table: Table, work: Path) -> tuple[ExtractTable, FilledTable]:
    """Write the rows that fit as Parquet, and add them up where they come from."""
    found = checked(connection, rows_of(table), values=True)
    sql = kept(found)
    written = write_parquet(connection, table, f"SELECT * FROM ({sql}) ORDER BY {quoted(table.key)}", work)
    sums = connection.execute(figures_query(table, f"({sql})")).fetchall()
    return (
        ExtractTable(table.name, found.left_out, found.shown, figures(table, sums)),
        FilledTable(table.name, table, written.path, found.rows),
    )


def _in_order(model: SemanticModel) -> list[Table]:
    """Facts last: their relationships lead to dimensions."""
    return sorted(tables_with_rows(model), key=lambda table: table.kind is Kind.FACT)


def _links(
    connection: duckdb.DuckDBPyConnection, model: SemanticModel, filled: Sequence[FilledTable]
) -> list[Relationship]:
    """The relationships of the last table that all of its rows keep, to tables that are made already.

    Hyper may take a foreign key for granted, and not read the other table.
    """
    files = {one.name: literal(str(one.parquet)) for one in filled}
    return [
        link
        for link in model.relationships
        if link.from_table == filled[-1].name != link.to_table and link.to_table in files
        if not connection.execute(
            f"SELECT 1 FROM read_parquet({files[link.from_table]}) AS many "
            f"ANTI JOIN read_parquet({files[link.to_table]}) AS one "
            f"ON many.{quoted(link.from_column)} = one.{quoted(link.to_column)} "
            f"WHERE many.{quoted(link.from_column)} IS NOT NULL LIMIT 1"
        ).fetchall()
    ]
