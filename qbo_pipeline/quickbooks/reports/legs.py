"""Legs: one debit or credit each, as JournalReport and GeneralLedger list them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from qbo_pipeline.quickbooks.reports.document import ZERO, Cell, Report, amount, parse_amount
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, UnbalancedReportError


class Leg(NamedTuple):
    """A leg. Amounts are exact; those of the home currency are never missing."""

    transaction_id: str
    transaction_title: str
    """Its type in the company's language."""
    transaction_date: date
    doc_number: str | None
    memo: str | None
    name_id: str | None
    name: str | None
    account_id: str
    account_name: str
    debit: Decimal
    credit: Decimal
    currency_id: str | None
    foreign_debit: Decimal | None
    """In the currency of the transaction; None where the report does not say."""
    foreign_credit: Decimal | None
    customer_id: str | None
    vendor_id: str | None
    employee_id: str | None
    item_id: str | None
    class_id: str | None
    department_id: str | None
    quantity: Decimal | None


_NO_CELL = Cell()


class LegReader:
    """Reads the rows of one report whose columns are as they came."""

    def __init__(self, report: Report) -> None:
        at = report.positions
        home = "debt_home_amt" in at and "credit_home_amt" in at
        debit, credit = ("debt_home_amt", "credit_home_amt") if home else ("debt_amt", "credit_amt")
        self.debit, self.credit = report.position(debit), report.position(credit)
        self.day, self.type = report.position("tx_date"), report.position("txn_type")
        self._report = report
        self._account = at.get("account_name")
        self._document, self._memo, self._name = at.get("doc_num"), at.get("memo"), at.get("name")
        self._currency, self._quantity = at.get("currency"), at.get("quantity")
        known = home and "debt_amt" in at and "credit_amt" in at
        self._foreign = (at["debt_amt"], at["credit_amt"]) if known else None
        self._home_only = not home
        self._customer, self._vendor, self._employee = at.get("cust_name"), at.get("vend_name"), at.get("emp_name")
        self._item, self._class, self._department = at.get("item_name"), at.get("klass_name"), at.get("dept_name")

    def is_leg(self, cells: list[Cell]) -> bool:
        """Whether a row belongs to a transaction: it has its id. Balances brought forward and blank rows have none."""
        return bool(cells[self.type].id)

    def account(self, cells: list[Cell]) -> Cell:
        """The account that a row names itself."""
        return _NO_CELL if self._account is None else cells[self._account]

    def document(self, cells: list[Cell]) -> str | None:
        """The document number."""
        return _text(cells, self._document)

    def leg(
        self, cells: list[Cell], account_id: str, account_name: str, day: date, title: str, document: str | None
    ) -> Leg:
        """A row as a leg of a transaction whose date, type and number are known.

        Raises:
            ReportShapeError: its home currency is not to be had.
        """
        currency = _text(cells, self._currency)
        if self._home_only and currency is not None and currency != self._report.currency:
            raise ReportShapeError(
                f"{self._report.name} has amounts in {currency} and no columns debt_home_amt and credit_home_amt"
            )
        quantity = _text(cells, self._quantity)
        foreign = self._foreign
        return Leg(
            cells[self.type].id or "", title, day, document, _text(cells, self._memo), _id(cells, self._name),
            _text(cells, self._name), account_id, account_name, amount(cells[self.debit]), amount(cells[self.credit]),
            currency, amount(cells[foreign[0]]) if foreign else None, amount(cells[foreign[1]]) if foreign else None,
            _id(cells, self._customer), _id(cells, self._vendor), _id(cells, self._employee), _id(cells, self._item),
            _id(cells, self._class), _id(cells, self._department),
            parse_amount(quantity) if quantity else None,
        )  # fmt: skip


def _text(cells: list[Cell], at: int | None) -> str | None:
    return (cells[at].value or None) if at is not None else None


def _id(cells: list[Cell], at: int | None) -> str | None:
    return (cells[at].id or None) if at is not None else None


def check_balanced(legs: Iterable[Leg]) -> None:
    """Refuse legs of whole months in which debits and credits of a transaction differ.

    On the cash basis one transaction can have legs in several months; each month balances.

    Raises:
        UnbalancedReportError: naming the first transaction.
    """
    sums: defaultdict[tuple[int, int, str, str], Decimal] = defaultdict(lambda: ZERO)
    for leg in legs:
        day = leg.transaction_date
        sums[day.year, day.month, leg.transaction_title, leg.transaction_id] += leg.debit - leg.credit
    for (year, month, title, number), difference in sums.items():
        if difference:
            raise UnbalancedReportError(
                f"{title} {number} in {year}-{month:02}: debits and credits differ by {difference}"
            )
