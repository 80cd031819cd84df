"""Whether a Hyper file has what DuckDB has: rows and sums of money per company, to the last decimal."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbo_pipeline.model.definition import DataType, SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.rows import tables_with_rows
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.columns import SCHEMA, relation
from qbo_pipeline.tableau.extract.hyperd import database, hyperd

if TYPE_CHECKING:
    from tableauhyperapi import Connection, HyperProcess


@dataclass(frozen=True, slots=True)
class TableFigures:
    """What a table adds up to. Companies are realm ids; None in a table about all companies."""

    counts: Mapping[str | None, int]
    """Company → rows."""
    sums: Mapping[tuple[str | None, str], Decimal]
    """Company and column of money → sum; 0 where no row has a value."""

    @property
    def rows(self) -> int:
        """Of all companies."""
        return sum(self.counts.values())

    @property
    def compared(self) -> int:
        """How many counts and sums there are to compare."""
        return len(self.counts) + len(self.sums)


def figures_query(table: Table, source: str) -> str:
    """SQL, for DuckDB as for Hyper: company, rows and the sums of money of a relation with the model's columns."""
    company = "NULL" if table.company is None else quoted(table.company)
    sums = "".join(f", coalesce(sum({quoted(name)}), 0)" for name in money_columns(table))
    return f"SELECT {company}, count(*){sums} FROM {source} {'' if table.company is None else f'GROUP BY {company}'}"


def figures(table: Table, rows: list[Any]) -> TableFigures:
    """Of the rows that such a query gave."""
    names = money_columns(table)
    return TableFigures(
        {company: int(count) for company, count, *_ in rows if count},
        {
            (company, name): Decimal(str(amount))
            for company, count, *amounts in rows
            for name, amount in zip(names, amounts, strict=True)
            if count
        },
    )


def money_columns(table: Table) -> tuple[str, ...]:
    """Names of the columns that are summed."""
    return tuple(column.name for column in table.columns if column.type is DataType.MONEY)


def sums_of(path: Path, model: SemanticModel) -> Mapping[str, TableFigures]:
    """Table → what a file holds of it: a .hyper, or a .tdsx or .twbx as Tableau gives it away.

    A table of the model that the file does not have is missing from the answer.

    Raises:
        ExtractError: there is no extract in the file, or Hyper cannot read it.
    """
    with hyper_in(path) as hyper, hyperd() as process:
        return read_figures(process, hyper, model)


def read_figures(process: HyperProcess, path: Path, model: SemanticModel) -> Mapping[str, TableFigures]:
    """The same of a .hyper, by a hyperd that runs."""
    with database(process, path) as connection:
        there = {str(one.name.unescaped) for one in _tables(connection)}
        return {
            table.name: figures_in(connection, table, table.name)
            for table in tables_with_rows(model)
            if table.name in there
        }


def figures_in(connection: Connection, table: Table, name: str) -> TableFigures:
    """Of a table of the model as it is in an open Hyper file under a name."""
    return figures(table, connection.execute_list_query(figures_query(table, relation(name))))


def unequal(meant: Mapping[str, TableFigures], found: Mapping[str, TableFigures]) -> tuple[str, ...]:
    """What a file has otherwise than the warehouse, in words; nothing if all is equal. Both by table."""
    return tuple(told for table, figures in meant.items() for told in _unequal(table, figures, found.get(table)))


def _unequal(table: str, meant: TableFigures, found: TableFigures | None) -> Iterator[str]:
    if found is None:
        yield f"{table}: not in the extract"
        return
    for company in sorted({*meant.counts, *found.counts}, key=str):
        here, there = meant.counts.get(company, 0), found.counts.get(company, 0)
        if here != there:
            yield f"{_place(table, company)}: {here:,} rows in the warehouse, {there:,} in the extract"
    for company, column in sorted({*meant.sums, *found.sums}, key=str):
        amount, other = (side.sums.get((company, column), Decimal(0)) for side in (meant, found))
        if amount != other:
            yield f"{_place(table, company)}, {column}: {amount:,} in the warehouse, {other:,} in the extract"


def _place(table: str, company: str | None) -> str:
    return table if company is None else f"{table} of {company}"


def _tables(connection: Connection) -> list[Any]:
    if not any(str(one.name.unescaped) == SCHEMA for one in connection.catalog.get_schema_names()):
        return []
    return list(connection.catalog.get_table_names(SCHEMA))


@contextmanager
def hyper_in(path: Path) -> Iterator[Path]:
    """The .hyper file that a file is or has inside, to be read while the block runs.

    Raises:
        ExtractError: there is none.
    """
    if not zipfile.is_zipfile(path):
        yield path
        return
    with zipfile.ZipFile(path) as archive, scratch_folder() as folder:
        inside = [name for name in archive.namelist() if name.endswith(".hyper")]
        if len(inside) != 1:
            raise ExtractError(f"{path.name} has {len(inside)} extracts inside; one is expected.")
        # Its own name may be one that no file system here takes.
        unpacked = folder / "extract.hyper"
        with archive.open(inside[0]) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        yield unpacked
