"""Reports over HTTP: of records as they are now, in the shape that the control endpoint sets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.reports.catalogue import REPORTS
from qbo_pipeline_tests.local.quickbooks.small_books import Caller

COMPANY = generate("larkspur", scale=0.05)
YEAR = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
DEFAULTS = {"report_version": "v2", "report_language": "en", "report_cells": 400_000}


@pytest.fixture(scope="module")
def larkspur(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with LocalQuickBooks(tmp_path_factory.mktemp("service") / "quickbooks.sqlite") as service:
        service.add_company(COMPANY)
        one = Caller(service, COMPANY.realm_id)
        with one.http:
            yield one


@pytest.fixture
def caller(larkspur: Caller) -> Iterator[Caller]:
    yield larkspur
    switched(larkspur, **DEFAULTS)


def switched(caller: Caller, **switches: object) -> httpx.Response:
    return httpx.post(f"{caller.service.url}/control/switches", json=switches)


def report(caller: Caller, name: str, **parameters: str) -> Any:
    response = caller.http.get(f"reports/{name}", params={**YEAR, **parameters})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    return response.json()


def summary(body: Any, group: str) -> list[str]:
    (row,) = [row for row in body["Rows"]["Row"] if row.get("group") == group]
    return [cell["value"] for cell in row["Summary"]["ColData"]]


def cells(body: Any) -> list[dict[str, str]]:
    """All of a report's rows, of its sections too."""
    found: list[dict[str, str]] = []
    rows = [body["Rows"]]
    while rows:
        for row in rows.pop().get("Row", []):
            found += row.get("ColData", [])
            rows += [row["Rows"]] if "Rows" in row else []
    return found


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_answered(caller: Caller, name: str) -> None:
    body = report(caller, name)
    assert list(body) == ["Header", "Columns", "Rows"]
    assert body["Header"]["ReportName"] == name
    assert body["Header"]["Time"][-6:] in ("-08:00", "-07:00")


def test_a_new_invoice_is_in_the_next_report(caller: Caller) -> None:
    before = report(caller, "ProfitAndLoss", start_date="2026-11-16", end_date="2026-11-30")
    assert before["Header"]["Option"][-1] == {"Name": "NoReportData", "Value": "true"}
    (customer, *_) = caller.query("select * from Customer maxresults 1")["Customer"]
    (item, *_) = caller.query("select * from Item where Type = 'Service' maxresults 1")["Item"]
    line = {
        "Amount": 125.5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, "Qty": 1, "TaxCodeRef": {"value": "NON"}},
    }
    sent = {"TxnDate": "2026-11-20", "CustomerRef": {"value": customer["Id"]}, "Line": [line]}
    created = caller.post("invoice", sent)
    assert created.status_code == 200, created.text
    after = report(caller, "ProfitAndLoss", start_date="2026-11-16", end_date="2026-11-30")
    assert summary(after, "NetIncome") == ["Net Income", "125.50"]
    journal = report(caller, "JournalReport", start_date="2026-11-16", end_date="2026-11-30")
    types = [row["ColData"][1] for row in journal["Rows"]["Row"] if "ColData" in row]
    assert types[0] == {"value": "Invoice", "id": created.json()["Invoice"]["Id"]}


@pytest.mark.parametrize(
    "kind", ["Payroll Check", "Inventory Starting Value", "Inventory Qty Adjust", "Sales Tax Payment"]
)
def test_what_no_entity_shows_is_in_the_reports(caller: Caller, kind: str) -> None:
    accounts = caller.query("select * from Account where AccountType in ('Bank', 'Expense')")["Account"]
    bank, cost = (next(one for one in accounts if one["AccountType"] == of) for of in ("Bank", "Expense"))
    before = summary(report(caller, "ProfitAndLoss"), "NetIncome")[-1]
    lines = [
        {"AccountRef": {"value": one["Id"]}, "Amount": amount}
        for one, amount in ((bank, Decimal("-800.10")), (cost, Decimal("800.10")))
    ]
    identity = str(900_000 + len(kind))
    caller.service.store.add_unlisted(COMPANY.realm_id, kind, {"Id": identity, "TxnDate": "2026-10-30", "Line": lines})

    day = {"start_date": "2026-10-30", "end_date": "2026-10-30"}
    for name in ("JournalReport", "GeneralLedger", "TransactionList"):
        assert {"value": kind, "id": identity} in cells(report(caller, name, **day)), name
    after = summary(report(caller, "ProfitAndLoss"), "NetIncome")[-1]
    assert Decimal(before) - Decimal(after) == Decimal("800.10")
    _, debits, credits_ = summary(report(caller, "TrialBalance"), "GrandTotal")
    assert Decimal(debits) == Decimal(credits_)


def test_the_trial_balance_has_as_much_debit_as_credit(caller: Caller) -> None:
    _, debits, credits_ = summary(report(caller, "TrialBalance"), "GrandTotal")
    assert Decimal(debits) == Decimal(credits_) > 0


def test_the_version_can_be_switched(caller: Caller) -> None:
    assert summary(report(caller, "BalanceSheet"), "TotalAssets")[0] == "Total Assets"
    assert switched(caller, report_version="v1").json()["report_version"] == "v1"
    assert summary(report(caller, "BalanceSheet"), "TotalAssets")[0] == "TOTAL ASSETS"


def test_the_language_can_be_switched(caller: Caller) -> None:
    switched(caller, report_language="fr")
    assert summary(report(caller, "BalanceSheet"), "TotalAssets")[0] == "Total Actif"


def test_too_many_cells_end_in_a_notice_inside_an_answer_that_is_fine(caller: Caller) -> None:
    switched(caller, report_cells=500)
    rows = report(caller, "GeneralLedger")["Rows"]["Row"]
    assert rows[-1]["ColData"][0]["value"] == "Unable to display more data. Please reduce the date range."


@pytest.mark.parametrize("switch", [{"report_version": "v3"}, {"report_language": "tlh"}, {"report_cells": 0}])
def test_a_switch_without_such_a_position_stays_as_it_is(caller: Caller, switch: dict[str, object]) -> None:
    assert switched(caller, **switch).status_code == 400
    shown = httpx.get(f"{caller.service.url}/control/switches").json()
    assert {name: shown[name] for name in DEFAULTS} == DEFAULTS


def test_an_unknown_report_is_refused_as_quickbooks_does(caller: Caller) -> None:
    response = caller.http.get("reports/Cashflow")
    assert response.status_code == 400
    assert response.json()["Fault"] == {
        "Error": [
            {
                "Message": "Permission Denied Error",
                "Detail": "Permission Denied Error : You do not have the access rights to use this feature.",
                "code": "5020",
                "element": "ReportName",
            }
        ],
        "type": "ValidationFault",
    }


def test_a_day_that_is_none_is_a_validation_fault(caller: Caller) -> None:
    response = caller.http.get("reports/ProfitAndLoss", params={"start_date": "2026-02-30", "end_date": "2026-03-01"})
    assert response.status_code == 400
    assert response.json()["Fault"]["type"] == "ValidationFault"
    assert response.json()["Fault"]["Error"][0]["element"] == "start_date"


@pytest.mark.parametrize("name", ["CashFlow", "GeneralLedger", "InventoryValuationDetail"])
def test_the_first_day_of_the_calendar_is_a_validation_fault_too(caller: Caller, name: str) -> None:
    """What was before it is in these reports, and there is no such day."""
    days = {"start_date": "0001-01-01", "end_date": "2026-01-31"}
    response = caller.http.get(f"reports/{name}", params=days)
    assert (response.status_code, response.json()["Fault"]["Error"][0]["element"]) == (400, "start_date")


@pytest.mark.parametrize("periods", ["0", "-4", "²", "1000000", "9" * 25])
def test_an_aging_of_no_or_of_countless_periods_is_a_validation_fault(caller: Caller, periods: str) -> None:
    response = caller.http.get("reports/AgedReceivables", params={"num_periods": periods})
    assert (response.status_code, response.json()["Fault"]["Error"][0]["element"]) == (400, "num_periods")


@pytest.mark.parametrize("name", ["AgedReceivables", "AgedReceivableDetail", "AgedPayables", "AgedPayableDetail"])
def test_an_aging_without_a_report_date_is_of_today_whatever_range_is_asked_for(caller: Caller, name: str) -> None:
    days = {"start_date": "2026-01-01", "end_date": "2026-02-28"}
    asked, plain = (caller.http.get(f"reports/{name}", params=given).json() for given in (days, {}))
    assert asked["Header"]["EndPeriod"] == plain["Header"]["EndPeriod"]
    assert asked["Rows"] == plain["Rows"]
    dated = caller.http.get(f"reports/{name}", params={**days, "report_date": "2026-02-27"}).json()
    assert dated["Header"]["EndPeriod"] == "2026-02-27"
