"""CALCULATE and CALCULATETABLE: expressions under other filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from qbo_pipeline.local.power_bi.dax.engine import Engine, scalar_function, table_function
from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.filters import Context, Filter, of_table
from qbo_pipeline.local.power_bi.dax.mentions import condition_columns, stands_alone
from qbo_pipeline.local.power_bi.dax.model import Column
from qbo_pipeline.local.power_bi.dax.relations import TableValue
from qbo_pipeline.local.power_bi.dax.syntax import Block, Call, ColumnName, Expression, Name
from qbo_pipeline.local.power_bi.dax.tables import all_of, filtered
from qbo_pipeline.local.power_bi.dax.values import Scalar


@dataclass(slots=True)
class _Changes:
    """What the arguments of a CALCULATE do to filters."""

    gone: set[Column] = field(default_factory=set)
    """Columns whose filters are removed, or replaced by those in `added`."""
    everything: bool = False
    added: list[Filter] = field(default_factory=list)


@scalar_function("CALCULATE")
def _calculate(engine: Engine, call: Call, context: Context) -> Scalar:
    return engine.value(_first(call), with_filters(engine, call.arguments[1:], context))


@table_function("CALCULATETABLE")
def _calculate_table(engine: Engine, call: Call, context: Context) -> TableValue:
    return engine.table(_first(call), with_filters(engine, call.arguments[1:], context))


def with_filters(engine: Engine, arguments: Iterable[Expression], context: Context) -> Context:
    """The context that CALCULATE makes: rows become filters, then its arguments replace those on the same columns."""
    changes = _Changes()
    for argument in arguments:
        _apply(engine, argument, context, changes, keep=False)
    inner = engine.transition(context)
    left = () if changes.everything else engine.without(inner, frozenset(changes.gone))
    return replace(inner, filters=(*left, *changes.added))


def _apply(engine: Engine, argument: Expression, context: Context, changes: _Changes, *, keep: bool) -> None:
    match argument:
        case Call("KEEPFILTERS", (inner,)):
            _apply(engine, inner, context, changes, keep=True)
        case Call("REMOVEFILTERS" | "ALL", ()):
            changes.everything = True
        case Call("REMOVEFILTERS" | "ALL", columns):
            changes.gone.update(_cleared(engine, columns))
        case Call("ALLEXCEPT", (Name(table), *kept)):
            spared = set(_cleared(engine, tuple(kept)))
            changes.gone.update(set(_cleared(engine, (Name(table),))) - spared)
        case Call("USERELATIONSHIP" | "CROSSFILTER" | "ALLSELECTED" as function):
            raise DaxError(f"{function} isn't evaluated here: push datasets have active relationships only.")
        case _:
            _add(engine, _as_filter(engine, argument, context), changes, keep=keep)


def _as_filter(engine: Engine, argument: Expression, context: Context) -> Filter:
    """A filter argument; a condition that looks at nothing around it is the same filter wherever it stands."""
    if not stands_alone(engine, argument):
        return of_table(engine.workspace, _as_table(engine, argument, context))
    if argument not in engine.conditions:
        engine.conditions[argument] = of_table(engine.workspace, _as_table(engine, argument, context))
    return engine.conditions[argument]


def _as_table(engine: Engine, argument: Expression, context: Context) -> TableValue:
    """A filter argument as a table: a condition on columns means those of their values that fulfil it."""
    if isinstance(argument, Block):
        context, argument = engine.with_variables(argument.variables, context), argument.body
    if engine.is_table(argument, context) or (isinstance(argument, Call) and argument.function not in _CONDITIONS):
        return engine.table(argument, context)
    columns = condition_columns(engine, argument)
    return filtered(engine, all_of(engine, columns[0].table, columns), argument, context)


_CONDITIONS = frozenset({"AND", "OR", "NOT", "ISBLANK", "IF", "SWITCH", "TRUE", "FALSE"})


def _add(engine: Engine, added: Filter, changes: _Changes, *, keep: bool) -> None:
    changes.added.append(added)
    if keep:
        return
    for column, _ in added.columns:
        changes.gone.add(column)
        if engine.model.is_date_key(column):
            changes.gone.update(engine.model.columns(column.table))


def _cleared(engine: Engine, arguments: tuple[Expression, ...]) -> Iterable[Column]:
    """Columns that REMOVEFILTERS names: a table stands for its own and those of all tables that filter it."""
    for argument in arguments:
        match argument:
            case ColumnName(str(table), name):
                yield engine.model.sought_column(table, name)
            case Name(name) if (found := engine.model.table(name)) is not None:
                for reached in engine.model.paths(found.name):
                    yield from engine.model.columns(reached)
            case Name(name):
                raise DaxError(f"Cannot find table '{name}'.")
            case _:
                raise DaxError("REMOVEFILTERS and ALL take a table or columns.")


def _first(call: Call) -> Expression:
    if not call.arguments:
        raise DaxError(f"{call.function} takes an expression and filters.")
    return call.arguments[0]
