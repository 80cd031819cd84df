"""Trial balance, agings, inventory valuation: as of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.quickbooks.reports.balances import (
    AccountBalance,
    ItemValue,
    OpenItem,
    parse_aging,
    parse_inventory_valuation,
    parse_trial_balance,
)
from qbo_pipeline.quickbooks.reports.document import Report, decode
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError
from qbo_pipeline_tests.quickbooks.reports.made_reports import body, columns, header, row

Json = dict[str, Any]


def trial_balance() -> Json:
    return {
        "Header": header("TrialBalance"),
        "Columns": columns(("account", "debit", "credit")),
        "Rows": {
            "Row": [
                row(("Bank", "1"), "5.00", ""),
                row(("Parent with nothing of its own", "9"), "", ""),
                row("Unapplied Cash Payment Income", "", "5.00"),
                {"Summary": row("TOTAL", "5.00", "5.00"), "type": "Section", "group": "GrandTotal"},
            ]
        },
    }


def aging() -> Json:
    keys = ("tx_date", "txn_type", "doc_num", "cust_name", "due_date", "subt_amount", "subt_open_bal")
    rows = [
        row("2026-01-05", ("Invoice", "7"), "1001", ("Amy", "2"), "2026-02-04", "50.00", "20.00"),
        row("2026-01-09", ("Payment", "8"), "", ("Amy", "2"), "", "-9.00", "-.50"),
    ]
    bucket = {
        "Header": row("91 jours et plus", *[""] * 6),
        "Rows": {"Row": rows},
        "Summary": row("Total", "", "", "", "", "41.00", "19.50"),
        "type": "Section",
    }
    total = {"Summary": row("TOTAL", "", "", "", "", "41.00", "19.50"), "type": "Section"}
    return {"Header": header("AgedReceivableDetail"), "Columns": columns(keys), "Rows": {"Row": [bucket, total]}}


def inventory() -> Json:
    return {
        "Header": header("InventoryValuationSummary"),
        "Columns": columns(("item", "sku", "qty", "asset_value", "avg_cost")),
        "Rows": {
            "Row": [
                row(("Pump", "11"), "P-1", "2.50", "10.00", "4.0000001"),
                row(("Hose", "12"), "", "", "", ""),
                row("Total", " ", "", "10.00", "", group="GrandTotal"),
            ]
        },
    }


def test_balances_of_accounts_stand_on_their_sides() -> None:
    assert parse_trial_balance(decode(body(trial_balance()))) == [
        AccountBalance("1", Decimal(5), Decimal(0)),
        AccountBalance("~Unapplied Cash Payment Income", Decimal(0), Decimal(5)),
    ]


def test_open_documents_come_out_of_every_bucket() -> None:
    assert parse_aging(decode(body(aging()))) == [
        OpenItem("7", "Invoice", date(2026, 1, 5), date(2026, 2, 4), "1001", "2", Decimal(50), Decimal(20)),
        OpenItem("8", "Payment", date(2026, 1, 9), None, None, "2", Decimal(-9), Decimal("-0.5")),
    ]


def test_stock_has_quantity_value_and_cost() -> None:
    assert parse_inventory_valuation(decode(body(inventory()))) == [
        ItemValue("11", Decimal("2.5"), Decimal(10), Decimal("4.0000001")),
        ItemValue("12", Decimal(0), Decimal(0), None),
    ]


READERS: list[tuple[Callable[[], Json], Callable[[Report], object]]] = [
    (trial_balance, parse_trial_balance),
    (aging, parse_aging),
    (inventory, parse_inventory_valuation),
]


@pytest.mark.parametrize(("make", "parse"), READERS)
def test_what_lacks_its_total_is_refused(make: Callable[[], Json], parse: Callable[[Report], object]) -> None:
    report = make()
    report["Rows"]["Row"].pop()
    with pytest.raises(TruncatedReportError, match="lacks its total"):
        parse(decode(body(report)))


@pytest.mark.parametrize(("make", "parse"), READERS)
def test_what_does_not_add_up_is_refused(make: Callable[[], Json], parse: Callable[[Report], object]) -> None:
    report = make()
    rows = report["Rows"]["Row"]
    rows[0].get("Rows", {"Row": rows})["Row"].pop(0)
    with pytest.raises(TruncatedReportError, match="sums up"):
        parse(decode(body(report)))


@pytest.mark.parametrize(("make", "parse"), READERS)
def test_nothing_to_report_is_nothing(make: Callable[[], Json], parse: Callable[[Report], object]) -> None:
    report = make()
    report["Header"], report["Rows"] = header("Any", no_data=True), {}
    assert parse(decode(body(report))) == []


@pytest.mark.parametrize(("make", "parse"), READERS)
def test_the_notice_that_more_was_left_out_is_understood(
    make: Callable[[], Json], parse: Callable[[Report], object]
) -> None:
    report = make()
    report["Rows"]["Row"].append(row("Il n'est pas possible d'afficher plus."))
    with pytest.raises(TruncatedReportError, match="afficher plus"):
        parse(decode(body(report)))


@pytest.mark.parametrize("text", [b"[]", b"{}", b'{"Header": {}, "Columns"', b'{"Header": 5}'])
def test_what_is_no_report_says_so(text: bytes) -> None:
    with pytest.raises(ReportShapeError, match="no report"):
        decode(text)
