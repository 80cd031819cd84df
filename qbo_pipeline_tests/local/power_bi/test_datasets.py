"""Datasets: created, found, altered, deleted; and what bodies are refused for."""

from __future__ import annotations

from typing import Any

import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import LINES, Caller, error_of

ACCOUNTS = {"name": "Accounts", "columns": [{"name": "Key", "dataType": "string"}]}
LINK = {"name": "link", "fromTable": "Lines", "fromColumn": "Key", "toTable": "Accounts", "toColumn": "Key"}


def body(**changed: Any) -> dict[str, Any]:
    return {"name": "Books", "tables": [LINES, ACCOUNTS], "relationships": [LINK], **changed}


def columns(*described: dict[str, Any]) -> dict[str, Any]:
    return body(tables=[{"name": "T", "columns": list(described)}], relationships=[])


def test_a_created_dataset_is_listed_with_what_it_is(caller: Caller) -> None:
    made = caller.http.post("datasets?defaultRetentionPolicy=basicFIFO", json=body())
    identity = made.json()["id"]

    assert made.status_code == 201
    assert {**made.json(), "@odata.context": ""} == {
        "@odata.context": "", "id": identity, "name": "Books", "defaultRetentionPolicy": "basicFIFO",
    }  # fmt: skip
    [listed] = caller.http.get("datasets").json()["value"]
    assert (listed["id"], listed["name"], listed["addRowsAPIEnabled"]) == (identity, "Books", True)
    assert caller.http.get(f"datasets/{identity}").json()["id"] == identity


def test_names_of_datasets_are_not_unique(caller: Caller) -> None:
    assert caller.create() != caller.create()
    assert [one["name"] for one in caller.http.get("datasets").json()["value"]] == ["Books", "Books"]


def test_tables_are_listed_by_name_alone(caller: Caller) -> None:
    identity = caller.create(LINES, ACCOUNTS)

    assert caller.http.get(f"datasets/{identity}/tables").json()["value"] == [{"name": "Lines"}, {"name": "Accounts"}]


def test_a_deleted_dataset_is_gone(caller: Caller) -> None:
    identity = caller.create()
    answer = caller.http.delete(f"datasets/{identity}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert caller.http.get(f"datasets/{identity}").status_code == 404
    assert caller.push(identity, []).status_code == 404


def test_a_property_that_a_type_lacks_is_named(caller: Caller) -> None:
    answer = caller.http.post("datasets", json=body(compatibilityLevel=1550))

    assert answer.status_code == 400
    assert error_of(answer) == {
        "code": "BadRequest",
        "message": "Bad Request",
        "details": [
            {
                "message": "The property 'compatibilityLevel' does not exist on type "
                "'Microsoft.PowerBI.ServiceContracts.Api.Dataset'. Make sure to only use property names that are "
                "defined by the type.",
                "target": "dataset",
            }
        ],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        body(name=None),
        body(tables=[]),
        body(tables="Lines"),
        body(defaultMode="Pull"),
        body(relationships=[{**LINK, "toColumn": "Nothing"}]),
        body(relationships=[{**LINK, "fromColumn": "Amount"}]),
        body(relationships=[LINK, {**LINK, "name": "link 2"}]),
        body(tables=[LINES, {**LINES, "measures": []}], relationships=[]),
        body(tables=[{"name": "A/B", "columns": LINES["columns"]}], relationships=[]),
        body(tables=[{"name": "x" * 101, "columns": LINES["columns"]}], relationships=[]),
        body(tables=[{"name": f"T{place}", "columns": LINES["columns"]} for place in range(76)], relationships=[]),
        columns(),
        columns({"name": "c", "dataType": "Date"}),
        columns({"name": "c", "datatype": "Int64"}),
        columns({"name": "c\x01", "dataType": "Int64"}),
        columns({"name": "c", "dataType": "Int64", "isKey": True}),
        columns({"name": "c", "dataType": "Int64", "sortByColumn": "d"}),
        columns({"name": "c", "dataType": "Int64"}, {"name": "C", "dataType": "Int64"}),
        columns(*({"name": f"c{place}", "dataType": "Int64"} for place in range(76))),
    ],
)
def test_a_body_that_breaks_a_rule_creates_nothing(caller: Caller, wrong: dict[str, Any]) -> None:
    assert caller.http.post("datasets", json=wrong).status_code == 400
    assert caller.http.get("datasets").json()["value"] == []


def test_seventy_five_columns_and_any_case_of_types_are_fine(caller: Caller) -> None:
    listed = [{"name": f"c{place}", "dataType": "int64"} for place in range(75)]

    assert caller.http.post("datasets", json=columns(*listed)).status_code == 201


def test_streaming_columns_have_a_name_and_a_type_only(caller: Caller) -> None:
    streaming = columns({"name": "c", "dataType": "Int64", "formatString": "0"}) | {"defaultMode": "pushStreaming"}
    answer = caller.http.post("datasets", json=streaming)

    assert error_of(answer) == {
        "code": "InvalidRequest",
        "message": "This dataset or endpoint does not support column properties other than name and dataType.",
    }


def test_an_altered_table_keeps_what_it_can(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = caller.create()
    caller.push(identity, [{"Key": "a", "Count": 3, "Amount": 1}])
    changed = {
        "name": "Lines",
        "columns": [
            {"name": "Key", "dataType": "String", "isHidden": True},
            {"name": "Count", "dataType": "Double"},
            {"name": "Memo", "dataType": "String"},
        ],
        "measures": [{"name": "Counted", "expression": "SUM(Lines[Count])"}],
    }
    answer = caller.http.put(f"datasets/{identity}/tables/Lines", json=changed)

    assert (answer.status_code, answer.json()["name"]) == (200, "Lines")
    assert power_bi.rows(identity, "Lines") == [{"Key": "a", "Count": 3.0, "Memo": None}]
    assert caller.rows(identity, 'EVALUATE ROW("n", [Counted])') == [{"[n]": 3.0}]


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_an_unknown_table_is_not_found_whatever_is_asked(caller: Caller, method: str) -> None:
    identity = caller.create()
    path = f"datasets/{identity}/tables/lines" + ("" if method == "put" else "/rows")
    answer = caller.http.request(method.upper(), path, json={"rows": []} if method == "post" else LINES)

    assert (answer.status_code, error_of(answer)) == (
        404,
        {"code": "ItemNotFound", "message": f"Table '<pi>lines</pi>' not found in dataset 'Books|{identity}'"},
    )


def test_a_table_may_be_found_in_any_case(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(table_names="any_case")
    identity = caller.create()

    assert caller.push(identity, [{"Key": "a"}], table="LINES").status_code == 200
    assert caller.count(identity) == 1


def test_an_import_model_takes_no_rows(caller: Caller, power_bi: LocalPowerBI) -> None:
    identity = power_bi.service.add_import_model("Imported", power_bi.workspace)
    answer = caller.push(identity, [])

    assert (answer.status_code, error_of(answer)["message"]) == (404, f"Dataset {identity} is not Push API dataset.")


def test_creation_can_be_retired(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(creation_retired=True)
    answer = caller.http.post("datasets", json=body())

    assert answer.status_code == 400
    assert error_of(answer)["pbi.error"]["code"] == "FeatureDeprecatedError"
    assert caller.http.get("datasets").json()["value"] == []


def test_a_creation_can_be_answered_with_202(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(creation_status=202)

    assert caller.http.post("datasets", json=body()).status_code == 202
