"""From a statement to SQL on the store, and the content of the answer."""

from __future__ import annotations

from typing import Any, Literal

from qbo_pipeline.local.quickbooks.clock import epoch
from qbo_pipeline.local.quickbooks.entities import (
    ALL,
    CAPITALS_FIRST,
    LISTS,
    SINGLETONS,
    TRANSACTIONS,
    WITH_TOTAL_COUNT,
    response_key,
)
from qbo_pipeline.local.quickbooks.properties import spelled
from qbo_pipeline.local.quickbooks.query_language import Condition, QueryValidationError, Statement
from qbo_pipeline.local.quickbooks.store import Store

_COLUMNS = {
    "Id": "CAST(id AS INTEGER)",
    "MetaData.CreateTime": "created",
    "MetaData.LastUpdatedTime": "updated",
    "TxnDate": "txn_date",
    "PaymentDate": "txn_date",
    "AsOfDate": "txn_date",
    "Active": "active",
    "SyncToken": "sync_token",
}
IdOrder = Literal["reject", "ignore", "sort"]
"""What `ORDERBY Id` does: Intuit announced that it stops sorting; whether it is refused or ignored was not seen yet."""

_INSTANTS = {"MetaData.CreateTime", "MetaData.LastUpdatedTime"}
_FLAGS = {"true": 1, "false": 0}
_NOT_QUERYABLE = frozenset({"DepartmentRef"})
"""Properties of transactions that no condition may name (github.com/laf-rge/quickbooks-mcp, API limitations, 2026)."""


def answer(store: Store, realm: str, statement: Statement, *, id_order: IdOrder = "reject") -> str:
    """The content of `QueryResponse`, as JSON text; `{}` where nothing is found.

    Records are joined as the text they are stored as; none is parsed.

    Raises:
        QueryValidationError: the entity or a property is unknown, or cannot be sorted by.
    """
    if statement.entity not in ALL:
        raise QueryValidationError(f"QueryValidationError: invalid context declaration: {statement.entity}")
    where, values = _where(realm, statement)
    order = _order(statement, id_order)
    if statement.count:
        [(total,)] = store.rows(f"SELECT count(*) FROM record WHERE {where}", values)
        return f'{{"totalCount":{total}}}'
    start, size = (1, 1) if statement.entity in SINGLETONS else (statement.start, statement.size)
    # The inner statement walks an index alone; only the records of the page are looked up, in its order: a sort of
    # the outer statement would copy every body once more.
    found = store.rows(
        "SELECT coalesce(shown, body) FROM "
        f"(SELECT number AS place FROM record WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?) "
        "CROSS JOIN record ON record.number = place",
        [*values, size, start - 1],
    )
    if not found:
        return "{}"
    texts = ",".join(text for (text,) in found)
    total_text = f',"totalCount":{len(found)}' if statement.entity in WITH_TOTAL_COUNT else ""
    key = response_key(statement.entity)
    return f'{{"{key}":[{texts}],"startPosition":{start},"maxResults":{len(found)}{total_text}}}'


def _where(realm: str, statement: Statement) -> tuple[str, list[Any]]:
    parts, values = ["realm = ?", "entity = ?"], [realm, statement.entity]
    if statement.entity in LISTS and not any(one.property.lower() == "active" for one in statement.conditions):
        parts.append("active = 1")
    for condition in statement.conditions:
        text, more = _condition(statement.entity, condition)
        parts.append(text)
        values += more
    return " AND ".join(parts), values


def _condition(entity: str, condition: Condition) -> tuple[str, list[Any]]:
    name = _spelled(entity, condition.property)
    if entity in TRANSACTIONS and name in _NOT_QUERYABLE:
        raise QueryValidationError(f"QueryValidationError: property '{name}' is not queryable")
    column = _column(name)
    match condition.operator:
        case "like":
            # Only % stands for other characters in this language; SQL's _ would, too.
            pattern = str(condition.value).replace("\\", "\\\\").replace("_", "\\_")
            return f"{column} LIKE ? ESCAPE '\\'", [pattern]
        case "in":
            values = [_value(name, value) for value in condition.value]
            if name == "Active" and set(values) == {0, 1}:
                return "1", []
            if name == "Id":
                return f"id IN ({', '.join('?' * len(values))})", [str(value) for value in values]
            operands = [_operand(name, column, value) for value in values]
            found = [one for _, ones in operands for one in ones]
            return f"{column} IN ({', '.join(text for text, _ in operands)})", found
    value = _value(name, condition.value)
    if name == "Id" and condition.operator == "=":
        return "id = ?", [str(value)]
    operand, values = _operand(name, column, value)
    return f"{column} {condition.operator} {operand}", values


def _operand(name: str, column: str, value: Any) -> tuple[str, list[Any]]:
    """What a column is compared with.

    The language quotes every value: amounts are compared as numbers, flags as what they say; texts stay texts.
    """
    if name in _COLUMNS or not isinstance(value, str):
        return "?", [value]
    plain = _FLAGS.get(value.lower(), value)
    if isinstance(plain, str) and not _numeric(plain):
        return "?", [value]
    return f"CASE typeof({column}) WHEN 'text' THEN ? ELSE CAST(? AS NUMERIC) END", [value, plain]


def _value(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        try:
            return epoch(str(value))
        except ValueError:
            raise QueryValidationError(f"QueryValidationError: value {value} is not a valid date") from None
    if isinstance(value, bool):
        return int(value)
    if name == "Active":
        return int(str(value).lower() == "true")
    return value


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _spelled(entity: str, path: str) -> str:
    name = spelled(entity, path)
    if name is None:
        raise QueryValidationError(f"QueryValidationError: Property {path} not found for Entity {entity}")
    return name


def _column(name: str) -> str:
    if name in _COLUMNS:
        return _COLUMNS[name]
    return f"json_extract(body, '$.{name}{'.value' if name.endswith('Ref') else ''}')"


def _order(statement: Statement, id_order: IdOrder) -> str:
    named = [(_spelled(statement.entity, path), descending) for path, descending in statement.order]
    if id_order == "reject" and any(name == "Id" for name, _ in named):
        raise QueryValidationError("QueryValidationError: Property Id is not sortable")
    if id_order == "ignore":
        named = [(name, descending) for name, descending in named if name != "Id"]
    if named:
        return ", ".join([*(_column(name) + (" DESC" if descending else "") for name, descending in named), "number"])
    if statement.entity in TRANSACTIONS:
        return "updated DESC, number DESC"
    collation = "BINARY" if statement.entity in CAPITALS_FIRST else "NOCASE"
    return f"name COLLATE {collation}, number"
