"""Statements as they are run: the names of what is inline and of what a build is about replaced by what they stand for.

Everything else of a statement is run as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qbo_pipeline.finance.catalogue import Models, document_tables
from qbo_pipeline.finance.model import DOCUMENT_KEY, MONTH_KEY, Built, Model, Reference, Relation
from qbo_pipeline.finance.references import replace_references

TOUCHED_DOCUMENT = "temp.main.touched_document"
"""The documents a build is about: realm_id, transaction_id."""
TOUCHED_MONTH = "temp.main.touched_month"
"""The months a build is about: realm_id, basis, month."""


Narrowed = Callable[[Relation], str]
"""What to read the rows of a relation from that a scope is about."""


def render(models: Models, model: Model, narrowed: Narrowed) -> str:
    """The statement of a model, with `changed.…` read from where `narrowed` says.

    What is inline goes before it as common table expressions, each once however often it is named.
    """
    own = _replaced(models, model, narrowed)
    inline = [f'"{one.name}" AS (\n{_replaced(models, one, narrowed)}\n)' for one in inline_above(models, model)]
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


def _replaced(models: Models, model: Model, narrowed: Narrowed) -> str:
    def text_of(reference: Reference) -> str:
        relation = reference.relation
        if relation.schema == "changed":
            return narrowed(models.behind(relation))
        target = models.named(str(relation))
        return f'"{relation}"' if target is not None and target.built is Built.INLINE else quoted(relation)

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
