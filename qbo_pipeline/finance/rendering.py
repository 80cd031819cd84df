"""Statements as they are run: the names of what is inline and of what a build is about replaced by what they stand for.

Everything else of a statement is run as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import duckdb

from qbo_pipeline.finance.catalogue import Models, document_tables
from qbo_pipeline.finance.model import DOCUMENT_KEY, MONTH_KEY, SCHEMAS, Built, Model, Reference, Relation
from qbo_pipeline.finance.parts import Leaving
from qbo_pipeline.finance.references import replace_references
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.schema import definitions, literal
from qbo_pipeline.warehouse.storage import columns_of

TOUCHED_DOCUMENT = "temp.main.touched_document"
"""The documents a build is about: realm_id, transaction_id."""
TOUCHED_MONTH = "temp.main.touched_month"
"""The months a build is about: realm_id, basis, month."""


ReadFrom = Callable[[Relation, Model], str]
"""What a model reads the rows of a relation from."""


def never(_: Relation) -> bool:
    """Nothing is known to have no rows."""
    return False


def as_written(models: Models, model: Model) -> str:
    """The statement of a model that readers run: a view or a macro."""
    return _replaced(models, model, plainly, plainly)


def render(
    models: Models, model: Model, all_of: ReadFrom, changed: ReadFrom, is_empty: Callable[[Relation], bool] = never
) -> str:
    """The statement of a model that a build runs.

    What is inline goes before it as common table expressions, each once however often it is named; DuckDB keeps the
    rows of those that are named more than once, unless they are to be read anew. Parts that have no rows are left out.

    Args:
        models: all models.
        model: one with rows of its own, or an inline one.
        all_of: what to read all rows of a relation from.
        changed: what to read `changed.…` from.
        is_empty: whether a relation, as a statement names it, is known to have no rows.
    """
    leaving = leave_out(models, is_empty)
    own = _replaced(models, leaving.rest(model).model, all_of, changed)
    inline = [
        f'"{one.name}" AS{" NOT MATERIALIZED" if one.is_read_anew else ""} (\n'
        f"{_replaced(models, one, all_of, changed)}\n)"
        for one in inline_above(models, model, leaving)
    ]
    if not inline:
        return own
    begins = _WITH.match(own)
    recursive = " RECURSIVE" if begins and begins[1] else ""
    return f"WITH{recursive} {', '.join(inline)}{', ' if begins else ' '}{own[begins.end() if begins else 0 :]}"


_WITH = re.compile(r"\s*WITH\b(\s+RECURSIVE\b)?", re.IGNORECASE)


def leave_out(models: Models, is_empty: Callable[[Relation], bool]) -> Leaving:
    """Leaves out what has no rows of the statements of models."""
    return Leaving(lambda relation: _inline(models, relation), is_empty)


def inline_above(models: Models, model: Model, leaving: Leaving) -> list[Model]:
    """What is left of the inline models that a statement is made of, those first that the others are made of."""
    wanted: dict[str, Model] = {}

    def add(one: Model) -> None:
        for reference in one.references:
            above = _inline(models, reference.relation)
            if above is not None and above.name not in wanted:
                wanted[above.name] = leaving.rest(above).model
                add(wanted[above.name])

    add(leaving.rest(model).model)
    return [wanted[one.name] for one in models.ordered if one.name in wanted]


def _inline(models: Models, relation: Relation) -> Model | None:
    model = models.named(str(relation)) if relation.schema in SCHEMAS else None
    return model if model is not None and model.built is Built.INLINE else None


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


def between_touched(column: str) -> str:
    """Holds of the ids of all touched documents.

    It says nothing that a join with them does not say, but by it DuckDB knows parts of a table to have none: documents
    that change are mostly young ones, and lie together.
    """
    least, most = (f"(SELECT {which}(transaction_id) FROM {TOUCHED_DOCUMENT})" for which in ("min", "max"))
    return f"{column} BETWEEN {least} AND {most}"


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
    connection: duckdb.DuckDBPyConnection
    has_stored: bool
    """Whether there are stored tables below the views."""
    named_documents: Mapping[str, Sequence[str]] | None = None
    """Company → ids of its touched documents, where they are few enough to be named in statements."""
    _stored: dict[str, frozenset[str]] = field(default_factory=dict)
    """Table → the columns that it has so far, of those that were asked for."""

    def everything(self, relation: Relation, by: Model) -> str:
        """All rows."""
        return quoted(relation) if self._stored_columns(relation) is None else f"({self._select(relation, by)})"

    def nothing(self, relation: Relation, by: Model) -> str:
        """No rows of a table of QuickBooks."""
        columns = [f'NULL::{kind} AS "{name}"' for name, kind in self._named(relation, by)]
        return f"(SELECT {', '.join(columns)} WHERE false)"

    def of_documents(self, relation: Relation, by: Model | None = None) -> str:
        """The rows of touched documents, with the columns that one model names or any."""
        table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
        column = table.id_column if table is not None else DOCUMENT_KEY[1]
        return f"({self._select(relation, by)} AS narrowed {self.only_touched('narrowed', column)})"

    def only_touched(self, alias: str, column: str = DOCUMENT_KEY[1]) -> str:
        """What follows a relation in a query to leave rows of touched documents alone, by the column of their ids."""
        if self.named_documents is not None:
            return f"WHERE {self.among_named(alias, column)}"
        id_ = f'{alias}."{column}"'
        return (
            f"SEMI JOIN {TOUCHED_DOCUMENT} AS touched ON touched.realm_id = {alias}.realm_id "
            f"AND touched.transaction_id = {id_} WHERE {between_touched(id_)}"
        )

    def among_named(self, alias: str, column: str = DOCUMENT_KEY[1]) -> str:
        """Holds of rows of touched documents that are few: to name them takes a third of the time of a join."""
        companies = [
            f'({alias}.realm_id = {literal(realm)} AND {alias}."{column}" IN ({", ".join(map(literal, ids))}))'
            for realm, ids in (self.named_documents or {}).items()
        ]
        return f"({' OR '.join(companies) or 'false'})"

    def of_months(self, relation: Relation, _: Model) -> str:
        """The rows of touched months. Where no row can be of one DuckDB does not even look for companies and bases."""
        return (
            f"(SELECT * FROM {quoted(relation)} SEMI JOIN {TOUCHED_MONTH} USING ({', '.join(MONTH_KEY)}) "
            f"WHERE month IN (SELECT month FROM {TOUCHED_MONTH}))"
        )

    def _select(self, relation: Relation, by: Model | None) -> str:
        found = self._stored_columns(relation)
        if found is None:
            return f"SELECT * FROM {quoted(relation)}"
        columns = [
            f'"{name}"' if name in found else f'NULL::{kind} AS "{name}"' for name, kind in self._named(relation, by)
        ]
        return f'SELECT {", ".join(columns)} FROM stored."{relation.name}"'

    def _named(self, relation: Relation, by: Model | None) -> list[tuple[str, str]]:
        """The columns of a table of QuickBooks that are read, with their types."""
        named = self.models.columns_named(relation, by)
        columns = declarations()[relation.name]
        return [one for one in columns if named is None or one[0] in named] or [columns[0]]

    def _stored_columns(self, relation: Relation) -> frozenset[str] | None:
        """None of what is no stored table of QuickBooks."""
        if not self.has_stored or relation.schema != "quickbooks" or relation.name not in declarations():
            return None
        if relation.name not in self._stored:
            self._stored[relation.name] = frozenset(columns_of(self.connection, f'stored."{relation.name}"'))
        return self._stored[relation.name]


@cache
def declarations() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Table of QuickBooks → its columns with their types, in order."""
    return {
        table.name: tuple((name, kind) for name, kind, _ in definitions(entity, table))
        for entity in ENTITIES
        for table in tables(entity)
    }
