"""What a model has to be like for every destination to take it, checked before anything is sent.

Limits of push datasets: learn.microsoft.com, "Power BI push semantic models limitations", and the patterns of names in
the REST API's OpenAPI document. Those of Tableau: relationships of a data source make a tree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from qbo_pipeline.model.definition import Category, Column, DataType, Delivery, Kind, SemanticModel, Summary, Table
from qbo_pipeline.model.findings import Destination, Finding, ModelLimitError
from qbo_pipeline.model.measure_limits import measure_findings
from qbo_pipeline.model.relationship_limits import relationship_findings

MOST_COLUMNS = 75
MOST_TABLES = 75
MOST_RELATIONSHIPS = 75
LONGEST_NAME = 100
DELIVERY_COLUMNS = {
    Delivery.REPLACE: frozenset({"batch"}),
    Delivery.SIGNED: frozenset({"batch", "row key", "row sign"}),
}
"""Columns that deliveries to push datasets add to a table, in small letters."""
FORBIDDEN_IN_TABLE_NAMES = frozenset("!\"$%&'()*+,./:;<=>?[\\]{|}`")
RESERVED_TABLES = frozenset({"date"})
"""The service does not answer for a push table of this name."""

_NUMERIC = frozenset({DataType.WHOLE, DataType.MONEY, DataType.NUMBER})
_DAYS = frozenset({DataType.DATE, DataType.INSTANT})
_NUMBER_SECTION = r"[($]*[#0,]*[0#](?:\.[0#]+)?%?\)?"
_NUMBER_FORMAT = re.compile(rf"{_NUMBER_SECTION}(?:;(?:-?{_NUMBER_SECTION}|-)){{0,2}}")
_DAY_FORMAT = re.compile(r"(?:yyyy|mm|dd|hh|nn|ss|[-/: ])+")


def findings(model: SemanticModel) -> tuple[Finding, ...]:
    """Everything in a model that some destination does not take; nothing, if all is well."""
    return tuple(found for check in _CHECKS for found in check(model))


def require(model: SemanticModel, *destinations: Destination) -> None:
    """See to it that these destinations take a model.

    Raises:
        ModelLimitError: naming every table, column and measure in the way.
    """
    wanted = {Destination.ANY, *destinations}
    found = tuple(one for one in findings(model) if one.destination in wanted)
    if found:
        raise ModelLimitError(found)


def _counts(model: SemanticModel) -> Iterator[Finding]:
    for what, number, most in (
        ("tables", len(model.tables), MOST_TABLES),
        ("relationships", len(model.relationships), MOST_RELATIONSHIPS),
    ):
        if number > most:
            yield Finding(Destination.PUSH, f"There are {number} {what}, and {most} are the most.")
    for table in model.tables:
        number = len(table.columns) + len(DELIVERY_COLUMNS[table.delivery])
        if number > MOST_COLUMNS:
            yield Finding(
                Destination.PUSH,
                f"It has {number} columns with those that deliveries add, and {MOST_COLUMNS} are the most. "
                "Leave some out, or split the table.",
                table.name,
            )
        if not table.columns:
            yield Finding(Destination.ANY, "It has no column, and a table needs one.", table.name)


def _duplicates(model: SemanticModel) -> Iterator[Finding]:
    for name in _twice(table.name for table in model.tables):
        yield Finding(Destination.ANY, "There are two tables of this name; capitals make no difference.", name)
    for name in _twice(one.name for one in model.measures):
        yield Finding(
            Destination.ANY, "There are two measures of this name; capitals make no difference.", measure=name
        )
    for table in model.tables:
        for name in _twice(column.name for column in table.columns):
            yield Finding(
                Destination.ANY, "There are two columns of this name; capitals make no difference.", table.name, name
            )
        taken = {column.name.lower() for column in table.columns}
        for measure in model.measures_of(table.name):
            if measure.name.lower() in taken:
                yield Finding(
                    Destination.TMDL, "A column of its table has the same name.", table.name, measure=measure.name
                )
        for name in _twice([*(one.name for one in table.hierarchies), *(column.name for column in table.columns)]):
            if any(one.name.lower() == name.lower() for one in table.hierarchies):
                yield Finding(
                    Destination.TMDL, f"The hierarchy {name} has the name of a column or of another one.", table.name
                )
    shown = [(table.name, column.name) for table in model.tables for column in table.columns if not column.hidden]
    often = Counter(name.lower() for _, name in shown)
    often.update(measure.name.lower() for measure in model.measures if not measure.hidden)
    for table_name, name in shown:
        if often[name.lower()] > 1:
            yield Finding(
                Destination.TABLEAU,
                "Another column or measure that people see has this name, and a data source shows all in one list.",
                table_name,
                name,
            )


def _names(model: SemanticModel) -> Iterator[Finding]:
    for table in model.tables:
        if problem := _name_problem(table.name):
            yield Finding(Destination.ANY, f"The name {problem}.", table.name)
        if bad := sorted(FORBIDDEN_IN_TABLE_NAMES & set(table.name)):
            yield Finding(
                Destination.PUSH, f"The name has {' '.join(bad)}, which no table's name may have.", table.name
            )
        if table.name.lower() in RESERVED_TABLES:
            yield Finding(Destination.PUSH, "No table may have this name: call it Calendar.", table.name)
        for column in table.columns:
            yield from _column_name(table, column)
    for measure in model.measures:
        if problem := _name_problem(measure.name):
            yield Finding(Destination.ANY, f"The name {problem}.", measure=measure.name)
        if set("[]") & set(measure.name):
            yield Finding(Destination.TABLEAU, "A field's name may have no square brackets.", measure=measure.name)


def _column_name(table: Table, column: Column) -> Iterator[Finding]:
    if problem := _name_problem(column.name):
        yield Finding(Destination.ANY, f"The name {problem}.", table.name, column.name)
    if set("[]") & set(column.name):
        yield Finding(Destination.TABLEAU, "A field's name may have no square brackets.", table.name, column.name)
    if column.name.lower() in DELIVERY_COLUMNS[table.delivery]:
        yield Finding(
            Destination.PUSH, "Deliveries add a column of this name: choose another one.", table.name, column.name
        )


def _name_problem(name: str) -> str | None:
    if not name or len(name) > LONGEST_NAME:
        return f"has {len(name)} characters, and 1 to {LONGEST_NAME} are allowed"
    if name != name.strip():
        return "begins or ends with a space"
    if any(ord(character) < 0x20 for character in name):
        return "has a control character"
    return None


def _columns(model: SemanticModel) -> Iterator[Finding]:
    for table in model.tables:
        for column in table.columns:
            for problem in _column_problems(table, column):
                yield Finding(Destination.ANY, problem, table.name, column.name)
            if column.category is not None and column.category not in set(Category):
                yield Finding(Destination.PUSH, f"'{column.category}' is no data category.", table.name, column.name)


def _column_problems(table: Table, column: Column) -> Iterator[str]:
    if not column.description:
        yield "It has no description."
    if column.summary not in (Summary.NONE, Summary.COUNT) and column.type not in _NUMERIC:
        yield f"What is {column.type} has no {column.summary}."
    if column.category is not None and column.type is not DataType.TEXT:
        yield f"A category is for texts, and this is {column.type}."
    yield from _format_problems(column)
    if column.sort_by is None:
        return
    other = table.by_name.get(column.sort_by)
    if other is None:
        yield f"It is sorted by {column.sort_by}, and the table has no such column."
    elif other is column:
        yield "It is sorted by itself."
    elif other.sort_by is not None:
        yield f"It is sorted by {other.name}, which is sorted by another one itself."


def _format_problems(column: Column) -> Iterator[str]:
    if column.format is None:
        if column.type in _NUMERIC | _DAYS:
            yield f"What is {column.type} has a format: give it one."
    elif column.type in _NUMERIC:
        if not _NUMBER_FORMAT.fullmatch(column.format):
            yield f"'{column.format}' is no format of a number, as #,0.00;(#,0.00);- is."
    elif column.type in _DAYS:
        if not _DAY_FORMAT.fullmatch(column.format):
            yield f"'{column.format}' is no format of a day, as yyyy-mm-dd is."
    else:
        yield f"What is {column.type} has no format."


def _tables(model: SemanticModel) -> Iterator[Finding]:
    for table in model.tables:
        if not table.description:
            yield Finding(Destination.ANY, "It has no description.", table.name)
        for role, name in (("key", table.key), ("company", table.company), ("day", table.days)):
            if name is not None and name not in table.by_name:
                yield Finding(Destination.ANY, f"Its {role} is to be {name}, and it has no such column.", table.name)
        key = table.by_name.get(table.key)
        if key is not None and key.type in (DataType.NUMBER, DataType.BOOLEAN):
            yield Finding(
                Destination.HYPER,
                f"A key that is {key.type} tells no rows apart: make it a text.",
                table.name,
                key.name,
            )
        days = table.by_name.get(table.days or "")
        if days is not None and days.type is not DataType.DATE:
            yield Finding(Destination.TMDL, "The day of a calendar is a date.", table.name, days.name)
        if table.delivery is Delivery.SIGNED and not any(column.additive for column in table.columns):
            yield Finding(Destination.PUSH, "It is delivered by signed rows, and no column of it adds up.", table.name)
        if table.delivery is Delivery.SIGNED and table.kind is not Kind.FACT:
            yield Finding(
                Destination.PUSH, "Only facts are delivered by signed rows: a dimension has one row a key.", table.name
            )
        for hierarchy in table.hierarchies:
            for level in hierarchy.levels:
                if level not in table.by_name:
                    yield Finding(
                        Destination.ANY,
                        f"Level {level} of the hierarchy {hierarchy.name} is no column.",
                        table.name,
                        level,
                    )


def _relationships(model: SemanticModel) -> Iterator[Finding]:
    yield from relationship_findings(model)
    for one in model.relationships:
        if len(one.name) > LONGEST_NAME or FORBIDDEN_IN_TABLE_NAMES & set(one.name):
            yield Finding(
                Destination.PUSH, f"The relationship's name '{one.name}' is too long or has a forbidden character.",
                one.from_table, one.from_column,
            )  # fmt: skip


def _measures(model: SemanticModel) -> Iterator[Finding]:
    yield from measure_findings(model)
    for measure in model.measures:
        if not (_NUMBER_FORMAT.fullmatch(measure.format) or _DAY_FORMAT.fullmatch(measure.format)):
            yield Finding(
                Destination.ANY,
                f"'{measure.format}' is no format of a number or day.",
                measure.table,
                None,
                measure.name,
            )
        if not measure.description:
            yield Finding(Destination.ANY, "It has no description.", measure.table, None, measure.name)


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    again = []
    for name in names:
        if name.lower() in seen:
            again.append(name)
        seen.add(name.lower())
    return again


_CHECKS: tuple[Callable[[SemanticModel], Iterator[Finding]], ...] = (
    _counts,
    _duplicates,
    _names,
    _tables,
    _columns,
    _relationships,
    _measures,
)
