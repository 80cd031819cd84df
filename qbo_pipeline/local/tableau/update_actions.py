"""Actions of an update of Hyper data, as the statements that carry them out. Pure: tables in, SQL out.

Insert appends rows; replace puts them in place of all; update changes the rows that meet a condition; upsert does so
and inserts the others; delete removes the rows that meet it. Sources and shapes: the schema ts-api 3.29 and Tableau's
"Update Data in Hyper Data Source".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tableauhyperapi import escape_name, escape_string_literal

from qbo_pipeline.local.tableau import errors
from qbo_pipeline.local.tableau.jobs import JobFailedError
from qbo_pipeline.local.tableau.records import Table

SOURCE, TARGET = "payload", "published"
WITHOUT_CONDITION = ("insert", "replace")
WITH_CONDITION = ("update", "upsert", "delete")
_COMPARISONS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "IS NOT DISTINCT FROM"}
_CONSTANTS = ("boolean", "datetime", "double", "integer", "string")
_KEYS = {"action", "source-table", "source-schema", "target-table", "target-schema", "condition"}

Action = Mapping[str, Any]


def checked(body: Any) -> list[dict[str, Any]]:
    """The actions of a request, whose shape is as it must be.

    Raises:
        TableauAnswerError: it is not; the texts are guesses.
    """
    actions = body.get("actions") if isinstance(body, dict) else None
    if not isinstance(actions, list) or not actions or not all(isinstance(one, dict) for one in actions):
        raise errors.bad_request("The payload has a list of actions.")
    for number, action in enumerate(actions):
        kind, where = action.get("action"), f"Action {number}"
        if kind not in (*WITHOUT_CONDITION, *WITH_CONDITION):
            raise errors.bad_request(f"{where}: there is no action {kind!r}.")
        if unknown := sorted(set(action) - _KEYS):
            raise errors.bad_request(f"{where}: unknown {', '.join(unknown)}.")
        if not isinstance(action.get("target-table"), str):
            raise errors.bad_request(f"{where}: target-table is missing.")
        if kind != "delete" and not isinstance(action.get("source-table"), str):
            raise errors.bad_request(f"{where}: source-table is missing.")
        if kind in WITHOUT_CONDITION and "condition" in action:
            raise errors.bad_request(f"{where}: {kind} takes no condition.")
        if kind in WITH_CONDITION:
            _check_condition(action.get("condition"), where)
            if kind == "delete" and "source-table" not in action and _names(action["condition"], "source-col"):
                raise errors.bad_request(f"{where}: source-table is missing.")
    return actions


def statements(actions: Sequence[Action], payload: Sequence[Table], published: Sequence[Table]) -> list[str]:
    """What carries actions out, in their order. A SELECT must find nothing; what it finds is why the actions fail.

    Raises:
        JobFailedError: a table or column is not there, or a payload of a delete has other columns than its condition.
    """
    made: list[str] = []
    for action in actions:
        target = _table(published, action.get("target-schema"), action["target-table"])
        source = None
        if "source-table" in action:
            source = _table(payload, action.get("source-schema"), action["source-table"])
        made.extend(_statements(action, source, target))
    return made


def _statements(action: Action, source: Table | None, target: Table) -> list[str]:
    kind, into = action["action"], _name(TARGET, target)
    if kind == "delete":
        return [_delete(action, source, target)]
    if source is None:
        raise JobFailedError("the action has no source table")
    coming = _name(SOURCE, source)
    columns = [column.name for column in source.columns]
    _need(target, columns)
    listed = ", ".join(map(escape_name, columns))
    selected = ", ".join(f"s.{escape_name(one)}" for one in columns)
    if kind in WITHOUT_CONDITION:
        insert = f"INSERT INTO {into} ({listed}) SELECT {selected} FROM {coming} AS s"
        return [f"DELETE FROM {into}", insert] if kind == "replace" else [insert]
    condition = action["condition"]
    _need(source, _names(condition, "source-col"))
    _need(target, _names(condition, "target-col"))
    holds = _sql(condition)
    changed = ", ".join(f"{escape_name(one)} = s.{escape_name(one)}" for one in columns)
    update = f"UPDATE {into} AS t SET {changed} FROM {coming} AS s WHERE {holds}"
    made = [*_ambiguous(condition, source), update]
    if kind == "upsert":
        absent = f"NOT EXISTS (SELECT 1 FROM {into} AS t WHERE {holds})"
        made.append(f"INSERT INTO {into} ({listed}) SELECT {selected} FROM {coming} AS s WHERE {absent}")
    return made


def _delete(action: Action, source: Table | None, target: Table) -> str:
    condition = action["condition"]
    _need(target, _names(condition, "target-col"))
    into, holds = _name(TARGET, target), _sql(condition)
    if source is None:
        return f"DELETE FROM {into} AS t WHERE {holds}"
    used = _names(condition, "source-col")
    _need(source, used)
    others = [column.name for column in source.columns if column.name not in used]
    if others:
        raise JobFailedError(
            f"The table {source.name} of the payload has columns that the condition of the delete does not use: "
            f"{', '.join(others)}"
        )
    return f"DELETE FROM {into} AS t WHERE EXISTS (SELECT 1 FROM {_name(SOURCE, source)} AS s WHERE {holds})"


def _ambiguous(condition: Mapping[str, Any], source: Table) -> list[str]:
    """What finds two rows of the payload that would change the same row."""
    keys = ", ".join(map(escape_name, sorted(_names(condition, "source-col"))))
    if not keys:
        return []
    told = escape_string_literal(f"The table {source.name} of the payload has several rows of the same {keys}")
    return [f"SELECT {told} FROM {_name(SOURCE, source)} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"]


def _check_condition(condition: Any, where: str) -> None:
    if not isinstance(condition, dict):
        raise errors.bad_request(f"{where}: condition is missing.")
    op = condition.get("op")
    if op in ("and", "or", "not"):
        arguments = condition.get("args")
        if not isinstance(arguments, list) or not arguments or (op == "not" and len(arguments) != 1):
            raise errors.bad_request(f"{where}: {op} has no args.")
        for one in arguments:
            _check_condition(one, where)
        return
    if op not in _COMPARISONS:
        raise errors.bad_request(f"{where}: there is no operator {op!r}.")
    if not isinstance(condition.get("target-col"), str):
        raise errors.bad_request(f"{where}: the condition has no target-col.")
    if ("const" in condition) == isinstance(condition.get("source-col"), str):
        raise errors.bad_request(f"{where}: the condition compares with a source-col or a const.")
    if "const" in condition:
        _constant(condition["const"], where)


def _sql(condition: Mapping[str, Any]) -> str:
    op = condition["op"]
    if op == "not":
        return f"NOT ({_sql(condition['args'][0])})"
    if op in ("and", "or"):
        return "(" + f" {op.upper()} ".join(map(_sql, condition["args"])) + ")"
    target = f"t.{escape_name(condition['target-col'])}"
    if "const" in condition:
        return f"{target} {_COMPARISONS[op]} {_constant(condition['const'], '')}"
    return f"{target} {_COMPARISONS[op]} s.{escape_name(condition['source-col'])}"


def _constant(constant: Any, where: str) -> str:
    kind, value = (constant.get("type"), constant.get("v")) if isinstance(constant, dict) else (None, None)
    try:
        match kind:
            case "boolean":
                return "TRUE" if str(value).lower() == "true" else "FALSE"
            case "datetime":
                text = str(value).replace("T", " ").removesuffix("Z")
                return f"CAST({escape_string_literal(text)} AS TIMESTAMP)"
            case "double":
                return f"CAST({float(str(value))!r} AS DOUBLE PRECISION)"
            case "integer":
                return str(int(str(value)))
            case "string":
                return str(escape_string_literal(str(value)))
    except ValueError as error:
        raise errors.bad_request(f"{where}: {value!r} is no {kind}.") from error
    raise errors.bad_request(f"{where}: the type of a const is one of {', '.join(_CONSTANTS)}.")


def _names(condition: Mapping[str, Any], which: str) -> set[str]:
    if "args" in condition:
        return set().union(*(_names(one, which) for one in condition["args"]))
    return {condition[which]} if which in condition else set()


def _table(tables: Sequence[Table], schema: str | None, name: str) -> Table:
    found = [one for one in tables if one.name == name and schema in (None, one.schema)]
    if len(found) > 1:
        raise JobFailedError(f"There are several tables {name}; name the schema")
    if not found:
        shown = name if schema is None else f"{schema}.{name}"
        # hyper-api-samples, issue 103.
        raise JobFailedError(f"Specified table does not exist: {shown} (errorCode=410012)")
    return found[0]


def _need(table: Table, names: Sequence[str] | set[str]) -> None:
    missing = sorted(set(names) - {column.name for column in table.columns})
    if missing:
        raise JobFailedError(f"The table {table.name} has no column {', '.join(missing)}")


def _name(database: str, table: Table) -> str:
    return ".".join(map(escape_name, (database, table.schema, table.name)))
