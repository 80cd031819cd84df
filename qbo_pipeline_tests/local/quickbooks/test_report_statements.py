"""What must hold between the reports of any company, on any day, on either basis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings

from qbo_pipeline.local.quickbooks.books.model import Name
from qbo_pipeline.local.quickbooks.reports.catalogue import REPORTS
from qbo_pipeline.local.quickbooks.reports.general_ledger import general_ledger
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.statement_reports import (
    balance_sheet,
    cash_flow,
    profit_and_loss,
    trial_balance,
)
from qbo_pipeline.local.quickbooks.reports.table import Data, Row, Section, Table, Title
from qbo_pipeline_tests.local.quickbooks.report_books import (
    amounts,
    asked,
    companies,
    ledger_of,
    months,
    transaction,
)
from qbo_pipeline_tests.local.quickbooks.report_invariants import (
    by_group,
    every_section,
    hold_for_month,
    net_income_of,
)

BOTH = pytest.mark.parametrize("basis", ["Accrual", "Cash"])


@given(companies())
@settings(max_examples=30, deadline=None)
def test_the_reports_of_any_company_agree_with_each_other_in_every_month(ledger: Ledger) -> None:
    for month in months(date(2024, 12, 1), date(2027, 1, 31)):
        hold_for_month(ledger, month)


@given(companies())
@settings(max_examples=30, deadline=None)
def test_columns_by_time_or_segment_sum_to_the_total(ledger: Ledger) -> None:
    for kind in ("Month", "Quarter", "Week", "Classes", "Departments", "Customers"):
        request = asked(ledger, start_date="2025-01-01", end_date="2026-12-31", summarize_column_by=kind)
        for row in every_section(profit_and_loss(ledger, request)):
            if row.summary:
                *parts, total = (cell.value or Decimal(0) for cell in row.summary[1:])
                assert sum(part for part in parts if isinstance(part, Decimal)) == total, (kind, row.group)


def sums(table: Table) -> dict[str, tuple[object, ...]]:
    return {group: tuple(cell.value for cell in row.summary or ()) for group, row in by_group(table).items()}


def year_of_business() -> Ledger:
    return ledger_of(
        [
            transaction("JournalEntry", "1", "2025-03-01", ("1", 1000), ("11", -1000)),
            transaction("SalesReceipt", "2", "2025-06-01", ("1", 300), ("13", -300)),
            transaction("SalesReceipt", "3", "2026-02-01", ("1", 500), ("13", -200), ("14", -300)),
            transaction("Purchase", "4", "2026-05-01", ("1", -120), ("18", 120)),
        ]
    )


@pytest.mark.parametrize(
    ("kind", "columns"),
    [("Classes", ["North", "South"]), ("Departments", ["Shop", "Yard"]), ("Customers", ["Amy's Bird Sanctuary"])],
)
def test_a_profit_and_loss_has_a_column_for_each_class_location_or_customer(kind: str, columns: list[str]) -> None:
    by = {"Classes": "class_", "Departments": "department"}
    legs = [
        amounts(("1", value), ("13", -value), **({by[kind]: place} if kind in by else {}))
        for place, value in (("1", 100), ("2", 40))
    ]
    amy = Name("Customer", "1")
    ledger = ledger_of(
        transaction("SalesReceipt", str(number), "2026-02-01", legs=one, name=amy) for number, one in enumerate(legs)
    )
    request = asked(ledger, start_date="2026-01-01", end_date="2026-12-31", summarize_column_by=kind)
    table = profit_and_loss(ledger, request)
    values = [cell.value for cell in by_group(table)["NetIncome"].summary or ()][1:]

    assert [str(column.title) for column in table.columns[1:-1]] == columns
    assert values == ([100, 40, 140] if kind in by else [140, 140])


def test_income_of_earlier_fiscal_years_is_in_retained_earnings_and_this_years_in_net_income() -> None:
    ledger = year_of_business()
    sheet = balance_sheet(ledger, asked(ledger, start_date="2026-01-01", end_date="2026-12-31"))
    equity = {
        str(row.cells[0].value): row.cells[1].value for row in by_group(sheet)["Equity"].rows if isinstance(row, Data)
    }
    assert equity == {
        "Opening Balance Equity": 1000,
        "Retained Earnings": 300,
        str(Title("Net Income")): 380,
    }


def test_a_fiscal_year_from_july_earns_in_july() -> None:
    year = ledger_of(list(year_of_business().transactions()), first_month=7)
    in_june = balance_sheet(year, asked(year, start_date="2026-06-01", end_date="2026-06-30"))
    in_july = balance_sheet(year, asked(year, start_date="2026-07-01", end_date="2026-07-31"))
    assert net_income_of(in_june) == 380
    assert net_income_of(in_july) == 0


def test_a_parent_with_income_of_its_own_shows_it_in_its_header_over_its_sub_accounts() -> None:
    ledger = year_of_business()
    table = profit_and_loss(ledger, asked(ledger, start_date="2026-01-01", end_date="2026-12-31"))
    (services,) = by_group(table)["Income"].rows
    assert isinstance(services, Section)
    assert services.header is not None
    assert [cell.value for cell in services.header] == ["Landscaping Services", 200]
    assert [cell.value for cell in services.summary or ()] == [Title("Total {}", "Landscaping Services"), 500]


def test_the_groups_of_a_profit_and_loss_are_those_of_quickbooks() -> None:
    ledger = year_of_business()
    table = profit_and_loss(ledger, asked(ledger, start_date="2026-01-01", end_date="2026-12-31"))
    assert [row.group for row in table.rows] == ["Income", "GrossProfit", "Expenses", "NetOperatingIncome", "NetIncome"]


def test_the_groups_of_a_cash_flow_are_those_of_quickbooks() -> None:
    ledger = year_of_business()
    table = cash_flow(ledger, asked(ledger, start_date="2025-01-01", end_date="2026-12-31"))
    assert [row.group for row in table.rows] == [
        "OperatingActivities",
        "FinancingActivities",
        "CashIncrease",
        "BeginningCash",
        "EndingCash",
    ]


def test_a_trial_balance_by_month_has_a_debit_and_a_credit_for_each() -> None:
    ledger = year_of_business()
    request = asked(ledger, start_date="2026-01-01", end_date="2026-03-31", summarize_column_by="Month")
    table = trial_balance(ledger, request)
    assert [len(column.columns) for column in table.columns[1:]] == [2, 2, 2]
    assert all(len(row.cells) == 7 for row in table.rows if isinstance(row, Data))


def test_of_more_than_a_hundred_days_v2_sums_up_the_rest() -> None:
    ledger = year_of_business()
    parameters = {"start_date": "2026-01-01", "end_date": "2026-12-31", "summarize_column_by": "Days"}
    v2 = profit_and_loss(ledger, asked(ledger, "v2", **parameters))
    assert len(v2.columns) == 1 + 100 + 1 + 1
    assert v2.columns[-2].title == Title("Others")
    (telephone,) = by_group(v2)["Expenses"].rows
    others = telephone.summary[-2].value if isinstance(telephone, Section) and telephone.summary else None
    assert others == 120
    assert len(profit_and_loss(ledger, asked(ledger, "v1", **parameters)).columns) == 1 + 365 + 1


def rows_of(rows: tuple[Row, ...]) -> Iterator[Data]:
    for row in rows:
        if isinstance(row, Data):
            yield row
        else:
            yield from rows_of(row.rows)


def test_filters_keep_the_legs_that_name_them() -> None:
    ledger = year_of_business()
    nobody = asked(ledger, start_date="2025-01-01", end_date="2026-12-31", customer="1")
    assert not profit_and_loss(ledger, nobody).has_data
    assert not general_ledger(ledger, nobody).has_data


def test_every_report_can_be_made_of_nothing() -> None:
    ledger = ledger_of([])
    for name, report in REPORTS.items():
        assert not report.build(ledger, asked(ledger)).has_data, name
