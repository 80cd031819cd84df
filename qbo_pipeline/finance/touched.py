"""Which documents and months are to be built again: what changed of them, and what else they are built from.

Documents are touched when they changed, when QuickBooks' report of a month they post in was pulled, when a document
they are linked with changed, or when what they post by changed: their items, the accounts their legs are on, or
anything else of their company in `posting.posting_input`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from qbo_pipeline.finance.catalogue import DOCUMENT_LINK, Models, document_tables
from qbo_pipeline.finance.changed_sources import CHANGED_INPUT, DOCUMENTS, PULLED_MONTH, changed_entities, row_count
from qbo_pipeline.finance.model import MONTH_KEY, Built, Model, Relation
from qbo_pipeline.finance.rendering import TOUCHED_DOCUMENT, TOUCHED_MONTH, Reading, quoted, render
from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.warehouse.schema import literal

_OF_SOME = ("item", "cost", "kind")
"""Inputs that concern some documents of a company: those of an item, those of an account."""
_NAMED = 50
"""Up to so many touched documents are named in statements; more are joined with."""


def prepare_touched(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables of what is touched."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched_document (realm_id VARCHAR, transaction_id VARCHAR);"
        "CREATE OR REPLACE TEMP TABLE touched_month (realm_id VARCHAR, basis VARCHAR, month DATE)"
    )


def touch_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """Documents of records that changed."""
    names = ", ".join(literal(one.name) for one in DOCUMENTS)
    _touch(
        connection,
        [f"SELECT realm_id, id FROM audit.touched_record WHERE id IS NOT NULL AND entity IN ({names})"],
    )
    whole = connection.execute(
        f"SELECT DISTINCT realm_id, entity FROM audit.touched_record WHERE id IS NULL AND entity IN ({names})"
    ).fetchall()
    table_of = {one.name: one.table for one in DOCUMENTS}
    _touch(
        connection,
        [
            f'SELECT realm_id, id FROM quickbooks."{table_of[entity]}" WHERE realm_id = {literal(realm_id)}'
            for realm_id, entity in whole
        ],
    )


def has_changed_documents(connection: duckdb.DuckDBPyConnection, sample: Relation) -> bool:
    """Whether any document changed that is in a model, by their key."""
    names = ", ".join(literal(one.name) for one in DOCUMENTS)
    return bool(
        connection.execute(
            f"SELECT 1 FROM audit.touched_record AS changed LEFT JOIN {quoted(sample)} AS known "
            "ON known.realm_id = changed.realm_id AND known.transaction_id = changed.id "
            f"WHERE known.realm_id IS NOT NULL OR (changed.id IS NULL AND changed.entity IN ({names})) LIMIT 1"
        ).fetchall()
    )


def touch_pulled(connection: duckdb.DuckDBPyConnection, posted: Iterable[Model]) -> None:
    """Documents with legs in months that were pulled: as they were built from `posted` legs, and as reported now."""
    relations = [Relation("reports", "posted_leg"), *(model.relation for model in posted)]
    key = ", ".join(MONTH_KEY)
    _touch(
        connection,
        [
            f"SELECT realm_id, transaction_id FROM {quoted(one)} SEMI JOIN {PULLED_MONTH} USING ({key})"
            for one in relations
        ],
    )


def touch_by_inputs(connection: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Documents of changed items and accounts; all documents of companies of which anything else changed that they
    post by."""
    built = [one for one in models if one.built is Built.DOCUMENTS]
    item = _changed("item")
    selects = [
        f'SELECT realm_id, "{document_tables()[table.name].id_column}" FROM quickbooks."{table.name}" '
        f'WHERE (realm_id, "{column.name}") IN {item}'
        for one in DOCUMENTS
        for table in tables(one)
        for column in table.columns
        if column.name.endswith("item_id")
    ]
    # What has no entity is told by reports alone.
    selects += [_of(Relation("reports", "posted_leg"), "item_id", item)]
    if row_count(connection, item):
        _touch(connection, selects)
    # What stock costs is asked for only until a report tells it.
    _touch(
        connection,
        [
            f"{_of(one.relation, 'item_id', _changed('cost'))} AND NOT confirmed"
            for one in built
            if {"item_id", "confirmed"} <= set(one.column_names)
        ],
    )
    _touch(
        connection,
        [_of(one.relation, "account_id", _changed("kind")) for one in built if "account_id" in one.column_names],
    )
    ours = ", ".join(literal(one) for one in _OF_SOME)
    company = f"(SELECT DISTINCT realm_id FROM {CHANGED_INPUT} WHERE input IS NULL OR input NOT IN ({ours}))"
    if row_count(connection, company):
        of_tables = [f'SELECT realm_id, id FROM quickbooks."{one.table}"' for one in DOCUMENTS]
        relations = [Relation("reports", "posted_leg"), *(one.relation for one in built)]
        of_models = [f"SELECT realm_id, transaction_id FROM {quoted(one)}" for one in relations]
        _touch(connection, [f"{one} WHERE realm_id IN {company}" for one in (*of_tables, *of_models)])


def _changed(input_: str) -> str:
    return f"(SELECT realm_id, input_id FROM {CHANGED_INPUT} WHERE input = {literal(input_)})"


def _of(relation: Relation, column: str, these: str) -> str:
    return f"SELECT realm_id, transaction_id FROM {quoted(relation)} WHERE (realm_id, {column}) IN {these}"


def touch_linked(connection: duckdb.DuckDBPyConnection, models: Models, reading: Reading, *, of_records: bool) -> None:
    """Documents that touched ones are linked with, in either direction, before the change or after it.

    Where all touched ones are `of_records` that changed, nobody looks for links in tables of other entities.
    """
    model = models.named(DOCUMENT_LINK)
    if model is None or not touched_documents(connection):
        return
    before = quoted(model.relation)
    columns = "realm_id, transaction_id, linked_transaction_id"
    entities = changed_entities(connection) if of_records else frozenset(one.name for one in DOCUMENTS)
    read = {one.table for one in DOCUMENTS if one.name in entities}
    reading.named_documents = named_documents(connection)

    def is_idle(relation: Relation) -> bool:
        table = document_tables().get(relation.name) if relation.schema in ("changed", "quickbooks") else None
        return table is not None and table.entity not in read

    def after(relation: Relation, by: Model) -> str:
        return reading.nothing(relation, by) if is_idle(relation) else reading.of_documents(relation, by)

    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE link_of_touched AS "
        f"SELECT DISTINCT {columns} FROM ({render(models, model, reading.everything, after, is_idle)}) "
        f"UNION SELECT {columns} FROM {before} AS known {reading.only_touched('known')}"
    )
    _touch(
        connection,
        [
            "SELECT realm_id, linked_transaction_id FROM temp.main.link_of_touched",
            f"SELECT linking.realm_id, linking.transaction_id FROM {before} AS linking "
            + reading.only_touched("linking", "linked_transaction_id"),
        ],
    )


def touch_months_of(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Months in which touched documents have rows of a model, as it is at this moment."""
    key = ", ".join(MONTH_KEY)
    connection.execute(
        f"INSERT INTO {TOUCHED_MONTH} SELECT DISTINCT {key} FROM {quoted(model.relation)} "
        f"SEMI JOIN {TOUCHED_DOCUMENT} USING (realm_id, transaction_id) EXCEPT FROM {TOUCHED_MONTH}"
    )


def touch_months_in(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """The months of all rows of a relation."""
    key = ", ".join(MONTH_KEY)
    connection.execute(f"INSERT INTO {TOUCHED_MONTH} SELECT DISTINCT {key} FROM {rows} EXCEPT FROM {TOUCHED_MONTH}")


def touched_documents(connection: duckdb.DuckDBPyConnection) -> int:
    """How many."""
    return row_count(connection, TOUCHED_DOCUMENT)


def named_documents(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Sequence[str]] | None:
    """Company → ids of its touched documents; None where they are too many to be named."""
    rows = connection.execute(f"FROM {TOUCHED_DOCUMENT} LIMIT {_NAMED + 1}").fetchall()
    if len(rows) > _NAMED:
        return None
    found: dict[str, list[str]] = {}
    for realm_id, id_ in sorted(rows):
        found.setdefault(realm_id, []).append(id_)
    return found


def touched_tables(connection: duckdb.DuckDBPyConnection, reading: Reading) -> frozenset[str]:
    """The tables of the entities of which any document is touched."""
    if reading.named_documents is not None:
        # To look through each table by ids alone is quickest; whose they are is seen here.
        named = {(realm, id_) for realm, ids in reading.named_documents.items() for id_ in ids}
        ids = ", ".join(literal(id_) for _, id_ in sorted(named)) or "NULL"
        rows = " UNION ALL ".join(
            f'SELECT {literal(one.table)}, realm_id, id FROM stored."{one.table}" WHERE id IN ({ids})'
            for one in DOCUMENTS
        )
        return frozenset(table for table, *key in connection.execute(rows).fetchall() if tuple(key) in named)
    only = reading.only_touched("own", "id")
    found = " UNION ALL ".join(
        f'SELECT {literal(one.table)} WHERE EXISTS (FROM stored."{one.table}" AS own {only})' for one in DOCUMENTS
    )
    return frozenset(name for (name,) in connection.execute(found).fetchall())


def touched_months(connection: duckdb.DuckDBPyConnection) -> int:
    """How many."""
    return row_count(connection, TOUCHED_MONTH)


def documents(connection: duckdb.DuckDBPyConnection) -> int:
    """How many documents there are at all."""
    counts = " + ".join(f'(SELECT count(*) FROM stored."{one.table}")' for one in DOCUMENTS)
    [(count,)] = connection.execute(f"SELECT {counts}").fetchall()
    return int(count)


def _touch(connection: duckdb.DuckDBPyConnection, selects: Iterable[str]) -> None:
    united = " UNION ALL ".join(selects)
    if united:
        connection.execute(
            f"INSERT INTO {TOUCHED_DOCUMENT} SELECT DISTINCT found.realm_id, found.transaction_id "
            f"FROM ({united}) AS found(realm_id, transaction_id) WHERE found.transaction_id IS NOT NULL "
            f"EXCEPT FROM {TOUCHED_DOCUMENT}"
        )
