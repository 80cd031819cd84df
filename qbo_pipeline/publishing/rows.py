"""Rows of a table as a destination takes them: values cast to its types, rows that do not fit left out, one row a key.

A row whose key is missing, or whose value does not fit its column's type, is left out with its reason; of rows with the
same key one is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import msgspec

from qbo_pipeline.model.definition import Column, DataType, Kind, SemanticModel, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.publishing.errors import WarehouseBehindError
from qbo_pipeline.warehouse.schema import literal

SHOWN = 20
"""Rows left out that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not published."""

    table: str
    company: str | None
    key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a destination takes for a data type."""

    type: str
    """DuckDB's type of it."""
    value: str
    """SQL over `{source}`: NULL where a value does not fit."""


def cast(type_: str) -> Taken:
    """Whatever DuckDB casts to a type."""
    return Taken(type_, f"TRY_CAST({{source}} AS {type_})")


@dataclass(frozen=True, slots=True)
class FittingRows:
    """SQL of the rows of a table, whose relation is in the attached warehouse."""

    table: Table
    takes: Mapping[DataType, Taken]
    salt: str
    """Part of every fingerprint: another one makes all rows new."""

    @property
    def key(self) -> str:
        """The key as text; of the column's own type, so that a deletion names what an upsert wrote."""
        return f"CAST({self.value(self.table.by_name[self.table.key])} AS VARCHAR)"

    @property
    def company(self) -> str:
        """The realm id, NULL in a table about all companies."""
        if self.table.company is None:
            return "NULL::VARCHAR"
        return f"CAST({_source(self.table.by_name[self.table.company])} AS VARCHAR)"

    @property
    def fingerprint(self) -> str:
        """Changes when a value does."""
        return f"hash({literal(self.salt)}, {', '.join(_source(one) for one in self.table.columns)})"

    @property
    def relation(self) -> str:
        """Where the rows are; expressions name it `source_row`."""
        return f"warehouse.{self.table.relation} AS source_row"

    def among(self, keys: str | None) -> str:
        """Those rows whose key is missing or a `row_key` of a relation; all rows where none is given."""
        if keys is None:
            return self.relation
        # Inside, so that nothing is computed of other rows.
        there = f"{self.key} IS NULL OR {self.key} IN (SELECT row_key FROM {keys})"
        return f"(SELECT * FROM {self.relation} WHERE {there}) AS source_row"

    def value(self, column: Column) -> str:
        """The value of a column as the destination takes it."""
        return self.takes[column.type].value.format(source=_source(column))

    def columns(self) -> str:
        """All columns of the model, by the names people see."""
        return ", ".join(f"{self.value(column)} AS {quoted(column.name)}" for column in self.table.columns)

    def suspects(self, held: str) -> str:
        """A query of the keys of rows that are new, gone, of another fingerprint than is held, or share their key.

        What fits is not looked at: what is held did, and is the same. `held`: `row_key` and `fingerprint`.
        """
        return f"""
            SELECT coalesce(source.row_key, held.row_key) AS row_key
            FROM {held} AS held
            FULL JOIN (
                SELECT {self.key} AS row_key, min({self.fingerprint}) AS fingerprint, count(*) AS rows
                FROM {self.relation} GROUP BY ALL
            ) AS source ON source.row_key = held.row_key
            WHERE held.fingerprint IS DISTINCT FROM source.fingerprint OR source.rows > 1
        """

    def fingerprints(self, *, values: bool = False, among: str | None = None) -> str:
        """A query of `row_key`, `company`, `fingerprint` and `reason`, the last NULL where the row fits.

        Args:
            values: whether all columns of the model come with it, as a STRUCT of that name.
            among: a relation of the keys that are wanted, when not all are.
        """
        problems = [
            f"CASE WHEN {_source(one)} IS NOT NULL AND {self.value(one)} IS NULL THEN "
            f"{literal(f'{one.name}: ')} || left(CAST({_source(one)} AS VARCHAR), 60) || "
            f"{literal(f' is no {self.takes[one.type].type}')} END"
            for one in self.table.columns
            if one.type is not DataType.TEXT
        ]
        reasons = ", ".join([f"CASE WHEN {self.key} IS NULL THEN 'the row has no key' END", *problems])
        return (
            f"SELECT {self.key} AS row_key, {self.company} AS company, {self.fingerprint} AS fingerprint, "
            f"nullif(concat_ws('; ', {reasons}), '') AS reason{self._struct() if values else ''} "
            f"FROM {self.among(among)}"
        )

    def _struct(self) -> str:
        fields = ", ".join(f"{quoted(one.name)} := {self.value(one)}" for one in self.table.columns)
        return f', struct_pack({fields}) AS "values"'

    def chosen(self, by: str) -> str:
        """A query of the columns of those rows whose key and fingerprint are in a relation.

        Of rows that are the same to the last column one is given.
        """
        return (
            f"SELECT {self.columns()} FROM {self.among(by)} JOIN {by} AS choice "
            f"ON choice.row_key = {self.key} AND choice.fingerprint = {self.fingerprint} "
            "QUALIFY row_number() OVER (PARTITION BY choice.row_key) = 1"
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rows of a table are worth."""

    rows: int
    """That fit, one a key; they are in the temporary table `wanted`, until the next table is checked."""
    left_out: int
    shown: tuple[LeftOut, ...]
    """The first of those that are left out."""


def checked(
    connection: duckdb.DuckDBPyConnection, rows: FittingRows, where: str = "", *, values: bool = False,
    among: str | None = None,
) -> Checked:  # fmt: skip
    """See which rows of a table fit, and have their keys, companies and fingerprints in the temporary table `wanted`.

    Args:
        connection: the warehouse is attached to it as `warehouse`.
        rows: of the table.
        where: a clause over `row_key` and `company`, when not all rows are wanted.
        values: whether the columns of the rows are kept, too, for `kept`: the relation is computed once then.
        among: a relation of the keys that are wanted, when not all are.

    Raises:
        WarehouseBehindError: the warehouse lacks the relation, or a column of it.
    """
    table = rows.table
    query = rows.fingerprints(values=values, among=among)
    with reading(table):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE source AS SELECT * FROM ({query}) {where}")
    connection.execute(_WANTED)
    [(sources, wanted)] = connection.execute(
        "SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM wanted)"
    ).fetchall()
    shown = connection.execute(_LEFT_OUT).fetchall() if sources > wanted else []
    return Checked(wanted, sources - wanted, tuple(LeftOut(table.name, *one) for one in shown))


@contextmanager
def reading(table: Table) -> Iterator[None]:
    """While a statement reads a table of the warehouse.

    Raises:
        WarehouseBehindError: the warehouse lacks the relation, or a column of it.
    """
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise WarehouseBehindError(table.name, table.relation, str(error).partition("\n")[0]) from error


def kept(found: Checked) -> str:
    """A query of the columns of the rows that fit, one a key, when they were checked with their values."""
    if not found.left_out:
        return 'SELECT "values".* FROM source'
    return (
        'SELECT "values".* FROM (SELECT source."values" FROM source JOIN wanted USING (row_key, fingerprint) '
        "QUALIFY row_number() OVER (PARTITION BY row_key) = 1)"
    )


def tables_with_rows(model: SemanticModel) -> tuple[Table, ...]:
    """The tables of a model but the place where measures are found, which has no rows of its own."""
    return tuple(table for table in model.tables if table.kind is not Kind.MEASURES)


def columns_text(table: Table) -> str:
    """Key, names and types of a table's columns, to be kept."""
    return msgspec.json.encode([table.key, [[one.name, one.type.value] for one in table.columns]]).decode()


def _source(column: Column) -> str:
    return f"source_row.{quoted(column.source)}"


_WANTED = """
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT row_key, any_value(company ORDER BY fingerprint) AS company, min(fingerprint) AS fingerprint
FROM source WHERE reason IS NULL
GROUP BY row_key
"""
_LEFT_OUT = f"""
SELECT company, row_key, reason FROM source WHERE reason IS NOT NULL
UNION ALL
SELECT any_value(company), row_key, (count(*) - 1) || ' more rows have this key'
FROM source WHERE reason IS NULL GROUP BY row_key HAVING count(*) > 1
ORDER BY row_key
LIMIT {SHOWN}
"""
