"""The query endpoint, as recorded and documented."""

from __future__ import annotations

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import OTHER, Caller, SmallBooks, customer


def test_a_page_says_where_it_starts_and_how_many_it_has(reader: Caller) -> None:
    page = reader.query("SELECT * FROM Customer STARTPOSITION 2 MAXRESULTS 2")
    assert (page["startPosition"], page["maxResults"]) == (2, 2)
    assert set(page) == {"Customer", "startPosition", "maxResults"}


def test_total_count_comes_with_invoices_and_not_with_estimates(reader: Caller) -> None:
    assert reader.query("SELECT * FROM Invoice MAXRESULTS 3")["totalCount"] == 3
    assert "totalCount" not in reader.query("SELECT * FROM Estimate")


def test_an_empty_page_has_nothing_in_it(reader: Caller) -> None:
    assert reader.query("SELECT * FROM Invoice STARTPOSITION 100") == {}
    assert reader.query("SELECT * FROM Invoice STARTPOSITION 99999999999999999999") == {}
    assert reader.query("SELECT * FROM Bill") == {}


@pytest.mark.parametrize("text", ["SELECT COUNT(*) FROM Invoice", "select count(*) from Invoice"])
def test_a_count_is_a_total(reader: Caller, text: str) -> None:
    assert reader.query(text) == {"totalCount": 4}


def test_transactions_come_newest_change_first(reader: Caller) -> None:
    assert reader.ids("SELECT * FROM Invoice", "Invoice") == ["11", "12", "14", "13"]


def test_lists_come_by_name_whatever_the_case(reader: Caller) -> None:
    assert reader.ids("SELECT * FROM Customer", "Customer") == ["2", "3", "4"]


def test_inactive_records_are_hidden_until_asked_for_and_then_marked(reader: Caller) -> None:
    found = reader.query("SELECT * FROM Customer WHERE Active IN ( true, false )")["Customer"]
    [gone] = [record for record in found if record["Id"] == "5"]
    assert len(found) == 4
    assert gone["DisplayName"] == "Ace Gone (deleted)"
    assert gone["FullyQualifiedName"] == "Ace Gone (deleted)"
    assert gone["PrintOnCheckName"] == "Ace Gone"
    assert reader.query("SELECT COUNT(*) FROM Customer WHERE Active = false") == {"totalCount": 1}


def test_without_maxresults_a_page_has_a_hundred_and_never_more_than_a_thousand(running: LocalQuickBooks) -> None:
    many = [("Customer", customer(str(number), f"Customer {number:05}")) for number in range(1, 1202)]
    running.add_company(SmallBooks(realm_id=OTHER, name="Many Customers", records=many))
    other = Caller(running, OTHER)
    with other.http:
        assert other.query("SELECT * FROM Customer")["maxResults"] == 100
        assert other.query("SELECT * FROM Customer MAXRESULTS 5000")["maxResults"] == 1000
        assert other.query("SELECT * FROM Customer STARTPOSITION 1001 MAXRESULTS 1000")["maxResults"] == 201


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM Invoice ORDERBY MetaData.CreateTime STARTPOSITION 2 MAXRESULTS 2",
        "select * from Invoice order by Metadata.CreateTime asc MAXRESULTS 2 STARTPOSITION 2",
        "SELECT * FROM Invoice MAXRESULTS 2 STARTPOSITION 2 ORDERBY MetaData.CreateTime ASC",
    ],
)
def test_clauses_may_come_in_any_order_and_case(reader: Caller, text: str) -> None:
    assert reader.ids(text, "Invoice") == ["14", "11"]


def test_times_are_compared_as_instants_over_the_hour_that_is_lived_twice(reader: Caller) -> None:
    ordered = reader.ids("SELECT * FROM Invoice ORDERBY MetaData.LastUpdatedTime", "Invoice")
    assert ordered == ["13", "14", "12", "11"]
    since = (
        "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '2025-11-02T08:50:00+00:00' ORDERBY TotalAmt, TxnDate"
    )
    assert reader.ids(since, "Invoice") == ["14", "11", "12"]


def test_a_time_without_an_offset_is_pacific(reader: Caller) -> None:
    until = "SELECT * FROM Invoice WHERE MetaData.CreateTime <= '2026-02-01T09:00:00' ORDERBY MetaData.CreateTime DESC"
    assert reader.ids(until, "Invoice") == ["11", "14", "13"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("DisplayName = 'Amy\\'s Bird Sanctuary'", ["2"]),
        ("DisplayName LIKE '%s%'", ["2", "3", "4"]),
        ("DisplayName LIKE 'C%'", ["4"]),
        ("DisplayName LIKE 'C_ol Cars'", []),
        ("Balance > '300.00'", ["2"]),
        ("Balance IN ('333.5', '7')", ["2"]),
        ("BillWithParent = 'true'", ["4"]),
        ("BillWithParent IN ('true')", ["4"]),
        ("DisplayName IN ('true', 'Cool Cars')", ["4"]),
        ("balance >= 333.5 AND Active = true", ["2"]),
        ("Id IN ('4', '3', '99')", ["3", "4"]),
        ("Id = '4'", ["4"]),
        ("PrimaryEmailAddr.Address = 'bill@windsurf.example'", ["3"]),
    ],
)
def test_conditions_choose(reader: Caller, condition: str, expected: list[str]) -> None:
    assert reader.ids(f"SELECT * FROM Customer WHERE {condition}", "Customer") == expected


def test_numbers_in_quotes_are_compared_as_text_where_the_property_is_text(reader: Caller) -> None:
    assert reader.ids("SELECT * FROM Invoice WHERE DocNumber = '1011'", "Invoice") == ["11"]
    assert reader.ids("SELECT * FROM Invoice WHERE DocNumber = '01011'", "Invoice") == []


def test_references_are_compared_by_their_value(reader: Caller) -> None:
    assert reader.query("SELECT count(*) FROM Invoice WHERE CustomerRef = '2'") == {"totalCount": 4}


def test_amounts_keep_every_digit(reader: Caller) -> None:
    assert '"TotalAmt":1234567890123.45' in reader.http.get("query?query=select * from Estimate").text


def test_a_statement_may_be_posted_as_text(reader: Caller) -> None:
    response = reader.http.post(
        "query", content="select count(*) from Invoice", headers={"Content-Type": "application/text"}
    )
    assert response.json()["QueryResponse"] == {"totalCount": 4}


def test_a_statement_that_does_not_parse_is_fault_4000(reader: Caller) -> None:
    status, error = reader.fault("SELECT * FROM Invoice WHERE TotalAmt = 1 OR TotalAmt = 2")
    assert (status, error["code"], error["Message"]) == (400, "4000", "Error parsing query")
    assert error["Detail"].startswith("QueryParserError: Encountered ")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("SELECT * FROM Custmoer", "QueryValidationError: invalid context declaration: Custmoer"),
        ("SELECT * FROM invoice", "QueryValidationError: invalid context declaration: invoice"),
        (
            "SELECT * FROM Invoice STARTPOSITION 0",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        ("SELECT * FROM Invoice ORDERBY Id", "QueryValidationError: Property Id is not sortable"),
        (
            "SELECT * FROM Invoice WHERE Colour = 'red'",
            "QueryValidationError: Property Colour not found for Entity Invoice",
        ),
        (
            "SELECT * FROM Invoice WHERE departmentref = '1'",
            "QueryValidationError: property 'DepartmentRef' is not queryable",
        ),
        (
            "SELECT * FROM Customer WHERE TxnDate > '2026-01-01'",
            "QueryValidationError: Property TxnDate not found for Entity Customer",
        ),
    ],
)
def test_what_cannot_be_is_fault_4001_in_its_own_words(reader: Caller, text: str, detail: str) -> None:
    status, error = reader.fault(text)
    assert (status, error) == (400, {"Message": "Invalid query", "Detail": detail, "code": "4001"})


def test_no_statement_at_all_is_a_fault_inside_http_200(reader: Caller) -> None:
    response = reader.http.get("query")
    assert response.status_code == 200
    assert response.json()["Fault"]["type"] == "SystemFault"


def test_every_answer_names_itself(reader: Caller) -> None:
    good, bad = reader.http.get("companyinfo/1"), reader.http.get("invoice/999")
    for response in (good, bad):
        assert response.headers["intuit_tid"].startswith("1-")
    assert good.headers["QBO-Version"]
    assert good.headers["Service-Time"].startswith("total=")


def test_one_company_does_not_open_another(running: LocalQuickBooks, reader: Caller) -> None:
    running.add_company(SmallBooks(realm_id=OTHER, name="Other Books"))
    theirs = f"{running.url}/v3/company/{OTHER}/query?query=select count(*) from Invoice"
    assert reader.http.get(theirs).status_code in (401, 403)
    assert reader.query("SELECT count(*) FROM Invoice") == {"totalCount": 4}
