"""How a table of the warehouse differs from what the landing zone holds of it: by key and fingerprint, in DuckDB.

A row whose key is missing, or whose value does not fit its column's type, is left out with its reason; of rows with the
same key one is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import msgspec

from qbo_pipeline.model.definition import Column, DataType, Table
from qbo_pipeline.model.rows import SQL_TYPES
from qbo_pipeline.power_bi.mirroring.errors import WarehouseBehindError
from qbo_pipeline.power_bi.mirroring.record import Record
from qbo_pipeline.power_bi.rows import literal, quoted

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not sent."""

    table: str
    company: str | None
    key: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a table's next file brings; its keys are in the temporary table `difference` until the next one."""

    added: int
    changed: int
    removed: int
    left_out: int
    shown: tuple[LeftOut, ...]
    """The first of those that are left out."""

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.added + self.changed + self.removed


def compare(record: Record, table: Table, companies: Sequence[str] | None, *, whole: bool) -> Difference:
    """Compare a table with the attached warehouse.

    Args:
        record: of the mirrored database, the warehouse attached to it as `warehouse`.
        table: of the model.
        companies: realm ids that are compared; None for all. A table about all companies is always compared whole.
        whole: whether the table is loaded whole, whatever is held of it.

    Raises:
        WarehouseBehindError: the warehouse lacks the relation, or a column of it.
    """
    connection = record.connection
    where = _where("company", table, companies)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE source AS SELECT * FROM ({_fingerprints(table)}) {where}")
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise WarehouseBehindError(table.name, table.relation, str(error).partition("\n")[0]) from error
    connection.execute(_WANTED)
    held = f"(SELECT * FROM {record.held(table.name)} {'WHERE false' if whole else where})"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE difference AS
        SELECT
            coalesce(wanted.row_key, held.row_key) AS row_key, coalesce(wanted.company, held.company) AS company,
            wanted.fingerprint, held.row_key IS NULL AS is_new
        FROM {held} AS held FULL JOIN wanted ON wanted.row_key = held.row_key
        WHERE held.fingerprint IS DISTINCT FROM wanted.fingerprint
        """
    )
    added, changed, removed = record.scalars(
        "SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new AND fingerprint IS NOT NULL), "
        "count(*) FILTER (fingerprint IS NULL) FROM difference"
    )
    sources, wanted = record.scalars("SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM wanted)")
    shown = connection.execute(_LEFT_OUT).fetchall() if sources > wanted else []
    return Difference(added, changed, removed, sources - wanted, tuple(LeftOut(table.name, *one) for one in shown))


def upserts(table: Table) -> str:
    """SQL of the rows of `difference` that are there, with the columns of the model.

    Of rows that are the same to the last column one is given.
    """
    columns = ", ".join(f"{_cast(column)} AS {quoted(column.name)}" for column in table.columns)
    return (
        f"SELECT {columns} FROM {_relation(table)} AS source_row JOIN difference "
        f"ON difference.row_key = {_key(table)} AND difference.fingerprint = {_fingerprint(table)} "
        "QUALIFY row_number() OVER (PARTITION BY difference.row_key) = 1"
    )


def deletions(table: Table) -> str:
    """SQL of the rows of `difference` that are gone: their key, and nothing else."""
    values = {table.key: "row_key"}
    columns = ", ".join(
        f"CAST({values.get(one.name, 'NULL')} AS {SQL_TYPES[one.type]}) AS {quoted(one.name)}" for one in table.columns
    )
    return f"SELECT {columns} FROM difference WHERE fingerprint IS NULL"


def columns_text(table: Table) -> str:
    """Key, names and types of a table's columns, to be kept."""
    return msgspec.json.encode([table.key, [[one.name, one.type.value] for one in table.columns]]).decode()


def can_follow(before: str, table: Table) -> bool:
    """Whether files of a table with other columns can follow those there are: Fabric adds columns and does no more."""
    key, columns = msgspec.json.decode(before)
    now: Mapping[str, DataType] = {one.name: one.type for one in table.columns}
    return bool(key == table.key and all(now.get(name) == kind for name, kind in columns))


def _fingerprints(table: Table) -> str:
    company = "NULL::VARCHAR" if table.company is None else f"CAST({_source(table.by_name[table.company])} AS VARCHAR)"
    problems = ", ".join(
        f"CASE WHEN {_source(one)} IS NOT NULL AND {_cast(one)} IS NULL THEN "
        f"{literal(f'{one.name}: ')} || left(CAST({_source(one)} AS VARCHAR), 60) || "
        f"{literal(f' is no {SQL_TYPES[one.type]}')} END"
        for one in table.columns
        if one.type is not DataType.TEXT
    )
    reasons = f"CASE WHEN {_key(table)} IS NULL THEN 'the row has no key' END" + (f", {problems}" if problems else "")
    return (
        f"SELECT {_key(table)} AS row_key, {company} AS company, {_fingerprint(table)} AS fingerprint, "
        f"nullif(concat_ws('; ', {reasons}), '') AS reason FROM {_relation(table)} AS source_row"
    )


def _fingerprint(table: Table) -> str:
    # What hash() gives may be another number in another version of DuckDB; then every row is sent once more.
    salt = literal(f"{duckdb.__version__} {columns_text(table)}")
    return f"hash({salt}, {', '.join(_source(one) for one in table.columns)})"


def _key(table: Table) -> str:
    """The key as text; of the column's own type, so that a deletion names what an upsert wrote."""
    return f"CAST({_cast(table.by_name[table.key])} AS VARCHAR)"


def _cast(column: Column) -> str:
    return f"TRY_CAST({_source(column)} AS {SQL_TYPES[column.type]})"


def _source(column: Column) -> str:
    return f"source_row.{quoted(column.source)}"


def _relation(table: Table) -> str:
    return f"warehouse.{table.relation}"


def _where(company: str, table: Table, companies: Sequence[str] | None) -> str:
    if table.company is None or companies is None:
        return ""
    return f"WHERE {company} IN ({', '.join(literal(one) for one in companies) or 'NULL'})"


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
LIMIT {_SHOWN}
"""
