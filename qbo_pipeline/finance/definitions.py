"""The statements that make models and their descriptions in the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qbo_pipeline.finance.model import DOCUMENT_KEY, KEPT, MONTH_KEY, Built, Model
from qbo_pipeline.finance.rendering import TOUCHED_DOCUMENT, TOUCHED_MONTH, between_touched, quoted
from qbo_pipeline.warehouse.schema import literal


def create(model: Model, statement: str) -> str:
    """Makes the model from a rendered statement, in the place of an earlier one."""
    name = quoted(model.relation)
    if model.built is Built.MACRO:
        return f"CREATE OR REPLACE MACRO {name}({model.parameters}) AS TABLE\n{statement}"
    return f"CREATE OR REPLACE {'TABLE' if model.built in KEPT else 'VIEW'} {name} AS\n{statement}"


def remove_touched(model: Model) -> str:
    """Takes the rows of touched documents or months away."""
    key, touched = (DOCUMENT_KEY, TOUCHED_DOCUMENT) if model.built is Built.DOCUMENTS else (MONTH_KEY, TOUCHED_MONTH)
    same = " AND ".join(f"known.{column} = touched.{column}" for column in key)
    return f"DELETE FROM {quoted(model.relation)} AS known USING {touched} AS touched WHERE {same}"


FOUND = "temp.main.found_row"
"""Rows of touched documents as they were."""


def find_touched(model: Model, columns: Sequence[str]) -> str:
    """Finds the rows of touched documents, with some of their columns: looking twice for them costs twice as much."""
    told = "".join(f", known.{column}" for column in columns)
    same = " AND ".join(f"known.{column} = touched.{column}" for column in DOCUMENT_KEY)
    return (
        f"CREATE OR REPLACE TEMP TABLE found_row AS SELECT known.rowid AS row_id{told} "
        f"FROM {quoted(model.relation)} AS known SEMI JOIN {TOUCHED_DOCUMENT} AS touched ON {same} "
        f"WHERE {between_touched('known.transaction_id')}"
    )


def remove_found(model: Model) -> str:
    """Takes the rows away that were found."""
    return f"DELETE FROM {quoted(model.relation)} WHERE rowid IN (SELECT row_id FROM {FOUND})"


def insert(model: Model, statement: str) -> str:
    """Brings the rows of a rendered statement in."""
    return f"INSERT INTO {quoted(model.relation)} BY NAME\n{statement}"


def fingerprints(*relations: str) -> str:
    """Tells for each relation how many rows it has, and which; in whatever order."""
    return " UNION ALL ".join(f"SELECT count(*), sum(hash(one)) FROM {relation} AS one" for relation in relations)


def comments(model: Model) -> Iterator[str]:
    """Its descriptions."""
    name = quoted(model.relation)
    if model.built is Built.MACRO:
        yield f"COMMENT ON MACRO TABLE {name} IS {literal(model.comment)}"
        return
    yield f"COMMENT ON {'TABLE' if model.built in KEPT else 'VIEW'} {name} IS {literal(model.comment)}"
    for column in model.columns:
        yield f'COMMENT ON COLUMN {name}."{column.name}" IS {literal(column.description)}'
