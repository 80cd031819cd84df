"""Evaluates expressions: each kind of the tree, each function by its name, in a context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import duckdb

from qbo_pipeline.local.power_bi.dax.constructors import constructed, contained, one_of
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context, Filter, of_row, without
from qbo_pipeline.local.power_bi.dax.model import Column, Model
from qbo_pipeline.local.power_bi.dax.parsing import parse_expression
from qbo_pipeline.local.power_bi.dax.relations import Frame, TableColumn, TableValue, Workspace, grouping, key_list
from qbo_pipeline.local.power_bi.dax.scans import Scan, Tables
from qbo_pipeline.local.power_bi.dax.syntax import (
    Binary,
    Block,
    Call,
    ColumnName,
    Contained,
    Expression,
    Moment,
    Name,
    Number,
    Rows,
    Text,
    Truth,
    Unary,
)
from qbo_pipeline.local.power_bi.dax.values import (
    SQL_TYPES,
    Scalar,
    arithmetic,
    compared,
    literal_text,
    made,
    negative,
    text,
    truth,
)
from qbo_pipeline.local.power_bi.dax.variables import Variable

ScalarFunction: TypeAlias = "Callable[[Engine, Call, Context], Scalar]"
TableFunction: TypeAlias = "Callable[[Engine, Call, Context], TableValue]"

SCALARS: dict[str, ScalarFunction] = {}
TABLES: dict[str, TableFunction] = {}
"""Functions by name; the modules that define them add them."""

MANY_VALUES = "A table of multiple values was supplied where a single value was expected."


def scalar_function(*names: str) -> Callable[[ScalarFunction], ScalarFunction]:
    """The decorated function evaluates calls of these names to a value."""

    def add(function: ScalarFunction) -> ScalarFunction:
        SCALARS.update(dict.fromkeys(names, function))
        return function

    return add


def table_function(*names: str) -> Callable[[TableFunction], TableFunction]:
    """The decorated function evaluates calls of these names to a table."""

    def add(function: TableFunction) -> TableFunction:
        TABLES.update(dict.fromkeys(names, function))
        return function

    return add


class Engine:
    """One query over one model."""

    def __init__(self, model: Model, connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
        self.model = model
        self.now = now
        self.workspace = Workspace(connection)
        self.tables = Tables(model, self.workspace)
        self._defined: dict[str, tuple[str, Expression]] = {}
        self._measures: dict[tuple[str, tuple[int, ...]], Scalar] = {}
        self._measures_begun: list[str] = []
        self._transitions: dict[tuple[object, ...], Context] = {}
        self._without: dict[tuple[tuple[int, ...], frozenset[Column]], tuple[Filter, ...]] = {}
        self.conditions: dict[Expression, Filter] = {}
        """Filters of conditions that stand alone: as long as they are the same, so is what is measured under them."""

    def define(self, name: str, expression: Expression) -> None:
        """A measure of the query."""
        self._defined[name.lower()] = (name, expression)

    def value(self, expression: Expression, context: Context) -> Scalar:
        """An expression that gives one value.

        Raises:
            DaxError: it does not.
        """
        match expression:
            case Number(digits, whole):
                return Scalar(digits if whole else f"CAST({digits} AS DOUBLE)", "int" if whole else "double")
            case Text(string):
                return Scalar(literal_text(string), "text")
            case Truth(true):
                return Scalar("TRUE" if true else "FALSE", "bool")
            case Moment(moment):
                return Scalar(f"TIMESTAMP '{moment.isoformat(' ')}'", "date")
            case ColumnName(table, name):
                return self._column(table, name, context)
            case Unary("NOT", operand):
                condition = truth(self.value(operand, context))
                return made(f"(NOT {condition.sql})", "bool", condition)
            case Unary(_, operand):
                return negative(self.value(operand, context))
            case Binary(operator, left, right):
                return _binary(operator, self.value(left, context), self.value(right, context))
            case Contained(sought, Rows(rows)) if all(len(row) == 1 for row in rows):
                return one_of(self.value(sought, context), [self.value(row[0], context) for row in rows])
            case Contained(sought, table):
                return contained(self.workspace, self.value(sought, context), self.table(table, context))
            case Block(variables, body):
                return self.value(body, self.with_variables(variables, context))
            case Name(name) if (variable := context.variables.get(name.lower())) is not None and not variable.is_table:
                settled: Scalar = variable.as_scalar()
                return settled
            case Call(function) if function in SCALARS:
                return SCALARS[function](self, expression, context)
        return self.single(self.table(expression, context))

    def table(self, expression: Expression, context: Context) -> TableValue:
        """An expression that gives a table.

        Raises:
            DaxError: it does not.
        """
        match expression:
            case Name(name) if (variable := context.variables.get(name.lower())) is not None:
                if not variable.is_table:
                    raise DaxError(f"The variable '{name}' is a value; a table is expected here.")
                settled: TableValue = variable.as_table()
                return settled
            case Name(name):
                found = self.model.table(name)
                if found is None:
                    raise DaxError(f"Cannot find table '{name}'.")
                return self.rows_of(found.name, context)
            case Rows(rows):
                return constructed(self.workspace, [[self.value(one, context) for one in row] for row in rows])
            case Block(variables, body):
                return self.table(body, self.with_variables(variables, context))
            case Call(function) if function in TABLES:
                return TABLES[function](self, expression, context)
            case Call(function) if function not in SCALARS:
                raise DaxError(
                    f"Failed to resolve name '{function}'. It is not a valid table, variable, or function name "
                    "that is evaluated here."
                )
        raise DaxError("The expression specified in the query is not a valid table expression.")

    def is_table(self, expression: Expression, context: Context) -> bool:
        """Whether an expression gives a table rather than a value."""
        match expression:
            case Name(name):
                variable = context.variables.get(name.lower())
                return variable.is_table if variable is not None else True
            case Rows():
                return True
            case Call(function):
                return function in TABLES
            case Block(variables, body):
                return self.is_table(body, self.with_variables(variables, context))
        return False

    def rows_of(self, table: str, context: Context) -> TableValue:
        """The rows of a table of the model that filters leave."""
        columns = tuple(
            TableColumn(one.name, self.model.physical(one), self.model.kind(one), one)
            for one in self.model.columns(table)
        )
        scan = Scan(self.tables, table).restrict(context.filters)
        if scan.source == f"{self.tables.base(table)} t0":
            return TableValue(self.tables.base(table), frozenset(), columns, table)
        name = self.workspace.create(f"SELECT {key_list(scan.keys)}t0.* FROM {scan.source}")
        return TableValue(name, frozenset(scan.keys), columns, table)

    def transition(self, context: Context) -> Context:
        """The rows that are looked at become filters: what CALCULATE and measures begin with."""
        if not context.rows:
            return context
        key = (context.identity, tuple(frame.id for frame in context.rows))
        if key not in self._transitions:
            filters = context.filters
            for frame in reversed(context.rows):
                row = of_row(frame)
                if row.columns:
                    filters = (*without(self.workspace, filters, {column for column, _ in row.columns}), row)
            self._transitions[key] = replace(context, filters=filters, rows=())
        return replace(self._transitions[key], variables=context.variables)

    def without(self, context: Context, columns: frozenset[Column]) -> tuple[Filter, ...]:
        """The filters of a context without those on some columns: the same ones whenever the same is asked."""
        known = context.identity, columns
        if known not in self._without:
            self._without[known] = tuple(without(self.workspace, context.filters, columns))
        return self._without[known]

    def with_variables(self, variables: tuple[tuple[str, Expression], ...], context: Context) -> Context:
        """A context with more variables, each of which knows those before it."""
        for name, expression in variables:
            context = replace(
                context, variables={**context.variables, name.lower(): self._variable(expression, context)}
            )
        return context

    def measure(self, name: str, context: Context) -> Scalar | None:
        """A measure, by context transition; None where there is none of that name."""
        key = name.lower()
        if key in self._defined:
            name, expression = self._defined[key]
        elif key in self.model.measures:
            name, text_of_it = self.model.measures[key]
            try:
                expression = parse_expression(text_of_it)
            except DaxError as error:
                raise DaxError(f"Measure [{name}]: {error}") from error
        else:
            return None
        inner = replace(self.transition(context), variables={})
        known = key, inner.identity
        if known not in self._measures:
            if key in self._measures_begun:
                raise DaxError(f"A circular dependency was detected: [{name}].")
            self._measures_begun.append(key)
            try:
                self._measures[known] = self.workspace.settled(self.value(expression, inner))
            except DaxError as error:
                raise DaxError(f"Measure [{name}]: {error}") from error
            finally:
                self._measures_begun.pop()
        return self._measures[known]

    def single(self, table: TableValue) -> Scalar:
        """A table of one row and column as its value; more rows are an error where the value is used."""
        if len(table.columns) != 1:
            raise DaxError(
                "The expression refers to multiple columns. Multiple columns cannot be converted to a scalar value."
            )
        column, keys = table.columns[0], {key: f"t.k{key}" for key in table.keys}
        kind = column.kind
        select = f"{key_list(keys)}min({column.sql}) AS v, count(*) AS n FROM {table.relation} t{grouping(keys)}"
        found = self.workspace.value(f"SELECT {select}", table.keys, kind)
        name = found.sql.removesuffix(".v")
        failing = f"CAST(error({literal_text(MANY_VALUES)}) AS {SQL_TYPES[kind]})"
        return Scalar(f"CASE WHEN {name}.n > 1 THEN {failing} ELSE {name}.v END", kind, found.needs)

    def _variable(self, expression: Expression, context: Context) -> Variable:
        return Variable(
            lambda: self.workspace.settled(self.value(expression, context)),
            lambda: self.table(expression, context),
            self.is_table(expression, context),
        )

    def _column(self, table: str | None, name: str, context: Context) -> Scalar:
        for frame in context.rows:
            found = _in_row(frame, table, name)
            if found is not None:
                return found
        if table is None:
            measure = self.measure(name, context)
            if measure is None:
                raise DaxError(
                    f"The value for '{name}' cannot be determined. Either the column doesn't exist, or there is no "
                    "current row for this column."
                )
            return measure
        if self.model.column(table, name) is None:
            measure = self.measure(name, context)
            if measure is not None:
                return measure
        column = self.model.sought_column(table, name)
        raise DaxError(
            f"A single value for column '{column.name}' in table '{column.table}' cannot be determined. "
            "This can happen when a measure formula refers to a column that contains many values without specifying an "
            "aggregation such as min, max, count, or sum to get a single result."
        )


def _binary(operator: str, left: Scalar, right: Scalar) -> Scalar:
    match operator:
        case "||" | "&&":
            one, two = truth(left), truth(right)
            return made(f"({one.sql} {'OR' if operator == '||' else 'AND'} {two.sql})", "bool", one, two)
        case "&":
            return made(f"({text(left).sql} || {text(right).sql})", "text", left, right)
        case "+" | "-" | "*" | "/" | "^":
            return arithmetic(operator, left, right)
    return compared(operator, left, right)


def _in_row(frame: Frame, table: str | None, name: str) -> Scalar | None:
    for one in frame.columns:
        if one.name.lower() != name.lower():
            continue
        own = one.column.table if one.column is not None else None
        if table is None or (own is not None and own.lower() == table.lower()):
            return Scalar(f"{frame.table}.{one.sql}", one.kind, frozenset({frame.table}))
    return None
