"""From which columns the columns of a model are made, read off its statement by sqlglot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.model import Model, Relation
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.schema import definitions


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A column that another one is made from."""

    relation: Relation
    column: str


Lineage = Mapping[str, tuple[Origin, ...]]
"""Column of a model → the columns of the relations it names whose values it takes; those that only choose rows or join
are not among them. A constant has none."""


@cache
def column_lineage(models: Models, model: Model) -> Lineage:
    """Of every column of a model. Parsing takes a while, so nothing that has to be quick asks for it."""
    return _lineage(models, model)


def _lineage(models: Models, model: Model) -> Lineage:
    from sqlglot import exp, parse_one
    from sqlglot.optimizer.scope import Scope, build_scope

    statement = parse_one(model.statement, dialect="duckdb")
    columns_of = {one.relation: _columns(models, models.behind(one.relation)) for one in model.references}
    root = build_scope(statement)
    if root is None:
        return {}
    seen: dict[int, dict[str, frozenset[Origin]]] = {}

    def of_scope(scope: Scope) -> dict[str, frozenset[Origin]]:
        if id(scope) not in seen:
            seen[id(scope)] = {}  # of a recursive expression: what it takes from itself is not from elsewhere
            seen[id(scope)] = of_union(scope) if isinstance(scope.expression, exp.SetOperation) else of_select(scope)
        return seen[id(scope)]

    def of_union(scope: Scope) -> dict[str, frozenset[Origin]]:
        first, *others = [of_scope(one) for one in scope.set_operation_scopes]
        by_name = bool(scope.expression.args.get("by_name"))
        united = dict(first)
        for other in others:
            pairs = other.items() if by_name else zip(first, other.values(), strict=False)
            for name, origins in pairs:
                united[name] = united.get(name, frozenset()) | origins
        return united

    def of_source(source: object) -> dict[str, frozenset[Origin]]:
        if isinstance(source, Scope):
            return of_scope(source)
        if not isinstance(source, exp.Table) or not source.db:
            return {}
        relation = Relation(source.db, source.name)
        target = models.behind(relation)
        return {name: frozenset({Origin(target, name)}) for name in columns_of.get(relation, ())}

    def of_select(scope: Scope) -> dict[str, frozenset[Origin]]:
        sources = {name: of_source(source) for name, (_, source) in scope.selected_sources.items()}

        def of_column(column: exp.Column, where: Scope | None = scope) -> frozenset[Origin]:
            if column.table:
                if column.table in sources:
                    return sources[column.table].get(column.name, frozenset())
                return of_outer(column)
            found = [own[column.name] for own in sources.values() if column.name in own]
            return frozenset().union(*found) if found else of_outer(column)

        def of_outer(column: exp.Column) -> frozenset[Origin]:
            """Of a column of the query that this one is part of."""
            above = scope.parent
            while above is not None:
                for name, (_, source) in above.selected_sources.items():
                    if column.table in ("", name) and column.name in (own := of_source(source)):
                        return own[column.name]
                above = above.parent
            return frozenset()

        def of_expression(expression: exp.Expr) -> frozenset[Origin]:
            origins: set[Origin] = set()
            for node in expression.walk(prune=lambda one: isinstance(one, exp.Query)):
                if isinstance(node, exp.Column):
                    lateral = made.get(node.name) if not node.table and not known_anywhere(node.name) else None
                    origins |= of_column(node) if lateral is None else lateral
                elif isinstance(node, exp.Query):
                    query = node.unnest() if isinstance(node, exp.Subquery) else node
                    inner = next((one for one in scope.subquery_scopes if one.expression is query), None)
                    if inner is not None:
                        origins |= frozenset().union(*of_scope(inner).values())
            return frozenset(origins)

        def known_anywhere(name: str) -> bool:
            return any(name in own for own in sources.values())

        made: dict[str, frozenset[Origin]] = {}
        for projection in cast(exp.Select, scope.expression).selects:
            if projection.is_star:
                star = projection.this if isinstance(projection, exp.Column) else projection
                picked = [sources.get(projection.table, {})] if isinstance(projection, exp.Column) else sources.values()
                excluded = {one.name for one in star.args.get("except_") or star.args.get("except") or ()}
                for own in picked:
                    for name, origins in own.items():
                        if name not in excluded and name not in made:
                            made[name] = origins
                for alias in star.args.get("replace") or ():
                    made[alias.alias] = of_expression(alias.this)
            else:
                made[projection.alias_or_name] = of_expression(projection)
        return made

    found = of_scope(root)
    return {name: tuple(sorted(found.get(name, ()))) for name in model.column_names}


def _columns(models: Models, relation: Relation) -> tuple[str, ...]:
    model = models.named(str(relation))
    if model is not None:
        return model.column_names
    if relation.schema == "quickbooks":
        return _quickbooks_columns().get(relation.name, ())
    return _ddl_columns().get(relation, ())


@cache
def _quickbooks_columns() -> Mapping[str, tuple[str, ...]]:
    return {
        table.name: tuple(name for name, _, _ in definitions(one, table)) for one in ENTITIES for table in tables(one)
    }


@cache
def _ddl_columns() -> Mapping[Relation, tuple[str, ...]]:
    """The columns of the tables that the warehouse's own SQL files declare."""
    from sqlglot import exp, parse

    from qbo_pipeline.warehouse.schema import sql

    found: dict[Relation, tuple[str, ...]] = {}
    for name in ("audit.sql", "reports.sql"):
        for statement in parse(sql(name), dialect="duckdb"):
            if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
                table = statement.this.this
                columns = tuple(one.name for one in statement.this.expressions if isinstance(one, exp.ColumnDef))
                found[Relation(table.db, table.name)] = columns
    return found
