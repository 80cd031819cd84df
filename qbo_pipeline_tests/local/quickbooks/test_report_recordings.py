"""Reports as recorded from the real service: from the same postings, v1 gives the same body."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from qbo_pipeline.local.quickbooks.books.model import Leg, Name, Transaction
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.endpoint import Reports
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, Listed
from qbo_pipeline.local.quickbooks.reports.rendering import Shape
from qbo_pipeline_tests.local.quickbooks.report_books import ledger_of, transaction
from qbo_pipeline_tests.shared_data import required

RECORDED_AT = 1601392442.0
"""2020-09-29T08:14:02-07:00, when the general ledger was recorded."""

KINDS = {
    "Checking": "Bank",
    "Savings": "Bank",
    "Accounts Receivable (A/R)": "Accounts Receivable",
    "Inventory Asset": "Other Current Asset",
    "Undeposited Funds": "Other Current Asset",
    "Truck": "Fixed Asset",
    "Accounts Payable (A/P)": "Accounts Payable",
    "Mastercard": "Credit Card",
    "Board of Equalization Payable": "Other Current Liability",
    "Loan Payable": "Other Current Liability",
    "Notes Payable": "Long Term Liability",
    "Opening Balance Equity": "Equity",
    "Retained Earnings": "Equity",
    "Design income": "Income",
    "Services": "Income",
    "Rent or Lease": "Expense",
    "Utilities": "Expense",
}
OF_PARENTS = {"Truck": "37", "Utilities": "24"}
"""Ids that the recording does not show."""


def recording(name: str) -> Any:
    return json.loads((required("quickbooks_recordings") / f"spec__vcr__reports__{name}__0.json").read_text())["body"]


def answered(ledger: Ledger, report: str, **parameters: str) -> Any:
    clock = Clock()
    clock.now = lambda: RECORDED_AT  # type: ignore[method-assign]
    reports = Reports(lambda _: ledger, clock)
    reports.settings.shape = Shape("v1")
    return json.loads(reports.answer("1", report, parameters))


def books_behind(body: Any) -> Ledger:
    """The postings that a recorded general ledger shows, read back from it."""
    accounts: list[Account] = []
    opening: list[Leg] = []
    entries: dict[str, list[tuple[Any, Leg]]] = {}
    for section in body["Rows"]["Row"]:
        head = section["Header"]["ColData"][0]
        kind = KINDS[head["value"]]
        account = Account(head["id"], head["value"], kind, "RetainedEarnings" if head["id"] == "2" else "")
        if head["value"] in OF_PARENTS:
            parent = OF_PARENTS[head["value"]]
            accounts.append(Account(parent, head["value"], kind))
            (section,) = section["Rows"]["Row"]
            account = Account(head["id"], section["Header"]["ColData"][0]["value"], kind, parent=parent)
        accounts.append(account)
        for row in section["Rows"]["Row"]:
            cells = row["ColData"]
            if cells[0]["value"] == "Beginning Balance":
                amount = account.natural_sign * Decimal(cells[7]["value"])
                opening.append(Leg(account.id, amount, amount))
            else:
                amount = account.natural_sign * Decimal(cells[6]["value"])
                leg = Leg(account.id, amount, amount, memo=cells[4]["value"])
                entries.setdefault(cells[1]["id"], []).append((cells, leg))
    posted: list[Transaction] = [transaction("JournalEntry", "1", "2020-08-01", legs=tuple(opening))]
    names: dict[str, Listed] = {}
    for identity, rows in entries.items():
        cells = rows[0][0]
        name = Name("Customer", cells[3]["id"]) if cells[3]["id"] else None
        names[cells[3]["id"]] = Listed(cells[3]["value"])
        legs = tuple(leg for _, leg in rows)
        kind = cells[1]["value"]
        posted.append(
            transaction(kind, identity, cells[0]["value"], kind=kind, name=name, number=cells[2]["value"], legs=legs)
        )
    return Ledger(AccountTree(accounts), posted, (), {"Customer": names})


def test_the_recorded_general_ledger_comes_out_of_its_postings() -> None:
    recorded = recording("gl")
    assert answered(books_behind(recorded), "GeneralLedger") == recorded


def test_keys_come_in_the_recorded_order() -> None:
    recorded = recording("gl")
    assert json.dumps(answered(books_behind(recorded), "GeneralLedger")) == json.dumps(recorded)


def test_the_recorded_profit_and_loss_of_a_customer_without_sales() -> None:
    recorded = recording("profit_and_loss")
    parameters = {
        "customer": "1",
        "start_date": "2015-01-01",
        "end_date": "2015-07-31",
        "summarize_column_by": "Customers",
    }
    ours = answered(
        ledger_of([transaction("Deposit", "1", date(2015, 3, 1), ("1", 5), ("13", -5))]), "ProfitAndLoss", **parameters
    )
    ours["Header"]["Time"] = recorded["Header"]["Time"]
    assert json.dumps(ours) == json.dumps(recorded)
