"""BalanceSheet and ProfitAndLoss by month."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbo_pipeline.quickbooks.reports.document import decode
from qbo_pipeline.quickbooks.reports.errors import TruncatedReportError
from qbo_pipeline.quickbooks.reports.statements import Figure, parse_statement
from qbo_pipeline_tests.quickbooks.reports.made_reports import body, cells_of, header, row
from qbo_pipeline_tests.shared_data import required

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def month_column(title: str, first: str, last: str) -> dict[str, Any]:
    days = [{"Name": "StartDate", "Value": first}, {"Name": "EndDate", "Value": last}]
    return {"ColTitle": title, "ColType": "Money", "MetaData": [*days, {"Name": "ColKey", "Value": title}]}


COLUMNS = {
    "Column": [
        {"ColTitle": "", "ColType": "Account", "MetaData": [{"Name": "ColKey", "Value": "account"}]},
        month_column("juin 2026", "2026-06-01", "2026-06-30"),
        month_column("1 - 26 juil. 2026", "2026-07-01", "2026-07-26"),
        {"ColTitle": "Total", "ColType": "Money", "MetaData": [{"Name": "ColKey", "Value": "total"}]},
    ]
}


def section(head: tuple[Any, ...], rows: list[Any], total: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return {
        "Header": {"ColData": cells_of((*head, *[""] * (4 - len(head))))},
        "Rows": {"Row": rows},
        "Summary": {"ColData": cells_of(("Total", *total))},
        "type": "Section",
        **more,
    }


def income() -> dict[str, Any]:
    """An income statement: a parent with an amount of its own, a sub-account, and a line that is no account."""
    sales = section(
        (("Sales", "1"), "2.00", "", "2.00"), [row(("Services", "2"), "", "-.50", "-.50")], ("2.00", "-.50", "1.50")
    )
    rows = [sales, row("Unapplied Cash Payment Income", "1.00", "-0.00", "1.00")]
    total = {"Summary": row("Net Income", "2.00", "-.50", "1.50"), "type": "Section", "group": "NetIncome"}
    return {
        "Header": header("ProfitAndLoss"),
        "Columns": COLUMNS,
        "Rows": {"Row": [section(("Income",), rows, ("3.00", "-.50", "2.50"), group="Income"), total]},
    }


def balance() -> dict[str, Any]:
    assets = section(("Assets",), [row(("Bank", "7"), "9.00", "8.00", "")], ("9.00", "8.00", ""), group="TotalAssets")
    equity = section(
        ("Equity",),
        [
            row(("Retained Earnings", "8"), "5.00", "5.00", ""),
            row("Nettogewinn", "4.00", "3.00", "", group="NetIncome"),
        ],
        ("9.00", "8.00", ""),
        group="TotalLiabilitiesAndEquity",
    )
    return {"Header": header("BalanceSheet"), "Columns": COLUMNS, "Rows": {"Row": [assets, equity]}}


def figures(report: dict[str, Any]) -> set[Figure]:
    return set(parse_statement(decode(body(report)), [JUNE, JULY]))


def test_figures_of_parents_stand_in_their_headers_and_what_is_zero_or_empty_is_none() -> None:
    assert figures(income()) == {
        Figure(JUNE, "1", "account", Decimal("2.00")),
        Figure(JULY, "2", "account", Decimal("-0.50")),
        Figure(JUNE, "~Unapplied Cash Payment Income", "account", Decimal("1.00")),
    }


def test_net_income_on_the_balance_sheet_is_known_by_its_group() -> None:
    found = {(one.month, one.account_id, one.amount) for one in figures(balance()) if one.line == "net_income"}
    assert found == {(JUNE, None, Decimal(4)), (JULY, None, Decimal(3))}


def test_months_that_are_missing_are_noticed() -> None:
    with pytest.raises(TruncatedReportError, match="no column for 2026-05, 2026-08"):
        parse_statement(decode(body(income())), [date(2026, 5, 1), JUNE, JULY, date(2026, 8, 1)])


def test_accounts_that_do_not_add_up_to_their_section_are_noticed() -> None:
    report = income()
    del report["Rows"]["Row"][0]["Rows"]["Row"][0]["Rows"]["Row"][0]
    with pytest.raises(TruncatedReportError, match="“Sales” of 2026-07"):
        figures(report)


def test_sides_of_the_balance_sheet_that_differ_are_noticed() -> None:
    report = balance()
    report["Rows"]["Row"][0]["Rows"]["Row"][0]["ColData"][1]["value"] = "9.01"
    report["Rows"]["Row"][0]["Summary"]["ColData"][1]["value"] = "9.01"
    with pytest.raises(TruncatedReportError, match="assets differ"):
        figures(report)


def test_the_notice_that_more_was_left_out_is_understood() -> None:
    report = income()
    report["Rows"]["Row"].append(row("No se pueden mostrar más datos."))
    with pytest.raises(TruncatedReportError, match="más datos"):
        figures(report)


def test_a_recorded_statement_of_nothing_is_no_error() -> None:
    recorded = json.loads(
        (required("quickbooks_recordings") / "spec__vcr__reports__profit_and_loss__0.json").read_text()
    )
    report = decode(body(recorded["body"]))
    assert report.no_data
    assert parse_statement(report, []) == []
