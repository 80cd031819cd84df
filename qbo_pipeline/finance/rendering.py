"""Statements as they are run: the names of what is inline and of what a build is about replaced by what they stand for.

Everything else of a statement is run as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from qbo_pipeline.finance.catalogue import Models, document_tables
from qbo_pipeline.finance.model import DOCUMENT_KEY, MONTH_KEY, Built, Model, Reference, Relation
from qbo_pipeline.finance.references import replace_references
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.schema import definitions

TOUCHED_DOCUMENT = "temp.main.touched_document"
"""The documents a build is about: realm_id, transaction_id."""
TOUCHED_MONTH = "temp.main.touched_month"
"""The months a build is about: realm_id, basis, month."""


ReadFrom = Callable[[Relation, Model], str]
"""What a model reads the rows of a relation from."""


def as_written(models: Models, model: Model) -> str:
    """The statement of a model that readers run: a view or a macro."""
    return _replaced(models, model, plainly, plainly)


def render(models: Models, model: Model, all_of: ReadFrom, changed: ReadFrom) -> str:
    """The statement of a model that a build runs.

    What is inline goes before it as common table expressions, each once however often it is named.

    Args:
        models: all models.
        model: one with rows of its own, or an inline one.
        all_of: what to read all rows of a relation from.
        changed: what to read `changed.…` from.
    """
    own = _replaced(models, model, all_of, changed)
    inline = [f'"{one.name}" AS (\n{_replaced(models, one, all_of, changed)}\n)' for one in inline_above(models, model)]
    if not inline:
        return own
    begins = _WITH.match(own)
    recursive = " RECURSIVE" if begins and begins[1] else ""
    return f"WITH{recursive} {', '.join(inline)}{', ' if begins else ' '}{own[begins.end() if begins else 0 :]}"


_WITH = re.compile(r"\s*WITH\b(\s+RECURSIVE\b)?", re.IGNORECASE)


def inline_above(models: Models, model: Model) -> list[Model]:
    """The inline models that a model's statement is made of, those first that the others are made of."""
    wanted: set[str] = set()

    def add(one: Model) -> None:
        for relation in models.upstream[one.name]:
            above = models.named(str(relation))
            if above is not None and above.built is Built.INLINE and above.name not in wanted:
                wanted.add(above.name)
                add(above)

    add(model)
    return [one for one in models.ordered if one.name in wanted]


def _replaced(models: Models, model: Model, all_of: ReadFrom, changed: ReadFrom) -> str:
    def text_of(reference: Reference) -> str:
        relation = reference.relation
        if relation.schema == "changed":
            return changed(models.behind(relation), model)
        target = models.named(str(relation))
        return f'"{relation}"' if target is not None and target.built is Built.INLINE else all_of(relation, model)

    return replace_references(model.statement, model.references, text_of)


def quoted(relation: Relation) -> str:
    """As SQL."""
    return f'{relation.schema}."{relation.name}"'


def plainly(relation: Relation, _: Model) -> str:
    """The relation itself."""
    return quoted(relation)


@dataclass
class Reading:
    """What a build reads from.

    The views of QuickBooks' tables show every column there is, some of them hundreds: finding out what they are takes
    DuckDB longer than reading a few rows. So a build reads the stored tables, and of these what is named.
    """

    models: Models
    stored: Mapping[str, frozenset[str]]
    """Table → the columns that it has so far."""

    def everything(self, relation: Relation, by: Model) -> str:
        """All rows."""
        return f"({self._select(relation, by)})" if self._is_stored(relation) else quoted(relation)

    def nothing(self, relation: Relation, by: Model) -> str:
        """No rows."""
        return f"({self._select(relation, by)} WHERE false)"

    def of_documents(self, relation: Relation, by: Model | None = None) -> str:
        """The rows of touched documents, with the columns that one model names or any."""
        table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
        key = table.id_column if table is not None else DOCUMENT_KEY[1]
        return (
            f"({self._select(relation, by)} AS narrowed SEMI JOIN {TOUCHED_DOCUMENT} AS touched "
            f'ON touched.realm_id = narrowed.realm_id AND touched.transaction_id = narrowed."{key}")'
        )

    def of_months(self, relation: Relation, _: Model) -> str:
        """The rows of touched months."""
        return f"(SELECT * FROM {quoted(relation)} SEMI JOIN {TOUCHED_MONTH} USING ({', '.join(MONTH_KEY)}))"

    def _is_stored(self, relation: Relation) -> bool:
        return relation.schema == "quickbooks" and relation.name in self.stored and relation.name in declarations()

    def _select(self, relation: Relation, by: Model | None) -> str:
        if not self._is_stored(relation):
            return f"SELECT * FROM {quoted(relation)}"
        named, found = self.models.columns_named(relation, by), self.stored[relation.name]
        columns = [
            f'"{name}"' if name in found else f'NULL::{kind} AS "{name}"'
            for name, kind in declarations()[relation.name]
            if named is None or name in named
        ]
        return f'SELECT {", ".join(columns) or "realm_id"} FROM stored."{relation.name}"'


@cache
def declarations() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Table of QuickBooks → its columns with their types, in order."""
    return {
        table.name: tuple((name, kind) for name, kind, _ in definitions(entity, table))
        for entity in ENTITIES
        for table in tables(entity)
    }


def stored_columns(connection: duckdb.DuckDBPyConnection) -> Mapping[str, frozenset[str]]:
    """Stored table → the columns that it has so far."""
    rows = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'stored' GROUP BY table_name"
    ).fetchall()
    return {name: frozenset(columns) for name, columns in rows}
