"""executeQueries over HTTP: bodies in, bodies out, limits of results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import Caller, error_of


def table_of(answer: Any) -> dict[str, Any]:
    table: dict[str, Any] = answer.json()["results"][0]["tables"][0]
    return table


def test_rows_come_as_names_and_values(caller: Caller) -> None:
    dataset = caller.create()
    caller.push(dataset, [{"Key": "a", "Amount": 0.1, "On": "2026-01-31T10:00:00", "Paid": True}])
    answer = caller.query(dataset, "EVALUATE Lines")

    row = {"Lines[Key]": "a", "Lines[Amount]": 0.1, "Lines[On]": "2026-01-31T10:00:00", "Lines[Paid]": True}
    assert answer.json() == {"results": [{"tables": [{"rows": [row]}]}]}


def test_blanks_are_told_only_when_asked_for(caller: Caller) -> None:
    dataset = caller.create()
    body = {"queries": [{"query": 'EVALUATE ROW("a", BLANK())'}], "serializerSettings": {"includeNulls": True}}

    assert table_of(caller.query(dataset, 'EVALUATE ROW("a", BLANK())')) == {"rows": [{}]}
    assert table_of(caller.http.post(f"datasets/{dataset}/executeQueries", json=body)) == {"rows": [{"[a]": None}]}


def test_money_keeps_its_digits_on_the_wire(caller: Caller) -> None:
    dataset = caller.create()
    body = b'{"rows": [{"Amount": 12345678901234567.1234}, {"Amount": 0.0001}]}'
    caller.http.post(f"datasets/{dataset}/tables/Lines/rows", content=body)
    answer = caller.query(dataset, 'EVALUATE ROW("s", [Total])')
    told = msgspec.json.Decoder(float_hook=Decimal).decode(answer.content)

    assert told["results"][0]["tables"][0]["rows"] == [{"[s]": Decimal("12345678901234567.1235")}]


def test_a_query_that_fails_says_why_in_its_details(caller: Caller) -> None:
    answer = caller.query(caller.create(), 'EVALUATE ROW("v", NOSUCH())')

    assert answer.status_code == 400
    inner = error_of(answer)["pbi.error"]
    assert (error_of(answer)["code"], inner["code"]) == ("DatasetExecuteQueriesError", "DatasetExecuteQueriesError")
    assert inner["details"][0]["code"] == "DetailsMessage"
    assert "Failed to resolve name 'NOSUCH'" in inner["details"][0]["detail"]["value"]
    assert inner["details"][1] == {
        "code": "AnalysisServicesErrorCode", "detail": {"type": 1, "value": "3239575574"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [{}, {"queries": []}, {"queries": [{}]}, {"queries": [{"query": "a"}, {"query": "b"}]}]
)
def test_one_query_is_asked_at_a_time(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.http.post(f"datasets/{caller.create()}/executeQueries", json=body).status_code == 400


def test_a_long_result_is_cut_and_says_so(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(query_rows=3)
    dataset = caller.create()
    caller.push(dataset, [{"Count": place} for place in range(5)])
    table = table_of(caller.query(dataset, "EVALUATE Lines ORDER BY Lines[Count]"))

    assert [row["Lines[Count]"] for row in table["rows"]] == [0, 1, 2]
    assert "5 rows" in table["error"]["message"]


def test_a_wide_result_is_cut_by_its_values(caller: Caller, power_bi: LocalPowerBI) -> None:
    power_bi.switch(query_values=12)
    dataset = caller.create()
    caller.push(dataset, [{"Count": place} for place in range(5)])

    assert len(table_of(caller.query(dataset, "EVALUATE Lines"))["rows"]) == 2


def test_measures_and_relationships_of_a_dataset_are_used(caller: Caller) -> None:
    sales = {
        "name": "Sales",
        "columns": [{"name": "Customer", "dataType": "String"}, {"name": "Amount", "dataType": "Decimal"}],
        "measures": [{"name": "Sold", "expression": "SUM(Sales[Amount])"}],
    }
    customers = {
        "name": "Customer",
        "columns": [{"name": "Id", "dataType": "String"}, {"name": "City", "dataType": "String"}],
    }
    link = {"name": "r", "fromTable": "Sales", "fromColumn": "Customer", "toTable": "Customer", "toColumn": "Id"}
    dataset = caller.create(sales, customers, relationships=[link])
    caller.push(dataset, [{"Id": "1", "City": "Oslo"}, {"Id": "2", "City": "Bergen"}], "Customer")
    caller.push(
        dataset,
        [{"Customer": "1", "Amount": 2}, {"Customer": "2", "Amount": 3}, {"Customer": "1", "Amount": 5}],
        "Sales",
    )

    assert caller.rows(dataset, 'EVALUATE SUMMARIZECOLUMNS(Customer[City], "Sold", [Sold]) ORDER BY [Sold]') == [
        {"Customer[City]": "Bergen", "[Sold]": 3.0}, {"Customer[City]": "Oslo", "[Sold]": 7.0},
    ]  # fmt: skip
