"""Every request that a publication sends, against the specification of the real API, where that is at hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.compile import compiled
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.refresh import Mode, refresh
from qbo_pipeline.settings import PowerBISettings, Settings
from qbo_pipeline_tests.power_bi.books import ACCOUNT, HARBOUR, MODEL, Books, Line, lines
from qbo_pipeline_tests.power_bi.conftest import QUICK
from qbo_pipeline_tests.shared_data import required


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(required("powerbi_swagger_slim.json").read_text())
    return found


def strict(node: Any) -> Any:
    """Definitions that take no property they do not name, with patterns that Python reads as they are meant."""
    if isinstance(node, list):
        return [strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: strict(one) for name, one in node.items()}
    if isinstance(node.get("pattern"), str):
        made["pattern"] = node["pattern"].replace(r"\u10000-\u10FFFF", "\U00010000-\U0010ffff")
    if "properties" in node:
        made["additionalProperties"] = False
    return made


class Specified:
    """Checks requests as they leave."""

    def __init__(self, specification: dict[str, Any]) -> None:
        self._paths = {
            re.compile(re.sub(r"{\w+}", "[^/]+", path) + "$"): operations
            for path, operations in specification["paths"].items()
        }
        self._definitions = {name: strict(one) for name, one in specification["definitions"].items()}
        # It requires what its own words forbid for enhanced refreshes.
        del self._definitions["DatasetRefreshRequest"]["required"]
        self.seen: set[str] = set()

    def check(self, request: httpx.Request) -> None:
        path = request.url.path
        if path.endswith(("/token", "/sequenceNumbers")):
            return
        operations = next(found for pattern, found in self._paths.items() if pattern.match(path))
        operation = operations[request.method.lower()]
        self.seen.add(operation["operationId"])
        body = next((one["schema"] for one in operation["parameters"] if one.get("in") == "body"), None)
        named = {one["name"] for one in operation["parameters"] if one.get("in") == "query"}
        assert set(request.url.params) <= named
        if body is None:
            assert not request.content
        else:
            self.validate(body["$ref"].rpartition("/")[2], json.loads(request.content))

    def validate(self, definition: str, value: Any) -> None:
        schema = {"$ref": f"#/definitions/{definition}", "definitions": self._definitions}
        jsonschema.Draft4Validator(schema).validate(json.loads(json.dumps(value)))


@pytest.fixture
def specified(specification: dict[str, Any]) -> Specified:
    return Specified(specification)


def test_what_a_publication_sends_is_what_the_specification_says(
    specified: Specified, books: Books, settings: Settings, power_bi: LocalPowerBI
) -> None:
    def client(configured: PowerBISettings) -> PowerBIClient:
        return PowerBIClient(configured, http=httpx.Client(event_hooks={"request": [specified.check]}))

    def published(model: Any) -> str:
        books.write(settings.data.warehouse)
        return publish(settings, model=model, manner=QUICK, client=client, allow_breaking=True).dataset_id

    books.put(*lines(HARBOUR, 20))
    first = published(MODEL)
    httpx.post(f"{power_bi.url}/control/reports", json={"name": "P&L", "dataset": first})
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "2", books.total()))
    books.accounts["1"] = "Revenue"
    published(replace(MODEL, measures=MODEL.measures[:1]))
    published(replace(MODEL, tables=(*MODEL.tables, replace(ACCOUNT, name="Class"))))
    imported = str(httpx.post(f"{power_bi.url}/control/datasets", json={"name": "Imported"}).json()["id"])
    assert settings.power_bi is not None
    with client(settings.power_bi) as opened:
        assert opened.dataset(first) is None
        for mode in Mode:
            refresh(opened, imported, mode=mode, tables=["A"] if mode is Mode.ENHANCED else (), every=0.05)

    assert specified.seen == {
        "Datasets_GetDatasetsInGroup",
        "Datasets_GetDatasetInGroup",
        "Datasets_PostDatasetInGroup",
        "Datasets_DeleteDatasetInGroup",
        "Datasets_PutTableInGroup",
        "Datasets_PostRowsInGroup",
        "Datasets_DeleteRowsInGroup",
        "Datasets_ExecuteQueriesInGroup",
        "Datasets_RefreshDatasetInGroup",
        "Datasets_GetRefreshHistoryInGroup",
        "Datasets_GetRefreshExecutionDetailsInGroup",
        "Reports_GetReportsInGroup",
        "Reports_RebindReportInGroup",
    }


def test_the_dataset_of_the_books_is_what_the_specification_says(specified: Specified) -> None:
    specified.validate("CreateDatasetRequest", compiled(SEMANTIC_MODEL, "QuickBooks Online", "token").body())


def test_what_the_specification_does_not_know_is_found(specified: Specified) -> None:
    body = compiled(MODEL, "Books", "token").body()
    body["tables"][0]["columns"][0]["isKey"] = True

    with pytest.raises(jsonschema.ValidationError, match="isKey"):
        specified.validate("CreateDatasetRequest", body)
