"""What must hold between the reports of one company; used on demo companies and on random ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from qbo_pipeline.local.quickbooks.reports.aging import (
    PAYABLES,
    RECEIVABLES,
    Side,
    aging_detail,
    aging_summary,
)
from qbo_pipeline.local.quickbooks.reports.general_ledger import general_ledger
from qbo_pipeline.local.quickbooks.reports.journal import journal_report
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.periods import Period
from qbo_pipeline.local.quickbooks.reports.rendering import Version
from qbo_pipeline.local.quickbooks.reports.statement_reports import (
    balance_sheet,
    cash_flow,
    profit_and_loss,
    trial_balance,
)
from qbo_pipeline.local.quickbooks.reports.table import Cell, Data, Row, Section, Table
from qbo_pipeline_tests.local.quickbooks.report_books import asked

ZERO = Decimal(0)


def every_section(table: Table) -> Iterator[Section]:
    """All sections, the inner ones after those they are in."""

    def inside(rows: tuple[Row, ...]) -> Iterator[Section]:
        for row in rows:
            if isinstance(row, Section):
                yield row
                yield from inside(row.rows)

    yield from inside(table.rows)


def by_group(table: Table) -> dict[str, Section]:
    """Sections by the name of their group."""
    return {section.group: section for section in every_section(table) if section.group}


def amount(cell: Cell) -> Decimal:
    """A cell that is a number or nothing."""
    return cell.value if isinstance(cell.value, Decimal) else ZERO


def total_of(table: Table, group: str, position: int = -1) -> Decimal:
    """The sum of a group; zero where it is not there."""
    section = by_group(table).get(group)
    return amount(section.summary[position]) if section and section.summary else ZERO


def net_income_of(sheet: Table) -> Decimal:
    """The line of net income in the equity of a balance sheet."""
    lines = [row for row in by_group(sheet)["Equity"].rows if isinstance(row, Data) and row.group == "NetIncome"]
    return amount(lines[0].cells[-1])


def hold_for_month(ledger: Ledger, month: Period) -> None:
    """Every invariant in one month, on both bases."""
    days = {"start_date": month.start.isoformat(), "end_date": month.end.isoformat()}
    for basis in ("Accrual", "Cash"):
        request = asked(ledger, accounting_method=basis, **days)
        _balance_sheet_balances(ledger, month, basis)
        trial = trial_balance(ledger, request)
        debits, credits_ = (amount(cell) for cell in by_group(trial)["GrandTotal"].summary[1:])  # type: ignore[index]
        assert debits == credits_, (month, basis)
        _cash_flow_foots(ledger, month, basis)
        _ledger_ends_in_the_trial_balance(ledger, month, basis)
    _journal_balances(ledger, month)
    for side in (RECEIVABLES, PAYABLES):
        _aging_ties(ledger, month, side)


def _balance_sheet_balances(ledger: Ledger, month: Period, basis: str) -> None:
    end = month.end.isoformat()
    sheet = balance_sheet(ledger, asked(ledger, accounting_method=basis, start_date=end, end_date=end))
    assert total_of(sheet, "TotalAssets") == total_of(sheet, "TotalLiabilitiesAndEquity"), (month, basis)
    year = ledger.balances().year_to(month.end)
    so_far = asked(ledger, accounting_method=basis, start_date=year.start.isoformat(), end_date=end)
    assert total_of(profit_and_loss(ledger, so_far), "NetIncome") == net_income_of(sheet), (month, basis)


def _cash_flow_foots(ledger: Ledger, month: Period, basis: str) -> None:
    days = {"start_date": month.start.isoformat(), "end_date": month.end.isoformat()}
    flow = cash_flow(ledger, asked(ledger, accounting_method=basis, **days))
    change = total_of(flow, "CashIncrease")
    assert total_of(flow, "BeginningCash") + change == total_of(flow, "EndingCash"), (month, basis)
    cash = [one.id for one in ledger.accounts.by_id.values() if one.is_cash]
    totals = ledger.balances("Cash" if basis == "Cash" else "Accrual").totals
    before = month.start - timedelta(days=1)
    assert change == sum((totals.balance(one, month.end) - totals.balance(one, before) for one in cash), ZERO)


def _ledger_ends_in_the_trial_balance(ledger: Ledger, month: Period, basis: str) -> None:
    days = {"start_date": month.start.isoformat(), "end_date": month.end.isoformat()}
    columns = "account_name,rbal_nat_home_amount"
    versions: tuple[Version, ...] = ("v1", "v2")
    for version in versions:
        request = asked(ledger, version, accounting_method=basis, columns=columns, **days)
        ended: dict[str, Decimal] = {}
        for section in every_section(general_ledger(ledger, request)):
            for row in section.rows:
                if isinstance(row, Data) and row.cells[0].id:
                    ended[row.cells[0].id] = amount(row.cells[1])
        balances = ledger.balances(request.basis)
        for account, balance in ended.items():
            sign = ledger.accounts.by_id[account].natural_sign
            assert sign * balance == balances.balance(account, month.end), (month, basis, account)


def _journal_balances(ledger: Ledger, month: Period) -> None:
    days = {"start_date": month.start.isoformat(), "end_date": month.end.isoformat()}
    columns = "account_name,debt_home_amt,credit_home_amt"
    journal = journal_report(ledger, asked(ledger, columns=columns, **days))
    for section in every_section(journal):
        assert section.summary is not None
        assert amount(section.summary[1]) == amount(section.summary[2]), month
    legs = sum(len(one.legs) for one in ledger.transactions() if one.day in month)
    assert sum(isinstance(row, Data) for row in journal.rows) == legs


def _aging_ties(ledger: Ledger, month: Period, side: Side) -> None:
    request = asked(ledger, report_date=month.end.isoformat())
    controls = [one for one in ledger.accounts.by_id.values() if one.kind == side.control]
    totals = ledger.balances().totals
    control = sum((one.natural_sign * totals.balance(one.id, month.end) for one in controls), ZERO)
    assert total_of(aging_summary(ledger, request, side), "GrandTotal") == control, (month, side.control)
    detail = aging_detail(ledger, asked(ledger, report_date=month.end.isoformat(), columns="memo,subt_open_bal"), side)
    listed = sum(
        (amount(row.cells[1]) for section in every_section(detail) for row in section.rows if isinstance(row, Data)),
        ZERO,
    )
    assert listed == control, (month, side.control)
