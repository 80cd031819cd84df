"""The sample of Intuit's documentation of JournalReport, invoice 1038, from the write to the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.posting_company import CHART, ref, sold, taxed
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record, SmallBooks, customer, stamped

START = "2026-01-01T08:00:00-08:00"
PAYABLE = "Board of Equalization Payable"
PUMP: dict[str, Any] = {
    "Name": "Fountain pump",
    "Type": "Inventory",
    "TrackQtyOnHand": True,
    "IncomeAccountRef": ref("11"),
    "ExpenseAccountRef": ref("14"),
    "AssetAccountRef": ref("5"),
    "PurchaseCost": 10,
}


def records() -> list[tuple[str, Record]]:
    accounts = [
        ("Account", stamped(one.id, START, Name=one.name, AccountType=one.kind, AccountSubType=one.subtype))
        for one in CHART.accounts.values()
    ]
    rates = [("TaxRate", stamped(one, START, Name=f"Rate {one}", AgencyRef=ref("1"))) for one in ("2", "3", "4")]
    return [
        ("CompanyInfo", stamped("1", START, CompanyName="Craig's Landscaping", Country="US")),
        ("Preferences", stamped("1", START)),
        ("Customer", customer("2", "Amy's Bird Sanctuary")),
        ("TaxAgency", stamped("1", START, DisplayName="Board of Equalization")),
        ("Item", stamped("50", START, **PUMP, Active=True)),
        *accounts,
        *rates,
    ]


def test_invoice_1038_comes_out_as_documented(tmp_path: Path) -> None:
    with LocalQuickBooks(tmp_path / "quickbooks.sqlite") as service:
        service.add_company(SmallBooks(records=records()))
        httpx.post(f"{service.url}/control/switches", json={"report_version": "v1"})
        caller = Caller(service)
        with caller.http:
            invoice = {
                "DocNumber": "1038",
                "TxnDate": "2026-05-20",
                "CustomerRef": ref("2"),
                "Line": [{**sold(20, "50", 1), "Description": "Fountain pump"}],
                "TxnTaxDetail": taxed((1.25, "2"), (0.20, "3"), (0.35, "4")),
            }
            written = caller.post("invoice", invoice)
            assert written.status_code == 200, written.text
            when = {"start_date": "2026-05-01", "end_date": "2026-05-31"}
            report: Any = caller.http.get("reports/JournalReport", params=when).json()

    rows = report["Rows"]["Row"]
    legs = [tuple(cell["value"] for cell in row["ColData"][5:]) for row in rows[:7]]
    assert legs == [
        ("Accounts Receivable (A/R)", "21.80", ""),
        ("Sales", "", "20.00"),
        ("Inventory Asset", "", "10.00"),
        ("Cost of Goods Sold", "10.00", ""),
        (PAYABLE, "", "1.25"),
        (PAYABLE, "", ".20"),
        (PAYABLE, "", ".35"),
    ]
    head = [cell["value"] for cell in rows[0]["ColData"][:4]]
    assert head == ["2026-05-20", "Invoice", "1038", "Amy's Bird Sanctuary"]
    assert {row["ColData"][0]["value"] for row in rows[1:7]} == {"0-00-00"}
    assert [cell["value"] for cell in rows[7]["Summary"]["ColData"][6:]] == ["31.80", "31.80"]
