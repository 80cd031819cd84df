"""Rows of the warehouse as a push dataset takes them: validated against the deployed table and written as JSON.

It is done in DuckDB, a column at a time. Amounts are written as the decimals they are, digit by digit, and no float
comes near them. What a push dataset takes (learn.microsoft.com, push semantic models, data types):

| type | takes |
|---|---|
| String | 4,000 characters, counted in UTF-16 |
| Int64 | neither the least nor the greatest of 64 bits |
| Decimal | 28 digits, 4 of them after the point |
| Double | no NaN, no infinity, not the greatest |
| DateTime | ISO 8601; days at midnight UTC |

A row with a value that does not fit is given a reason, and is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import msgspec

from qbo_pipeline.model.definition import Column, Table
from qbo_pipeline.model.rows import quoted
from qbo_pipeline.power_bi.push_schema import PushTable
from qbo_pipeline.warehouse.schema import literal

LONGEST_TEXT = 4000
_GREATEST_DOUBLE = "1.7976931348623157e308::DOUBLE"


@dataclass(frozen=True, slots=True)
class Expressions:
    """SQL over a column: the JSON of its value, and why it does not fit; each NULL where there is none."""

    json: str
    problem: str


def source_of(table: Table, reference: str) -> str:
    """The column of the relation that a table's `key` or `company` means: by the name people see, or its own."""
    found = table.by_name.get(reference)
    return reference if found is None else found.source


def projection(
    table: Table,
    deployed: PushTable,
    source_types: Mapping[str, str],
    relation: str,
    companies: Sequence[str] | None,
) -> str:
    """SQL of a table's rows: `row_key`, `company`, `body` (a JSON object) and `reason`.

    Args:
        table: as the model has it.
        deployed: as Power BI has it: its types decide, and a column it lacks is not sent.
        source_types: DuckDB types of the relation's columns.
        relation: what to select from, quoted.
        companies: realm ids whose rows are wanted; None for all. Bound values are not used: ids are literals.
    """
    sent = _sent(table, deployed)
    types = {column.name: column.data_type for column in deployed.columns}
    made = [
        (column, expressions(quoted(column.source), types[column.name], source_types[column.source])) for column in sent
    ]
    parts = [f"{literal(_name(column) + ':')}, coalesce({one.json}, 'null')" for column, one in made]
    # One function of many arguments: a chain of operators takes DuckDB time in proportion to its length squared.
    body = ", ',', ".join(parts) or "''"
    problems = [f"{literal(f'{column.name}: ')} || {one.problem}" for column, one in made if one.problem != "NULL"]
    key, company, where = _identity(table, companies)
    reasons = ", ".join([f"CASE WHEN {key} IS NULL THEN 'the row has no key' END", *problems])
    return (
        f"SELECT {key} AS row_key, {company} AS company, concat('{{', {body}, '}}') AS body, "
        f"nullif(concat_ws('; ', {reasons}), '') AS reason FROM {relation}{where}"
    )


def fingerprints(
    table: Table,
    deployed: PushTable,
    source_types: Mapping[str, str],
    relation: str,
    companies: Sequence[str] | None,
) -> str:
    """SQL of a table's rows as they are before `projection`: `row_key`, `company` and a 64-bit `fingerprint`.

    Rows of one key with one fingerprint are projected to the same JSON. Arguments: see `projection`.
    """
    sent = _sent(table, deployed)
    types = {column.name: column.data_type for column in deployed.columns}
    written = [[one.name, one.source, types[one.name], source_types[one.source]] for one in sent]
    salt = literal(msgspec.json.encode([duckdb.__version__, written]).decode())
    key, company, where = _identity(table, companies)
    values = ", ".join(quoted(one.source) for one in sent)
    return (
        f"SELECT {key} AS row_key, {company} AS company, hash({salt}, {values}) AS fingerprint FROM {relation}{where}"
    )


def suspects(table: Table, relation: str, keys: str, companies: Sequence[str] | None) -> str:
    """SQL of the columns of a table's rows whose key is missing or among the `row_key` of a relation, `keys`."""
    key, _, where = _identity(table, companies)
    columns = ", ".join(dict.fromkeys(quoted(one.source) for one in table.columns))
    among = f"({key} IS NULL OR {key} IN (SELECT row_key FROM {keys}))"
    return f"SELECT {columns} FROM {relation}{where} {'AND' if where else 'WHERE'} {among}"


def _sent(table: Table, deployed: PushTable) -> list[Column]:
    return [column for column in table.columns if column.name in deployed.by_name]


def _identity(table: Table, companies: Sequence[str] | None) -> tuple[str, str, str]:
    """SQL of a row's key and company, and which rows are wanted."""
    key = f"{quoted(source_of(table, table.key))}::VARCHAR"
    company = "NULL::VARCHAR" if table.company is None else f"{quoted(source_of(table, table.company))}::VARCHAR"
    where = ""
    if table.company is not None and companies is not None:
        where = f" WHERE {company} IN ({', '.join(literal(one) for one in companies) or 'NULL'})"
    return key, company, where


def expressions(source: str, data_type: str, source_type: str) -> Expressions:
    """How a column of a DuckDB type is written for a column of a push type. `source` is SQL."""
    written, problem = _WRITERS[data_type.lower()](source, source_type.upper())
    return Expressions(written, problem)


def _name(column: Column) -> str:
    return msgspec.json.encode(column.name).decode()


def _string(source: str, source_type: str) -> tuple[str, str]:
    text = source if source_type == "VARCHAR" else f"CAST({source} AS VARCHAR)"
    # UTF-8 has at least as many bytes as UTF-16 has units, so only long texts are counted.
    units = f"length({text}) + length(regexp_replace({text}, '[\\x{{0000}}-\\x{{FFFF}}]', '', 'g'))"
    problem = (
        f"CASE WHEN strlen({text}) > {LONGEST_TEXT} AND {units} > {LONGEST_TEXT} "
        f"THEN 'longer than 4,000 characters (' || ({units}) || ')' END"
    )
    return f"CAST(to_json({text}) AS VARCHAR)", problem if source_type in _TEXTS else "NULL"


def _int64(source: str, source_type: str) -> tuple[str, str]:
    if source_type in _SMALL_INTEGERS:
        return f"CAST({source} AS VARCHAR)", "NULL"
    exact = f"TRY_CAST({source} AS DECIMAL(38, 4))"
    problem = (
        f"CASE WHEN {source} IS NULL THEN NULL "
        f"WHEN {exact} IS NULL OR {exact} <> trunc({exact}) THEN {_shown(source)} || ' is no whole number' "
        f"WHEN abs({exact}) >= 9223372036854775807 THEN {_shown(source)} || ' is beyond 64 bits' END"
    )
    return f"CAST(TRY_CAST({exact} AS BIGINT) AS VARCHAR)", problem


def _decimal(source: str, source_type: str) -> tuple[str, str]:
    precision, scale = _decimal_type(source_type)
    if 0 <= scale <= 4 and precision - scale <= 24:
        return f"CAST({source} AS VARCHAR)", "NULL"
    exact = f"TRY_CAST({source} AS DECIMAL(38, 10))"
    problem = (
        f"CASE WHEN {source} IS NULL THEN NULL "
        f"WHEN {exact} IS NULL THEN {_shown(source)} || ' is no decimal of 28 digits' "
        f"WHEN abs({exact}) >= 1e24::DECIMAL(38, 10) "
        f"THEN {_shown(source)} || ' has more than 24 digits before the point' "
        f"WHEN {exact} <> round({exact}, 4) THEN {_shown(source)} || ' has more than four decimal places' END"
    )
    return f"CAST(TRY_CAST({exact} AS DECIMAL(28, 4)) AS VARCHAR)", problem


def _double(source: str, source_type: str) -> tuple[str, str]:
    if source_type.startswith("DECIMAL") or source_type in _INTEGERS:
        return f"CAST({source} AS VARCHAR)", "NULL"
    real = f"TRY_CAST({source} AS DOUBLE)"
    problem = (
        f"CASE WHEN {source} IS NULL THEN NULL "
        f"WHEN {real} IS NULL OR NOT isfinite({real}) OR abs({real}) >= {_GREATEST_DOUBLE} "
        f"THEN {_shown(source)} || ' is no number that a Double takes' END"
    )
    return f"CAST({real} AS VARCHAR)", problem


def _boolean(source: str, source_type: str) -> tuple[str, str]:
    if source_type == "BOOLEAN":
        return f"CAST({source} AS VARCHAR)", "NULL"
    truth = f"TRY_CAST({source} AS BOOLEAN)"
    return f"CAST({truth} AS VARCHAR)", _untaken(source, truth, "is neither true nor false")


def _datetime(source: str, source_type: str) -> tuple[str, str]:
    # A TIMESTAMP WITH TIME ZONE is an instant; it is written in UTC whatever zone the session has.
    moment = f"timezone('UTC', {source})" if "TIME ZONE" in source_type else f"TRY_CAST({source} AS TIMESTAMP)"
    form = "%Y-%m-%dT%H:%M:%SZ" if source_type == "DATE" else "%Y-%m-%dT%H:%M:%S.%fZ"
    fits = f"isfinite({moment}) AND year({moment}) BETWEEN 1 AND 9999"
    problem = (
        f"CASE WHEN {source} IS NULL THEN NULL "
        f"WHEN {moment} IS NULL OR NOT ({fits}) THEN {_shown(source)} || ' is no date and time' END"
    )
    return f"'\"' || strftime({moment}, {literal(form)}) || '\"'", problem


def _untaken(source: str, cast: str, words: str) -> str:
    return f"CASE WHEN {source} IS NOT NULL AND {cast} IS NULL THEN {_shown(source)} || ' {words}' END"


def _shown(source: str) -> str:
    return f"left(CAST({source} AS VARCHAR), 60)"


def _decimal_type(source_type: str) -> tuple[int, int]:
    """Precision and scale; a scale of -1 where it is no exact type."""
    if source_type in _INTEGERS:
        return (39, 0) if source_type in {"HUGEINT", "UHUGEINT"} else (20, 0)
    if source_type.startswith("DECIMAL("):
        precision, scale = source_type[8:-1].split(",")
        return int(precision), int(scale)
    return 38, -1


_TEXTS = {"VARCHAR", "JSON", "BLOB"}
_SMALL_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
_INTEGERS = {*_SMALL_INTEGERS, "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"}
_WRITERS = {
    "string": _string,
    "int64": _int64,
    "decimal": _decimal,
    "double": _double,
    "boolean": _boolean,
    "bool": _boolean,
    "datetime": _datetime,
}
