"""Evaluating the formulas of measures as Tableau does, over the tables of the model in DuckDB.

An aggregation is over the rows of the table that its fields are of; where they are of several, over those of the one
that the others are related to, with what belongs to each row beside it. A filter reaches the tables that are related to
the one it is on. What Tableau refuses is refused: a column beside an aggregation, an aggregation in another one, a
function or an operator that is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from qbo_pipeline.model.definition import Kind, SemanticModel, Table
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.model.rows import select

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<day>\#\d{4}-\d{2}-\d{2}\#)
    |(?P<name>\[[^\]]+\])
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_]+)
    |(?P<operator><=|>=|<>|[-+*/=<>(),.{}:])
    """,
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max"}
Functions = Mapping[tuple[str, int], Callable[..., str]]
"""SQL by name and number of arguments; of two, MIN is the lesser one, and nothing where one is nothing."""
_ALIKE: Functions = {
    ("ZN", 1): "coalesce({}, 0)".format,
    ("ABS", 1): "abs({})".format,
    ("DATE", 1): "CAST({} AS DATE)".format,
    ("DATETRUNC", 2): "date_trunc({}, {})".format,
    ("IIF", 3): "CASE WHEN {} THEN {} ELSE {} END".format,
    ("MIN", 2): "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN least({0}, {1}) END".format,
}
DUCKDB: Functions = {
    **_ALIKE,
    ("YEAR", 1): "year({})::INTEGER".format,
    ("MONTH", 1): "month({})::INTEGER".format,
    ("DAY", 1): "day({})::INTEGER".format,
    ("MAKEDATE", 3): "make_date({}, {}, {})".format,
    ("DATEADD", 3): "({2} + ({1}) * INTERVAL 1 {0})".format,
    ("DATEDIFF", 3): "date_diff({}, {}, {})".format,
}
HYPER: Functions = {
    **_ALIKE,
    ("YEAR", 1): "CAST(EXTRACT(YEAR FROM {}) AS INTEGER)".format,
    ("MONTH", 1): "CAST(EXTRACT(MONTH FROM {}) AS INTEGER)".format,
    ("DAY", 1): "CAST(EXTRACT(DAY FROM {}) AS INTEGER)".format,
    ("MAKEDATE", 3): "make_date(CAST({} AS INTEGER), CAST({} AS INTEGER), CAST({} AS INTEGER))".format,
    ("DATEADD", 3): "({2} + ({1}) * INTERVAL '1' {0})".format,
    ("DATEDIFF", 3): "({2} - {1})".format,
}


class FormulaError(Exception):
    """Tableau would not take it, or it is not known here."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a sheet looks at: the parameters, and the one member of a dimension's column that it is filtered to."""

    first_day: date
    last_day: date
    basis: str = "Accrual"
    filters: tuple[tuple[str, str, str], ...] = ()
    """(table, column, value)."""


class Formulas:
    """The formulas of a model over its tables in a database."""

    def __init__(
        self, model: SemanticModel, functions: Functions, relation: Callable[[str], str], ask: Callable[[str], Any]
    ) -> None:
        """`relation` names a table in SQL, `ask` gives the one value of a query."""
        self.model, self.functions, self.relation, self.ask = model, functions, relation, ask
        self.columns = {name: place for place, name in field_names(model.tables).items()}
        self.measures = {one.name: one.tableau for one in model.measures if one.tableau is not None}
        self.tables = {table.name: table for table in model.tables if table.kind is not Kind.MEASURES}

    def value(self, formula: str, looked: Looked) -> Any:
        """The value of a formula for what is looked at."""
        return self.ask(f"SELECT {self.sql(formula, looked)}")

    def sql(self, formula: str, looked: Looked) -> str:
        """A formula as an expression of SQL."""
        return _Reader(self, formula, looked).read()

    def rows(self, tables: set[str], looked: Looked) -> str:
        """FROM and WHERE: the rows that fields of these tables stand on."""
        root = self._root(tables)
        reached = {one.to_table: one for one in self.model.relationships if one.from_table == root.name}
        filtered = [one for one in looked.filters if one[0] == root.name or one[0] in reached]
        joined = sorted((tables | {one[0] for one in filtered}) - {root.name})
        lines = [f'FROM {self.relation(root.name)} AS "{root.name}"']
        for name in joined:
            one = reached[name]
            lines.append(
                f'LEFT JOIN {self.relation(name)} AS "{name}" '
                f"ON {column(root.name, one.from_column)} = {column(name, one.to_column)}"
            )
        conditions = [f"{column(table, name)} = '{value}'" for table, name, value in filtered]
        return "\n".join(lines) + (f"\nWHERE {' AND '.join(conditions)}" if conditions else "")

    def _root(self, tables: set[str]) -> Table:
        for name in sorted(tables):
            reached = {one.to_table for one in self.model.relationships if one.from_table == name}
            if tables - {name} <= reached:
                return self.tables[name]
        # Fields of dimensions alone that are not related: Tableau would look for a table that relates them.
        raise FormulaError(f"{sorted(tables)} are not related.")


def column(table: str, name: str) -> str:
    """A column of a table in SQL."""
    return f'"{table}"."{name}"'


def in_duckdb(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> Formulas:
    """Over a warehouse; its rows are read once."""

    def ask(sql: str) -> Any:
        [[found]] = connection.execute(sql).fetchall()
        return found

    formulas = Formulas(model, DUCKDB, 'temp."modelled {}"'.format, ask)
    for table in formulas.tables.values():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {formulas.relation(table.name)} AS {select(table).sql}")
    return formulas


class _Reader:
    """Reads one formula from left to right; `within` has the tables of the aggregation that is open."""

    def __init__(self, formulas: Formulas, formula: str, looked: Looked) -> None:
        self.formulas, self.looked = formulas, looked
        self.within: set[str] | None = None
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(formula):
            found = _TOKEN.match(formula, position)
            if found is None:
                raise FormulaError(f"'{formula[position]}' at {position} in {formula}")
            if found.lastgroup != "space":
                self.tokens.append((str(found.lastgroup), found[0]))
            position = found.end()
        self.at = 0

    def read(self) -> str:
        said = self.expression()
        if self.at < len(self.tokens):
            raise FormulaError(f"{self.peek()} stands after the end.")
        return said

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token.upper() not in expected):
            raise FormulaError(f"'{token}' stands where {' or '.join(expected)} is to be.")
        self.at += 1
        return token

    def taken(self, *words: str) -> bool:
        if self.peek().upper() in words:
            self.at += 1
            return True
        return False

    def expression(self) -> str:
        said = self.conjunction()
        while self.taken("OR"):
            said = f"({said} OR {self.conjunction()})"
        return said

    def conjunction(self) -> str:
        said = self.comparison()
        while self.taken("AND"):
            said = f"({said} AND {self.comparison()})"
        return said

    def comparison(self) -> str:
        said = self.addition()
        if self.peek() in _COMPARISONS:
            return f"({said} {self.take()} {self.addition()})"
        if self.taken("IN"):
            self.take("(")
            return f"({said} IN ({', '.join(self.arguments())}))"
        return said

    def addition(self) -> str:
        said = self.product()
        while self.peek() in ("+", "-"):
            said = f"({said} {self.take()} {self.product()})"
        return said

    def product(self) -> str:
        said = self.unary()
        while self.peek() in ("*", "/"):
            if self.take() == "*":
                said = f"({said} * {self.unary()})"
            else:
                said = f"(CAST({said} AS DOUBLE PRECISION) / nullif({self.unary()}, 0))"
        return said

    def unary(self) -> str:
        return f"(-{self.unary()})" if self.taken("-") else self.primary()

    def primary(self) -> str:
        kind = self.tokens[self.at][0] if self.at < len(self.tokens) else ""
        token = self.take()
        if kind == "text":
            return f"'{token[1:-1]}'"
        if kind == "day":
            return f"DATE '{token[1:-1]}'"
        if kind == "number":
            return token
        if kind == "name":
            return self.parameter(token) if self.taken(".") else self.field(token[1:-1])
        if kind == "word":
            return self.choice() if token.upper() == "IF" else self.call(token.upper())
        if token == "(":
            said = self.expression()
            self.take(")")
            return f"({said})"
        if token == "{":
            self.take("FIXED")
            self.take(":")
            said = self.expression()
            self.take("}")
            return said
        raise FormulaError(f"'{token}' stands where a value is to be.")

    def choice(self) -> str:
        condition = self.expression()
        self.take("THEN")
        said = f"CASE WHEN {condition} THEN {self.expression()}"
        if self.taken("ELSE"):
            said += f" ELSE {self.expression()}"
        self.take("END")
        return f"{said} END"

    def call(self, name: str) -> str:
        self.take("(")
        if name in _AGGREGATIONS and not self.has_two_arguments():
            return self.aggregation(name)
        arguments = self.arguments()
        function = self.formulas.functions.get((name, len(arguments)))
        if function is None:
            raise FormulaError(f"{name} of {len(arguments)} is not known.")
        if name == "DATEADD":
            arguments[0] = arguments[0].strip("'")
        return function(*arguments)

    def has_two_arguments(self) -> bool:
        depth = 0
        for _, token in self.tokens[self.at :]:
            if depth == 0 and token in (",", ")"):
                return token == ","
            depth += (token == "(") - (token == ")")
        return False

    def aggregation(self, name: str) -> str:
        if self.within is not None:
            raise FormulaError(f"{name} is in another aggregation.")
        self.within = set()
        said = self.expression()
        self.take(")")
        tables, self.within = self.within, None
        return f"(SELECT {_AGGREGATIONS[name]}({said}) {self.formulas.rows(tables, self.looked)})"

    def arguments(self) -> list[str]:
        found = [self.expression()]
        while self.taken(","):
            found.append(self.expression())
        self.take(")")
        return found

    def parameter(self, source: str) -> str:
        name = self.take()
        values = {
            "[First Day]": f"DATE '{self.looked.first_day}'",
            "[Last Day]": f"DATE '{self.looked.last_day}'",
            "[Basis]": f"'{self.looked.basis}'",
        }
        if source != "[Parameters]" or name not in values:
            raise FormulaError(f"{source}.{name} is no parameter.")
        return values[name]

    def field(self, name: str) -> str:
        if name in self.formulas.measures:
            if self.within is not None:
                raise FormulaError(f"[{name}] is an aggregation in another one.")
            return f"({self.formulas.sql(self.formulas.measures[name], self.looked)})"
        if name not in self.formulas.columns:
            raise FormulaError(f"[{name}] is no field.")
        if self.within is None:
            raise FormulaError(f"[{name}] is a column beside an aggregation.")
        table, source = self.formulas.columns[name]
        self.within.add(table)
        return column(table, source)
