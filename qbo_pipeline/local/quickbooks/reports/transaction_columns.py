"""The columns of reports that list transactions: by key, what a leg shows in them.

Keys and usual columns are those of the API's documentation. Keys with `home` are in home currency; their
counterparts without it in the transaction's, which is the same unless the company has several currencies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Leg, Name, NameKind, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.accounts import Account
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, ListKind, name_of
from qbo_pipeline.local.quickbooks.reports.table import BLANK, SPLIT, Cell, Column, ColumnKind, Title


@dataclass(frozen=True, slots=True)
class Line:
    """A leg where it is listed."""

    ledger: Ledger
    transaction: Transaction
    leg: Leg
    account: Account
    name: Name | None
    balance: Decimal | None = None
    """Running balance in the account's natural sign, where the report has one."""
    open_balance: Decimal | None = None
    """What is not settled yet, where the report says."""
    days_late: int | None = None
    """Days past due, where the report says."""


@dataclass(frozen=True, slots=True)
class LineColumn:
    """A column, and what a line shows in it."""

    title: str
    kind: ColumnKind
    cell: Callable[[Line], Cell]


def name_cell(ledger: Ledger, name: Name | None) -> Cell:
    """Whom a line is about."""
    return Cell(ledger.name(name.kind, name.id), name.id) if name else Cell("", "")


def account_cell(ledger: Ledger, account: Account) -> Cell:
    """An account by its full name."""
    return Cell(ledger.accounts.full_name(account), account.shown_id or "")


def _split(line: Line) -> Cell:
    """The other side: of the first leg the others where they share an account, of the others the first."""
    first, *others = line.transaction.legs
    accounts = {other.account for other in others} if line.leg is first else {first.account}
    if len(accounts) == 1:
        return account_cell(line.ledger, line.ledger.accounts.by_id[accounts.pop()])
    return Cell(SPLIT, "") if accounts else Cell("", "")


def _listed(kind: ListKind, member: Callable[[Line], str | None]) -> Callable[[Line], Cell]:
    return lambda line: Cell(line.ledger.name(kind, member(line)), member(line) or "")


def _person(kind: NameKind) -> Callable[[Line], Cell]:
    return _listed(kind, lambda line: name_of(line.transaction, line.leg, kind))


def _debit(amount: Decimal) -> Cell:
    return Cell(amount) if amount >= 0 else BLANK


def _credit(amount: Decimal) -> Cell:
    return Cell(-amount) if amount < 0 else BLANK


def _natural(line: Line, amount: Decimal) -> Cell:
    return Cell(line.account.natural_sign * amount)


def _type(line: Line) -> Cell:
    return Cell(Title(line.transaction.kind), line.transaction.id)


def _days_late(line: Line) -> Cell:
    return BLANK if line.days_late is None else Cell(str(line.days_late))


def _blank(_: Line) -> Cell:
    return BLANK


def _rate(line: Line) -> Cell:
    quantity = line.leg.quantity
    return Cell(abs(line.leg.home / quantity)) if quantity else BLANK


LINE_COLUMNS: Mapping[str, LineColumn] = {
    "tx_date": LineColumn("Date", "Date", lambda line: Cell(line.transaction.day)),
    "txn_type": LineColumn("Transaction Type", "String", _type),
    "doc_num": LineColumn("Num", "String", lambda line: Cell(line.transaction.number)),
    "is_no_post": LineColumn("Posting", "String", lambda _: Cell(Title("Yes"))),
    "name": LineColumn("Name", "String", lambda line: name_cell(line.ledger, line.name)),
    "cust_name": LineColumn("Customer", "String", _person("Customer")),
    "vend_name": LineColumn("Vendor", "String", _person("Vendor")),
    "emp_name": LineColumn("Employee", "String", _person("Employee")),
    "dept_name": LineColumn("Department", "String", _listed("Department", lambda line: line.leg.department)),
    "klass_name": LineColumn("Class", "String", _listed("Class", lambda line: line.leg.class_)),
    "item_name": LineColumn("Product/Service", "String", _listed("Item", lambda line: line.leg.item)),
    "memo": LineColumn("Memo/Description", "String", lambda line: Cell(line.leg.memo)),
    "due_date": LineColumn("Due Date", "Date", lambda line: Cell(line.transaction.due)),
    "past_due": LineColumn("Past Due", "String", _days_late),
    "create_date": LineColumn("Create Date", "Date", lambda line: Cell(line.transaction.created.date())),
    "last_mod_date": LineColumn("Last Modified", "Date", lambda line: Cell(line.transaction.updated.date())),
    "currency": LineColumn("Currency", "String", lambda line: Cell(line.transaction.currency)),
    "exch_rate": LineColumn("Exchange Rate", "String", lambda line: Cell(str(line.transaction.rate))),
    "create_by": LineColumn("Created By", "String", _blank),
    "last_mod_by": LineColumn("Last Modified By", "String", _blank),
    "is_cleared": LineColumn("Clr", "String", _blank),
    "is_adj": LineColumn("Adj", "String", _blank),
    "pmt_mthd": LineColumn("Payment Method", "String", _blank),
    "account_name": LineColumn("Account", "String", lambda line: account_cell(line.ledger, line.account)),
    "account_num": LineColumn("Account #", "String", lambda line: Cell(line.account.number)),
    "acct_num_with_extn": LineColumn("Account #", "String", lambda line: Cell(line.account.number)),
    "split_acc": LineColumn("Split", "String", _split),
    "other_account": LineColumn("Split", "String", _split),
    "quantity": LineColumn("Qty", "Quantity", lambda line: Cell(line.leg.quantity)),
    "rate": LineColumn("Rate", "Money", _rate),
    "debt_amt": LineColumn("Debit", "Money", lambda line: _debit(line.leg.foreign)),
    "credit_amt": LineColumn("Credit", "Money", lambda line: _credit(line.leg.foreign)),
    "debt_home_amt": LineColumn("Debit", "Money", lambda line: _debit(line.leg.home)),
    "credit_home_amt": LineColumn("Credit", "Money", lambda line: _credit(line.leg.home)),
    "subt_nat_amount": LineColumn("Amount", "Money", lambda line: _natural(line, line.leg.foreign)),
    "subt_nat_home_amount": LineColumn("Amount", "Money", lambda line: _natural(line, line.leg.home)),
    "subt_amount": LineColumn("Amount", "Money", lambda line: _natural(line, line.leg.home)),
    "subt_open_bal": LineColumn("Open Balance", "Money", lambda line: Cell(line.open_balance)),
    "rbal_nat_amount": LineColumn("Balance", "Money", lambda line: Cell(line.balance)),
    "rbal_nat_home_amount": LineColumn("Balance", "Money", lambda line: Cell(line.balance)),
}  # fmt: skip
"""By key, which is the ColKey. What the books do not hold (who, cleared, adjusting, how paid) is always empty."""

SUMMED = frozenset(key for key in LINE_COLUMNS if key.startswith(("subt_", "debt_", "credit_")) or key == "quantity")
"""Columns whose sum stands in the summary of a section."""

_HOME = {
    "debt_amt": "debt_home_amt",
    "credit_amt": "credit_home_amt",
    "subt_nat_amount": "subt_nat_home_amount",
    "rbal_nat_amount": "rbal_nat_home_amount",
}


def chosen(asked: Iterable[str], usual: tuple[str, ...], ledger: Ledger) -> tuple[str, ...]:
    """The keys asked for that exist, else the usual ones: with several currencies, their counterparts in home."""
    known = tuple(key for key in asked if key in LINE_COLUMNS)
    if known:
        return known
    return tuple(_HOME.get(key, key) for key in usual) if ledger.multi_currency else usual


def columns_of(keys: Iterable[str]) -> tuple[Column, ...]:
    """The columns of a report."""
    return tuple(Column(Title(LINE_COLUMNS[key].title), key, LINE_COLUMNS[key].kind) for key in keys)


def cells_of(line: Line, keys: Iterable[str]) -> tuple[Cell, ...]:
    """A line in the columns of a report."""
    return tuple(LINE_COLUMNS[key].cell(line) for key in keys)


def summed(title: Title, rows: Iterable[tuple[Cell, ...]], keys: tuple[str, ...]) -> tuple[Cell, ...]:
    """The summary of some lines. Recorded: of no lines, it is empty."""
    totals: dict[int, Decimal] = {}
    positions = [position for position, key in enumerate(keys) if key in SUMMED and position]
    for cells in rows:
        for position in positions:
            value = cells[position].value
            if isinstance(value, Decimal):
                totals[position] = totals.get(position, ZERO) + value
    return Cell(title), *(Cell(totals.get(position)) for position in range(1, len(keys)))
