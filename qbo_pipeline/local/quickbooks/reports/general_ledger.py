"""GeneralLedger and ProfitAndLossDetail: the legs of every account, sub-accounts under their parents.

How a parent account looks differs (recorded: reports__gl; samples of the documentation and of a customer):

- General ledger, v1: without legs of its own, its section carries the id of its first sub-account, and that one's
  section none. With legs of its own, it stands beside its sub-accounts, not over them.
- Profit and loss in detail, v1: its own legs are in a section without a header, beside those of its sub-accounts.
- v2: sub-accounts are always nested, every section has its own id, and the sum is `Total for … with sub-accounts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.accounts import Account
from qbo_pipeline.local.quickbooks.reports.dimensions import matching
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, legs
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.table import BLANK, Cell, Data, Row, Section, Table, Title, padded
from qbo_pipeline.local.quickbooks.reports.transaction_columns import Line, cells_of, chosen, columns_of, summed

_COLUMNS = ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount")
_RUNNING = ("rbal_nat_amount", "rbal_nat_home_amount")

Cells = tuple[Cell, ...]
Posted = dict[str, list[tuple[Transaction, Leg]]]
Parents = Literal["beside", "headless", "over"]
"""Where the legs of a parent account are: see the module."""


def general_ledger(ledger: Ledger, request: Request) -> Table:
    """Accounts with a balance before the period or legs in it."""
    keys = chosen(request.columns, _COLUMNS, ledger)
    balances = ledger.balances(request.basis)
    if request.filters:
        balances = ledger.fiscal(matching(legs(ledger.transactions(request.basis)), request.filters))
    lister = _Lister(
        ledger,
        keys,
        _posted(ledger, request),
        lambda account: account.natural_sign * balances.opening(account.id, request.period.start),
        "beside" if request.version == "v1" else "over",
    )
    rows = [row for account in ledger.accounts.roots() for row in lister.sections(account)[0]]
    return Table(columns_of(keys), tuple(rows), bool(rows), lists_transactions=True, bare_columns=True)


def profit_and_loss_detail(ledger: Ledger, request: Request) -> Table:
    """The legs behind every line of the profit and loss."""
    keys = chosen(request.columns, _COLUMNS, ledger)
    parents: Parents = "headless" if request.version == "v1" else "over"
    lister = _Lister(ledger, keys, _posted(ledger, request), lambda _: ZERO, parents)
    ordinary = _Parts(lister, keys)
    ordinary.add("Income", "Income", 1)
    ordinary.add("Cost of Goods Sold", "Cost of Goods Sold", -1)
    ordinary.result("Gross Profit")
    ordinary.add("Expenses", "Expense", -1)
    ordinary.result("Net Operating Income")
    other = _Parts(lister, keys)
    other.add("Other Income", "Other Income", 1)
    other.add("Other Expenses", "Other Expense", -1)
    rows: list[Row] = []
    if ordinary.listed:
        rows.append(Section(padded([Cell(Title("Ordinary Income/Expenses"))], len(keys)), tuple(ordinary.rows)))
    if other.listed:
        other.result("Net Other Income")
        rows.append(Section(padded([Cell(Title("Other Income/Expenses"))], len(keys)), tuple(other.rows)))
    has_data = bool(rows)
    net = _Parts(lister, keys)
    net.net = ordinary.net + other.net
    net.result("Net Income")
    return Table(columns_of(keys), (*rows, *net.rows), has_data, lists_transactions=True)


class _Parts:
    """The parts of a profit and loss, and what they come to."""

    def __init__(self, lister: _Lister, keys: tuple[str, ...]) -> None:
        self._lister = lister
        self._keys = keys
        self.rows: list[Row] = []
        self.net = ZERO
        self.listed = False

    def add(self, title: str, kind: str, sign: int) -> None:
        """The accounts of a type, if any has legs."""
        accounts = self._lister.ledger.accounts.roots(kind)
        rows: list[Row] = []
        lines: list[Cells] = []
        for account in accounts:
            more, under = self._lister.sections(account)
            rows.extend(more)
            lines.extend(under)
        if rows:
            self.listed = True
            header = padded([Cell(Title(title))], len(self._keys))
            summary = summed(Title("Total {}", Title(title)), lines, self._keys)
            self.rows.append(Section(header, tuple(rows), summary))
            self.net += sign * self._lister.amount(kind)

    def result(self, title: str) -> None:
        """What everything so far comes to."""
        amounts = (Cell(self.net) if key.startswith("subt_") else BLANK for key in self._keys[1:])
        self.rows.append(Section(summary=(Cell(Title(title)), *amounts)))


def _posted(ledger: Ledger, request: Request) -> Posted:
    posted: Posted = defaultdict(list)
    for transaction, leg in matching(legs(ledger.transactions(request.basis)), request.filters):
        if transaction.day in request.period:
            posted[leg.account].append((transaction, leg))
    return posted


@dataclass(frozen=True, slots=True)
class _Lister:
    """Sections of accounts."""

    ledger: Ledger
    keys: tuple[str, ...]
    posted: Posted
    opening: Callable[[Account], Decimal]
    parents: Parents

    def amount(self, kind: str) -> Decimal:
        """What was posted to the accounts of a type, in their natural sign."""
        accounts = [account for account in self.ledger.accounts.by_id.values() if account.kind == kind]
        return sum(
            (account.natural_sign * leg.home for account in accounts for _, leg in self.posted.get(account.id, ())),
            ZERO,
        )

    def sections(self, account: Account) -> tuple[list[Row], list[Cells]]:
        """The sections of an account and of those under it, and all their lines."""
        rows, lines = self._lines(account)
        under: list[Row] = []
        below: list[Cells] = []
        for child in self.ledger.accounts.children(account):
            more, some = self.sections(child)
            under.extend(more)
            below.extend(some)
        if not rows and not under:
            return [], []
        total = Title("Total for {}", account.name)
        if not under:
            return [Section(self._header(account), tuple(rows), summed(total, lines, self.keys))], lines
        everything = [*lines, *below]
        if not rows:
            return [self._empty_parent(account, total, under, everything)], everything
        match self.parents:
            case "beside":
                alone = Section(self._header(account), tuple(rows), summed(total, lines, self.keys))
                return [alone, *under], everything
            case "headless":
                own: Row = Section(None, tuple(rows), summed(total, lines, self.keys))
                joint = Title("Total for {} with sub-accounts", account.name)
                return [Section(self._header(account), (own, *under), summed(joint, everything, self.keys))], everything
            case "over":
                joint = Title("Total for {} with sub-accounts", account.name)
                return [
                    Section(self._header(account), (*rows, *under), summed(joint, everything, self.keys))
                ], everything

    def _lines(self, account: Account) -> tuple[list[Row], list[Cells]]:
        """Opening balance and legs of an account alone."""
        balance = self.opening(account)
        rows: list[Row] = []
        if balance:
            last = (Cell(balance) if key in _RUNNING else BLANK for key in self.keys[1:])
            rows.append(Data((Cell(Title("Beginning Balance")), *last)))
        lines: list[Cells] = []
        for transaction, leg in self.posted.get(account.id, ()):
            balance += account.natural_sign * leg.home
            line = Line(self.ledger, transaction, leg, account, leg.name or transaction.name, balance)
            lines.append(cells_of(line, self.keys))
            rows.append(Data(lines[-1]))
        return rows, lines

    def _header(self, account: Account) -> Cells:
        return padded([Cell(account.name, account.shown_id)], len(self.keys))

    def _empty_parent(self, account: Account, total: Title, under: list[Row], lines: Iterable[Cells]) -> Section:
        header = self._header(account)
        if self.parents == "beside":
            first = under[0]
            if isinstance(first, Section) and first.header is not None:
                header = (Cell(account.name, first.header[0].id), *header[1:])
                under = [replace(first, header=(Cell(first.header[0].value), *first.header[1:])), *under[1:]]
        elif self.parents == "headless":
            header = padded([Cell(account.name)], len(self.keys))
        return Section(header, tuple(under), summed(total, lines, self.keys))
