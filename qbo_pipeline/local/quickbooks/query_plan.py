"""From a statement to SQL on the store, and the answer's envelope."""

from __future__ import annotations

from typing import Any

from qbo_pipeline.local.quickbooks.clock import epoch
from qbo_pipeline.local.quickbooks.entities import (
    ALL,
    LISTS,
    SINGLETONS,
    TRANSACTIONS,
    WITH_TOTAL_COUNT,
    response_key,
)
from qbo_pipeline.local.quickbooks.query_language import Condition, QueryValidationError, Statement
from qbo_pipeline.local.quickbooks.store import Store

_COLUMNS = {
    "id": "CAST(id AS INTEGER)",
    "metadata.createtime": "created",
    "metadata.lastupdatedtime": "updated",
    "txndate": "txn_date",
    "paymentdate": "txn_date",
    "asofdate": "txn_date",
    "active": "active",
    "synctoken": "sync_token",
}
_INSTANTS = {"metadata.createtime", "metadata.lastupdatedtime"}


def answer(store: Store, realm: str, statement: Statement, *, id_sortable: bool = False) -> str:
    """The content of `QueryResponse`, as JSON text; `{}` where nothing is found.

    Raises:
        QueryValidationError: the entity or a property is unknown, or cannot be sorted by.
    """
    if statement.entity not in ALL:
        raise QueryValidationError(f"QueryValidationError: invalid context declaration: {statement.entity}")
    where, values = _where(store, realm, statement)
    if statement.count:
        [(total,)] = store.rows(f"SELECT count(*) FROM record WHERE {where}", values)
        return f'{{"totalCount":{total}}}'
    order = _order(store, realm, statement, id_sortable)
    start, size = (1, 1) if statement.entity in SINGLETONS else (statement.start, statement.size)
    found = store.rows(
        "SELECT coalesce(shown, body) FROM record WHERE number IN "
        f"(SELECT number FROM record WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?) ORDER BY {order}",
        [*values, size, start - 1],
    )
    if not found:
        return "{}"
    texts = ",".join(text for (text,) in found)
    total_text = f',"totalCount":{len(found)}' if statement.entity in WITH_TOTAL_COUNT else ""
    key = response_key(statement.entity)
    return f'{{"{key}":[{texts}],"startPosition":{start},"maxResults":{len(found)}{total_text}}}'


def _where(store: Store, realm: str, statement: Statement) -> tuple[str, list[Any]]:
    parts, values = ["realm = ?", "entity = ?"], [realm, statement.entity]
    if statement.entity in LISTS and not any(one.property.lower() == "active" for one in statement.conditions):
        parts.append("active = 1")
    for condition in statement.conditions:
        text, more = _condition(store, realm, statement.entity, condition)
        parts.append(text)
        values += more
    return " AND ".join(parts), values


def _condition(store: Store, realm: str, entity: str, condition: Condition) -> tuple[str, list[Any]]:
    name = condition.property.lower()
    column = _column(store, realm, entity, condition.property)
    if condition.operator == "in":
        values = [_value(name, value) for value in condition.value]
        if name == "active" and set(values) == {0, 1}:
            return "1", []
        if name == "id":
            return f"id IN ({', '.join('?' * len(values))})", [str(value) for value in condition.value]
        return f"{column} IN ({', '.join('?' * len(values))})", values
    if condition.operator == "like":
        return f"{column} LIKE ?", [condition.value]
    if name == "id" and condition.operator == "=":
        return "id = ?", [str(condition.value)]
    value = _value(name, condition.value)
    if isinstance(value, str) and _numeric(value) and name not in _COLUMNS:
        return f"CAST({column} AS NUMERIC) {condition.operator} CAST(? AS NUMERIC)", [value]
    return f"{column} {condition.operator} ?", [value]


def _value(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        try:
            return epoch(str(value))
        except ValueError:
            raise QueryValidationError(f"QueryValidationError: value {value} is not a valid date") from None
    if isinstance(value, bool):
        return int(value)
    if name == "active":
        return int(str(value).lower() == "true")
    return value


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _column(store: Store, realm: str, entity: str, name: str) -> str:
    known = _COLUMNS.get(name.lower())
    if known is not None:
        return known
    path = "$." + name
    value = f"json_extract(body, '{path}.value')" if name.endswith("Ref") else f"json_extract(body, '{path}')"
    some = store.rows(
        f"SELECT 1 FROM record WHERE realm = ? AND entity = ? AND {value} IS NOT NULL LIMIT 1", [realm, entity]
    )
    if not some:
        raise QueryValidationError(f"QueryValidationError: Property {name} not found for Entity {entity}")
    return value


def _order(store: Store, realm: str, statement: Statement, id_sortable: bool) -> str:
    if not statement.order:
        if statement.entity in TRANSACTIONS:
            return "updated DESC, number DESC"
        return "name COLLATE NOCASE, number"
    parts = []
    for name, descending in statement.order:
        if name.lower() == "id" and not id_sortable:
            raise QueryValidationError(f"QueryValidationError: property {name} is not sortable")
        parts.append(_column(store, realm, statement.entity, name) + (" DESC" if descending else ""))
    return ", ".join([*parts, "number"])
