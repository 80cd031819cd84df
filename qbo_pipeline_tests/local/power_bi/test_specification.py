"""Answers and requests against the specification of the real API, where that is at hand."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import LINES, Caller
from qbo_pipeline_tests.shared_data import required


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(required("powerbi_swagger_slim.json").read_text())
    return found


def check(specification: dict[str, Any], definition: str, value: Any) -> None:
    """Raises ValidationError where a value is none of its definition."""
    schema = {"$ref": f"#/definitions/{definition}", "definitions": _readable(specification["definitions"])}
    jsonschema.Draft4Validator(schema).validate(value)


def _readable(node: Any) -> Any:
    """Without patterns, which Python reads as other than they are meant, and without formats."""
    if isinstance(node, dict):
        return {name: _readable(one) for name, one in node.items() if name != "pattern" or isinstance(one, dict)}
    return [_readable(one) for one in node] if isinstance(node, list) else node


def test_answers_are_what_the_specification_says(
    specification: dict[str, Any], caller: Caller, power_bi: LocalPowerBI
) -> None:
    dataset = caller.create()
    caller.push(dataset, [{"Key": "a", "Amount": 1}])
    model = power_bi.service.add_import_model("Imported", power_bi.workspace)
    power_bi.service.reports.add(power_bi.workspace, "Month end", dataset)
    location = caller.http.post(f"datasets/{model}/refreshes", json={"type": "Full"}).headers["Location"]
    power_bi.advance(5)
    told = {
        "Datasets": caller.http.get("datasets"),
        "Dataset": caller.http.get(f"datasets/{dataset}"),
        "Tables": caller.http.get(f"datasets/{dataset}/tables"),
        "Table": caller.http.put(f"datasets/{dataset}/tables/Lines", json=LINES),
        "Refreshes": caller.http.get(f"datasets/{model}/refreshes"),
        "DatasetRefreshDetail": caller.http.get(location),
        "DatasetExecuteQueriesResponse": caller.query(dataset, "EVALUATE Lines"),
        "Reports": caller.http.get("reports"),
        "Groups": caller.http.get(f"{power_bi.api_url}/groups"),
    }

    assert {answer.status_code for answer in told.values()} == {200}
    for definition, answer in told.items():
        value = answer.json()
        # The real service answers with the names of tables alone, where the definition wants columns, too.
        for table in {"Table": [value], "Tables": value.get("value")}.get(definition) or []:
            table["columns"] = []
        check(specification, definition, value)


def test_every_operation_that_is_served_is_there(specification: dict[str, Any], caller: Caller) -> None:
    """No operation of the specification that a push client needs is answered as unknown."""
    served = ("/datasets", "/reports")
    dataset = caller.create()
    for path, operations in specification["paths"].items():
        asked = path.partition("/groups/{groupId}")[2]
        if not asked.startswith(served):
            continue
        for method in operations:
            if (method, asked) == ("patch", "/datasets/{datasetId}"):
                continue
            address = asked.format(datasetId=dataset, tableName="Lines", refreshId="0", reportId="0").lstrip("/")
            answer = caller.http.request(method.upper(), address, json={})
            assert "No HTTP resource" not in answer.text, (method, path)
            if (method, asked) == ("delete", "/datasets/{datasetId}"):
                dataset = caller.create()
