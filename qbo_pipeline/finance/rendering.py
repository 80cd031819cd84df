"""Statements as they are run: the names of what is inline and of what a build is about replaced by what they stand for.

Everything else of a statement is run as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from qbo_pipeline.finance.catalogue import Models, document_tables
from qbo_pipeline.finance.model import DOCUMENT_KEY, MONTH_KEY, Built, Model, Reference, Relation
from qbo_pipeline.finance.references import replace_references

TOUCHED_DOCUMENT = "temp.main.touched_document"
"""The documents a build is about: realm_id, transaction_id."""
TOUCHED_MONTH = "temp.main.touched_month"
"""The months a build is about: realm_id, basis, month."""


class Scope(Enum):
    """What the schema `changed` holds for a statement."""

    EVERYTHING = "everything"
    DOCUMENTS = "documents"
    """Rows of touched documents."""
    MONTHS = "months"
    """Rows of touched months."""


Narrowed = Callable[[Relation], str]
"""What to read the rows of a relation from that a scope is about."""


def render(models: Models, model: Model, narrowed: Narrowed) -> str:
    """The statement of a model, with `changed.…` read from where `narrowed` says."""

    def text_of(reference: Reference) -> str:
        relation = reference.relation
        if relation.schema == "changed":
            return narrowed(models.behind(relation))
        target = models.named(str(relation))
        if target is not None and target.built is Built.INLINE:
            return f"(\n{render(models, target, narrowed)}\n)"
        return quoted(relation)

    return replace_references(model.statement, model.references, text_of)


def quoted(relation: Relation) -> str:
    """As SQL."""
    return f'{relation.schema}."{relation.name}"'


def everything(relation: Relation) -> str:
    """All rows."""
    return quoted(relation)


def of_documents(relation: Relation) -> str:
    """The rows of touched documents."""
    table = document_tables().get(relation.name) if relation.schema == "quickbooks" else None
    key = table.id_column if table is not None else DOCUMENT_KEY[1]
    return (
        f"(SELECT * FROM {quoted(relation)} AS narrowed SEMI JOIN {TOUCHED_DOCUMENT} AS touched "
        f'ON touched.realm_id = narrowed.realm_id AND touched.transaction_id = narrowed."{key}")'
    )


def of_months(relation: Relation) -> str:
    """The rows of touched months."""
    return f"(SELECT * FROM {quoted(relation)} SEMI JOIN {TOUCHED_MONTH} USING ({', '.join(MONTH_KEY)}))"
