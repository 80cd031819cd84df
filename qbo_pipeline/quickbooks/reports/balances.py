"""Reports as of a day: TrialBalance, the agings, InventoryValuationSummary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from qbo_pipeline.quickbooks.reports.document import (
    ZERO,
    Cell,
    Report,
    account_of,
    amount,
    cell_at,
    check_whole,
    data_rows,
    grand_total,
    parse_amount,
    parse_day,
)
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError


class AccountBalance(NamedTuple):
    """A row of the trial balance; home currency."""

    account_id: str
    debit: Decimal
    credit: Decimal


class OpenItem(NamedTuple):
    """A document that is not settled; home currency, credits negative."""

    transaction_id: str
    transaction_title: str
    transaction_date: date
    due_date: date | None
    doc_number: str | None
    name_id: str | None
    amount: Decimal
    open_balance: Decimal


class ItemValue(NamedTuple):
    """What is on stock of an item; home currency."""

    item_id: str
    quantity: Decimal
    asset_value: Decimal
    average_cost: Decimal | None


def parse_trial_balance(report: Report) -> list[AccountBalance]:
    """Accounts with a balance.

    Raises:
        TruncatedReportError: the report is not whole.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    account, debit, credit = (report.position(key) for key in ("account", "debit", "credit"))
    found = [
        AccountBalance(_named(report, cells[account]), amount(cells[debit]), amount(cells[credit]))
        for cells in data_rows(report.rows)
        if cells[debit].value or cells[credit].value
    ]
    _check_total(report, debit, sum((one.debit for one in found), ZERO), bool(found))
    _check_total(report, credit, sum((one.credit for one in found), ZERO), bool(found))
    if sum((one.debit - one.credit for one in found), ZERO):
        raise TruncatedReportError(f"{report.name}: debits and credits differ")
    return found


def parse_aging(report: Report) -> list[OpenItem]:
    """Open documents of all buckets.

    Raises:
        TruncatedReportError: the report is not whole.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    at = report.positions
    day, kind, due = (report.position(key) for key in ("tx_date", "txn_type", "due_date"))
    total, open_balance = report.position("subt_amount"), report.position("subt_open_bal")
    number = at.get("doc_num")
    names = [at[key] for key in ("cust_name", "vend_name", "name") if key in at]
    found = [
        OpenItem(
            cells[kind].id or "", cells[kind].value or "", parse_day(cells[day].value or ""),
            parse_day(cells[due].value or "") if cells[due].value else None,
            (cells[number].value or None) if number is not None else None,
            next((cells[name].id for name in names if cells[name].id), None),
            amount(cells[total]), amount(cells[open_balance]),
        )
        for cells in data_rows(report.rows)
        if cells[kind].id
    ]  # fmt: skip
    _check_total(report, open_balance, sum((one.open_balance for one in found), ZERO), bool(found))
    return found


def parse_inventory_valuation(report: Report) -> list[ItemValue]:
    """Items on stock.

    Raises:
        TruncatedReportError: the report is not whole.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    item, quantity, value, cost = (report.position(key) for key in ("item", "qty", "asset_value", "avg_cost"))
    found = [
        ItemValue(
            cells[item].id or "", amount(cells[quantity]), amount(cells[value]),
            parse_amount(cells[cost].value or "") if cells[cost].value else None,
        )
        for cells in data_rows(report.rows)
        if cells[item].id
    ]  # fmt: skip
    _check_total(report, value, sum((one.asset_value for one in found), ZERO), bool(found))
    return found


def _named(report: Report, cell: Cell) -> str:
    identity = account_of(cell)
    if identity is None:
        raise ReportShapeError(f"{report.name} has a row without an account")
    return identity


def _check_total(report: Report, place: int, summed: Decimal, some: bool) -> None:
    """Compare the report's own total; there need be none where there is nothing to report."""
    if report.no_data and not some:
        return
    told = amount(cell_at(grand_total(report), place))
    if told != summed:
        raise TruncatedReportError(f"{report.name} sums up {told} over rows of {summed}")
