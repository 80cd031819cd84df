"""Bodies that describe datasets and tables: which properties they may have, and the rules of names and counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.data_types import data_type
from qbo_pipeline.local.power_bi.switches import Switches

Body = dict[str, Any]

TABLE_NAME = re.compile(r"[\t\n\r #\-0-9@A-Z^_a-z~\x7f-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]{1,100}")
COLUMN_NAME = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
MODES = ("asazure", "asonprem", "push", "streaming", "pushstreaming")
CROSS_FILTERING = ("OneDirection", "BothDirections", "Automatic")
SUMMARIES = ("default", "none", "sum", "min", "max", "count", "average", "distinctcount")

_PROPERTIES: dict[str, dict[str, type]] = {
    "Dataset": {"name": str, "tables": list, "relationships": list, "datasources": list, "defaultMode": str},
    "Table": {
        "name": str, "columns": list, "rows": list, "measures": list, "isHidden": bool, "description": str,
        "source": list,
    },
    "Column": {
        "name": str, "dataType": str, "formatString": str, "sortByColumn": str, "dataCategory": str, "isHidden": bool,
        "summarizeBy": str,
    },
    "Measure": {"name": str, "expression": str, "formatString": str, "description": str, "isHidden": bool},
    "Relationship": {
        "name": str, "crossFilteringBehavior": str, "fromTable": str, "fromColumn": str, "toTable": str,
        "toColumn": str,
    },
}  # fmt: skip
_REQUIRED: dict[str, tuple[str, ...]] = {
    "Dataset": ("name", "tables"),
    "Table": ("name", "columns"),
    "Column": ("name", "dataType"),
    "Measure": ("name", "expression"),
    "Relationship": ("name", "fromTable", "fromColumn", "toTable", "toColumn"),
}


def checked_dataset(body: Any, switches: Switches) -> Body:
    """The body of a creation, as it came.

    Raises:
        PowerBIAnswerError: 400, and why.
    """
    dataset = _shaped("Dataset", body, "dataset")
    mode = dataset.get("defaultMode", "Push").lower()
    if mode not in MODES:
        raise errors.bad_request(f"'{dataset['defaultMode']}' is no dataset mode.", "dataset")
    if not dataset["tables"]:
        raise errors.invalid_request("A dataset has at least one table.")
    if len(dataset["tables"]) > switches.tables:
        raise errors.invalid_request(f"A dataset has at most {switches.tables} tables.")
    for table in dataset["tables"]:
        checked_table(table, switches, streaming="streaming" in mode, target="dataset")
    _distinct("table", [table["name"] for table in dataset["tables"]])
    _distinct("measure", [one["name"] for table in dataset["tables"] for one in table.get("measures") or []])
    _check_relationships(dataset, switches)
    return dataset


def checked_table(body: Any, switches: Switches, *, streaming: bool = False, target: str = "table") -> Body:
    """The description of a table, as it came.

    Raises:
        PowerBIAnswerError: 400, and why.
    """
    table = _shaped("Table", body, target)
    if not TABLE_NAME.fullmatch(table["name"]):
        raise errors.invalid_request(f"The table name '{table['name']}' is not valid.")
    columns = [_shaped("Column", column, target) for column in table["columns"]]
    if not columns:
        raise errors.invalid_request(f"Table '{table['name']}' has no columns.")
    if len(columns) > switches.columns_per_table:
        raise errors.invalid_request(
            f"Table '{table['name']}' has {len(columns)} columns; {switches.columns_per_table} are the most."
        )
    measures = [_shaped("Measure", measure, target) for measure in table.get("measures") or []]
    if streaming and (measures or any(set(column) - {"name", "dataType"} for column in columns)):
        raise errors.streaming_columns()
    for column in columns:
        _check_column(column, table)
    for measure in measures:
        _check_name(measure["name"], "measure")
    _distinct("column or measure", [one["name"] for one in (*columns, *measures)])
    return table


def _check_column(column: Body, table: Body) -> None:
    name = column["name"]
    _check_name(name, "column")
    if data_type(column["dataType"]) is None:
        raise errors.invalid_request(f"Column '{name}' has an unknown data type '{column['dataType']}'.")
    summary = column.get("summarizeBy")
    if summary is not None and summary.lower() not in SUMMARIES:
        raise errors.invalid_request(f"Column '{name}' has an unknown summarizeBy '{summary}'.")
    sort = column.get("sortByColumn")
    if sort is not None and sort not in {one.get("name") for one in table["columns"]}:
        raise errors.invalid_request(f"Column '{name}' is sorted by '{sort}', which table '{table['name']}' lacks.")


def _check_name(name: str, what: str) -> None:
    if not COLUMN_NAME.fullmatch(name):
        raise errors.invalid_request(f"The {what} name '{name}' is not valid.")


def _check_relationships(dataset: Body, switches: Switches) -> None:
    relationships = [_shaped("Relationship", one, "dataset") for one in dataset.get("relationships") or []]
    if len(relationships) > switches.relationships:
        raise errors.invalid_request(f"A dataset has at most {switches.relationships} relationships.")
    columns = {
        (table["name"], column["name"]): data_type(column["dataType"])
        for table in dataset["tables"]
        for column in table["columns"]
    }
    for one in relationships:
        if not TABLE_NAME.fullmatch(one["name"]):
            raise errors.invalid_request(f"The relationship name '{one['name']}' is not valid.")
        ends = (one["fromTable"], one["fromColumn"]), (one["toTable"], one["toColumn"])
        for end in ends:
            if end not in columns:
                raise errors.invalid_request(
                    f"Relationship '{one['name']}' names {end[0]}[{end[1]}], which is not there."
                )
        if columns[ends[0]] is not columns[ends[1]]:
            raise errors.invalid_request(f"Relationship '{one['name']}' joins columns of different types.")
        if one.get("crossFilteringBehavior", "OneDirection") not in CROSS_FILTERING:
            raise errors.bad_request(f"'{one['crossFilteringBehavior']}' is no filter direction.", "dataset")
    _distinct("relationship", [one["name"] for one in relationships])
    _distinct("relationship between", [f"{one['fromTable']} and {one['toTable']}" for one in relationships])


def _shaped(kind: str, value: Any, target: str) -> Body:
    """An object with the properties of its kind, and of their types; names are exact, also in their case."""
    properties = _PROPERTIES[kind]
    if not isinstance(value, Mapping):
        raise errors.bad_request(f"A {kind} is an object.", target)
    for name, given in value.items():
        if name not in properties:
            raise errors.unknown_property(name, kind, target)
        if given is not None and not isinstance(given, properties[name]):
            raise errors.bad_request(f"The property '{name}' of a {kind} is no {properties[name].__name__}.", target)
    for name in _REQUIRED[kind]:
        if value.get(name) is None or value[name] == "":
            raise errors.bad_request(f"The property '{name}' of a {kind} is missing.", target)
    return dict(value)


def _distinct(what: str, names: list[str]) -> None:
    repeated = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if repeated:
        raise errors.invalid_request(f"There is more than one {what} '{repeated[0]}'.")
