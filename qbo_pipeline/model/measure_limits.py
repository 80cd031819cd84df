"""What measures have to be like: their names resolve, and their sums are right over signed rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from qbo_pipeline.model.dax import FUNCTIONS, DaxError, Expression, Reference, read
from qbo_pipeline.model.definition import Delivery, Measure, SemanticModel
from qbo_pipeline.model.findings import Destination, Finding

# fmt: off
_COUNTING = frozenset({
    "AVERAGE", "AVERAGEX", "COUNT", "COUNTROWS", "COUNTX", "DISTINCT", "DISTINCTCOUNT", "FIRSTDATE", "LASTDATE", "MAX",
    "MAXX", "MIN", "MINX", "SUMX", "VALUES",
})
# fmt: on
"""Functions that a reversal is a row of its own for."""
_SIGNED = "which is delivered by signed rows: a reversal counts as a row of its own there. Sum a column that adds up."


def measure_findings(model: SemanticModel) -> Iterator[Finding]:
    """What is wrong with the measures of a model."""
    readable: dict[str, Expression] = {}
    for measure in model.measures:
        if measure.table not in model.by_name:
            yield Finding(Destination.ANY, "It is to be found in a table that is not there.", measure.table, None,
                          measure.name)  # fmt: skip
        try:
            readable[measure.name] = read(measure.dax)
        except DaxError as error:
            yield Finding(Destination.ANY, str(error), measure.table, None, measure.name)
            continue
        for destination, message in _problems(model, readable[measure.name]):
            yield Finding(destination, message, measure.table, None, measure.name)
        yield from _of_sql(measure)
    for name in sorted(_circles(readable)):
        yield Finding(Destination.ANY, "It is made of itself.", measure=name)


def _problems(model: SemanticModel, expression: Expression) -> Iterator[tuple[Destination, str]]:
    for name in expression.unknown:
        yield Destination.ANY, f"{name} is no function, variable or keyword; tables stand in single quotes."
    for function in sorted(expression.functions - FUNCTIONS):
        destination = Destination.PUSH if function == "USERELATIONSHIP" else Destination.ANY
        yield destination, f"{function} is none of the functions that measures of this model are written in."
    for reference in expression.references:
        problem = _unresolved(model, reference)
        if problem:
            yield Destination.ANY, problem
    for call in expression.calls:
        table = None if call.of is None or call.of.table is None else model.by_name.get(call.of.table)
        if table is None or call.of is None or table.delivery is not Delivery.SIGNED:
            continue
        if call.function in _COUNTING:
            yield Destination.PUSH, f"{call.function} is applied to {call.of}, {_SIGNED}"
        column = table.by_name.get(call.of.name or "")
        if call.function == "SUM" and column is not None and not column.additive:
            yield Destination.PUSH, f"SUM is applied to {call.of}, {_SIGNED}"


def _unresolved(model: SemanticModel, reference: Reference) -> str | None:
    if reference.table is None:
        if any(measure.name == reference.name for measure in model.measures):
            return None
        return f"{reference} is no measure; a column stands behind its table."
    table = model.by_name.get(reference.table)
    if table is None:
        return f"{reference}: there is no table {reference.table}."
    if reference.name is not None and reference.name not in table.by_name:
        return f"{reference}: there is no such column."
    return None


def _of_sql(measure: Measure) -> Iterator[Finding]:
    if not measure.sql.lstrip().upper().startswith(("SELECT", "WITH")) or ";" in measure.sql:
        yield Finding(Destination.ANY, "Its SQL is to be one SELECT.", measure.table, None, measure.name)


def _circles(expressions: Mapping[str, Expression]) -> set[str]:
    above = {
        name: {one.name for one in expression.references if one.table is None and one.name in expressions}
        for name, expression in expressions.items()
    }

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        ahead = list(above[name])
        while ahead:
            one = ahead.pop()
            if one is not None and one not in found:
                found.add(one)
                ahead.extend(above[one])
        return found

    return {name for name in above if name in reached(name)}
