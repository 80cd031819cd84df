"""Budgets: amounts of accounts by month, which change and go like transactions, and are listed like lists."""

from __future__ import annotations

import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, Caller, Record
from qbo_pipeline_tests.local.quickbooks.trading_company import CONSULTING, INCOME, trading_company


@pytest.fixture
def company(service: LocalQuickBooks, caller: Caller) -> Caller:
    service.add_company(trading_company())
    return caller


def made(company: Caller) -> Record:
    months = [
        {
            "BudgetDate": f"2026-{month:02}-01",
            "Amount": 100 + month,
            "AccountRef": {"value": INCOME, "name": "Services"},
        }
        for month in range(1, 13)
    ]
    span = {"StartDate": "2026-01-01", "EndDate": "2026-12-31"}
    answer = company.post("budget", {"Name": "Plan", **span, "BudgetEntryType": "Monthly", "BudgetDetail": months})
    assert answer.status_code == 200, answer.text
    budget: Record = answer.json()["Budget"]
    return budget


def test_a_budget_is_active_and_of_profit_and_loss_unless_it_says_otherwise(company: Caller) -> None:
    budget = made(company)
    assert (budget["Active"], budget["BudgetType"], budget["SyncToken"]) == (True, "ProfitAndLoss", "0")
    assert [detail["Amount"] for detail in budget["BudgetDetail"]] == list(range(101, 113))
    assert company.query("SELECT * FROM Budget")["Budget"] == [budget]


def test_its_amounts_change_all_together(company: Caller) -> None:
    budget = made(company)
    detail = [{**budget["BudgetDetail"][0], "Amount": "12.50"}]
    sent = {"Id": budget["Id"], "SyncToken": "0", "sparse": True, "BudgetDetail": detail}
    changed = company.post("budget", sent).json()["Budget"]
    assert ([one["Amount"] for one in changed["BudgetDetail"]], changed["SyncToken"]) == ([12.5], "1")


def test_it_can_be_inactive_and_it_can_be_deleted(company: Caller) -> None:
    budget = made(company)
    sent = {"Id": budget["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    assert company.post("budget", sent).json()["Budget"]["Name"] == "Plan (deleted)"
    assert company.query("SELECT * FROM Budget") == {}
    answer = company.post("budget?operation=delete", {"Id": budget["Id"], "SyncToken": "1"})
    assert answer.json()["Budget"] == {"domain": "QBO", "status": "Deleted", "Id": budget["Id"]}


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ([{"BudgetDate": "2026-13-01", "Amount": 1}], "2010"),
        ([{"BudgetDate": "2026-01-01", "Amount": "much"}], "2010"),
        ({"Amount": 1}, "2010"),
        ([{"BudgetDate": "2026-01-01", "Amount": 1, "AccountRef": {"value": "999"}}], "610"),
    ],
)
def test_amounts_are_numbers_of_accounts_on_days(company: Caller, detail: object, code: str) -> None:
    sent = {"StartDate": "2026-01-01", "EndDate": "2026-12-31", "BudgetDetail": detail}
    answer = company.post("budget", sent)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


def test_a_merged_account_takes_its_budget_along(company: Caller) -> None:
    budget = made(company)
    company.service.writer.merge(REALM, "Account", INCOME, CONSULTING)
    [first, *_] = company.read("Budget", budget["Id"])["BudgetDetail"]
    assert first["AccountRef"] == {"value": CONSULTING, "name": "Consulting"}


def test_charges_to_be_reimbursed_are_only_read(company: Caller) -> None:
    for path in ("reimbursecharge", "reimbursecharge?operation=delete"):
        assert company.post(path, {"Amount": 1}).json()["Fault"]["Error"][0]["code"] == "500"
