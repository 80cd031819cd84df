"""What customers owe and what is owed to vendors, by age, as of any day.

An open item is what a transaction posted to receivables (or payables), less what was settled of it up to that day;
payments and credits count for what of them is not applied. So the items of a day sum to the control accounts.
A transaction without a due date (a payment, a credit) is due on its own day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Leg, Name, Transaction
from qbo_pipeline.local.quickbooks.books.posting.settlements import CONTROLS
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.accounts import Account
from qbo_pipeline.local.quickbooks.reports.dimensions import matching
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, ListKind
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.table import Cell, Column, Data, Row, Section, Table, Title, padded
from qbo_pipeline.local.quickbooks.reports.transaction_columns import Line, cells_of, chosen, columns_of, summed


@dataclass(frozen=True, slots=True)
class Side:
    """Receivables or payables."""

    control: str
    """AccountType of the control accounts."""
    party: ListKind
    usual_columns: tuple[str, ...]


RECEIVABLES = Side(
    "Accounts Receivable",
    "Customer",
    ("tx_date", "txn_type", "doc_num", "cust_name", "memo", "due_date", "subt_amount", "subt_open_bal"),
)
PAYABLES = Side(
    "Accounts Payable",
    "Vendor",
    ("tx_date", "txn_type", "doc_num", "vend_name", "due_date", "past_due", "subt_amount", "subt_open_bal"),
)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Part of a transaction that is not settled. Amounts in home currency, what is owed positive."""

    transaction: Transaction
    leg: Leg
    """The leg of the control account, with everything that the transaction posted for that name."""
    account: Account
    name: Name | None
    amount: Decimal
    days_late: int
    bucket: int
    """0 is current, then one for each aging period."""


def open_items(ledger: Ledger, request: Request, side: Side) -> Iterator[OpenItem]:
    """Every open item as of the request's report date, oldest first."""
    aged_on = request.today if request.ages_from_today else request.report_date
    settled: dict[tuple[str, str], dict[Name | None, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for one in ledger.applications:
        if one.day <= aged_on:
            settled[one.paid][one.name] += one.home
            settled[one.payer][None] -= one.home
    for transaction in ledger.transactions():
        if transaction.day > request.report_date:
            break
        taken = settled.get((transaction.entity, transaction.id), {})
        controls = _controls(ledger, _with_control(ledger, transaction, taken), request, side)
        for leg, amount in _left(ledger, transaction, controls, taken):
            if amount:
                account = ledger.accounts.by_id[leg.account]
                late = (aged_on - (transaction.due or transaction.day)).days
                yield OpenItem(
                    transaction,
                    leg,
                    account,
                    leg.name or transaction.name,
                    amount,
                    max(late, 0),
                    _bucket(late, request),
                )


def _with_control(ledger: Ledger, transaction: Transaction, settled: Mapping[Name | None, Decimal]) -> Transaction:
    """A payment without money, that lets credits pay, posts nothing: it waits on the account of what it settles.

    A journal entry among that may be about the other side, too: what a customer owed, set off against what is owed.
    """
    kind = CONTROLS.get(transaction.entity)
    if kind is None or transaction.legs or not any(settled.values()):
        return transaction
    key = transaction.entity, transaction.id
    paid = {one.paid for one in ledger.applications if one.payer == key}
    legs = (leg for one in ledger.transactions() if (one.entity, one.id) in paid for leg in one.legs)
    control = next((leg for leg in legs if ledger.accounts.by_id[leg.account].kind == kind), None)
    if control is None:
        return transaction
    return replace(transaction, legs=(Leg(control.account, ZERO, ZERO, department=control.department),))


def _controls(ledger: Ledger, transaction: Transaction, request: Request, side: Side) -> list[Leg]:
    """The control legs of a transaction, one for each account and name."""
    joined: dict[tuple[str, Name | None], Leg] = {}
    for _, leg in matching(((transaction, leg) for leg in transaction.legs), request.filters):
        if ledger.accounts.by_id[leg.account].kind == side.control:
            key = leg.account, leg.name or transaction.name
            before = joined.get(key)
            joined[key] = (
                replace(before, home=before.home + leg.home, foreign=before.foreign + leg.foreign) if before else leg
            )
    return list(joined.values())


def _left(
    ledger: Ledger, transaction: Transaction, controls: list[Leg], settled: Mapping[Name | None, Decimal]
) -> Iterator[tuple[Leg, Decimal]]:
    """The control legs of a transaction with what is not settled of each.

    What was settled of one name is taken from its legs, where the transaction has any (which a filter may hide); of
    several legs each gives all it has before the next, and the last one the rest.
    """
    names = {leg.name or transaction.name for leg in transaction.legs} if settled else ()
    whole = sum((amount for name, amount in settled.items() if name not in names), ZERO)
    parts = {name: amount for name, amount in settled.items() if name in names}
    last = {leg.name or transaction.name: leg for leg in controls}
    for leg in controls:
        left = ledger.accounts.by_id[leg.account].natural_sign * leg.home
        name = leg.name or transaction.name
        if name in parts:
            taken = parts[name] if leg is last[name] else _within(parts[name], left)
            parts[name] -= taken
            left -= taken
        taken = whole if leg is controls[-1] else _within(whole, left)
        whole -= taken
        yield leg, left - taken


def _within(amount: Decimal, posted: Decimal) -> Decimal:
    """As much of an amount as a posting can take: at most all of it."""
    return max(min(amount, posted), ZERO) if posted > 0 else min(max(amount, posted), ZERO)


def _bucket(late: int, request: Request) -> int:
    return min(-(-late // request.aging_days), request.aging_periods) if late > 0 else 0


def _titles(request: Request) -> list[Title | str]:
    """Of the buckets: `Current`, `1 - 30` … `91 and over`."""
    days, count = request.aging_days, request.aging_periods
    between: list[Title | str] = [f"{days * at + 1} - {days * (at + 1)}" for at in range(count - 1)]
    return [Title("Current"), *between, Title("{} and over", str(days * (count - 1) + 1))]


# -- summary -------------------------------------------------------------------------------------------------------


def aging_summary(ledger: Ledger, request: Request, side: Side) -> Table:
    """One row a customer or vendor, sub-customers under their parents, one column an aging period."""
    width = request.aging_periods + 1
    owed: dict[str, list[Decimal | None]] = {}
    for item in open_items(ledger, request, side):
        amounts = owed.setdefault(item.name.id if item.name else "", [None] * width)
        amounts[item.bucket] = (amounts[item.bucket] or ZERO) + item.amount
    rows = _Parties(ledger, side.party, owed).rows()
    has_data = bool(rows)
    if has_data:
        totals = [sum((amounts[at] or ZERO for amounts in owed.values()), ZERO) for at in range(width)]
        cells = (Cell(Title("Total", caps=True)), *(Cell(total) for total in [*totals, sum(totals, ZERO)]))
        rows.append(Section(summary=cells, group="GrandTotal"))
    kind = "Customer" if side.party == "Customer" else "Vendor"
    titles = enumerate(_titles(request))
    columns = [Column(title, "current" if not at else str(at)) for at, title in titles]
    head = Column("", kind.lower(), "Customer" if kind == "Customer" else "Vendor")
    return Table((head, *columns, Column(Title("Total"), "total")), tuple(rows), has_data)


class _Parties:
    """Rows of customers or vendors, nested."""

    def __init__(self, ledger: Ledger, kind: ListKind, owed: dict[str, list[Decimal | None]]) -> None:
        self._ledger = ledger
        self._kind = kind
        self._owed = owed
        self._under: dict[str | None, list[str]] = defaultdict(list)
        known = ledger.lists.get(kind, {})
        todo, seen = list(owed), set(owed)
        while todo:
            party = todo.pop()
            entry = known.get(party)
            parent = entry.parent if entry and entry.parent in known else None
            self._under[parent].append(party)
            if parent is not None and parent not in seen:
                seen.add(parent)
                todo.append(parent)

    def rows(self, parent: str | None = None) -> list[Row]:
        """The rows under a parent, by name."""
        parties = sorted(self._under.get(parent, ()), key=lambda one: self._ledger.name(self._kind, one).casefold())
        return [self._row(party) for party in parties]

    def _row(self, party: str) -> Row:
        full = self._ledger.name(self._kind, party)
        name = full.rpartition(":")[2]
        cells = (Cell(name, party), *self._amounts([party]))
        under = self.rows(party)
        if not under:
            return Data(cells, typed=False)
        return Section(cells, tuple(under), (Cell(Title("Total {}", name)), *self._amounts(self._family(party))))

    def _family(self, party: str) -> list[str]:
        return [party, *(one for child in self._under.get(party, ()) for one in self._family(child))]

    def _amounts(self, parties: Sequence[str]) -> list[Cell]:
        rows = [self._owed[party] for party in parties if party in self._owed]
        if not rows:
            return [Cell() for _ in range(len(next(iter(self._owed.values()))) + 1)]
        columns = [[amount for amount in column if amount is not None] for column in zip(*rows, strict=True)]
        sums = [sum(column, ZERO) if column else None for column in columns]
        return [*(Cell(amount) for amount in sums), Cell(sum((amount or ZERO for amount in sums), ZERO))]


# -- detail --------------------------------------------------------------------------------------------------------


def aging_detail(ledger: Ledger, request: Request, side: Side) -> Table:
    """One row an open item, in a section for each aging period, the oldest period first."""
    keys = chosen(request.columns, side.usual_columns, ledger)
    by_bucket: dict[int, list[OpenItem]] = defaultdict(list)
    for item in open_items(ledger, request, side):
        by_bucket[item.bucket].append(item)
    rows: list[Row] = []
    listed: list[tuple[Cell, ...]] = []
    titles = _titles(request)
    for bucket in sorted(by_bucket, reverse=True):
        title = _overdue(titles[bucket], bucket, request)
        lines = [cells_of(_line(ledger, item), keys) for item in by_bucket[bucket]]
        listed.extend(lines)
        summary = summed(Title("Total for {}", title), lines, keys)
        rows.append(Section(padded([Cell(title)], len(keys)), tuple(Data(line) for line in lines), summary))
    has_data = bool(rows)
    if has_data:
        rows.append(Section(summary=summed(Title("Total", caps=True), listed, keys)))
    return Table(columns_of(keys), tuple(rows), has_data, lists_transactions=True, bare_columns=True)


def _overdue(title: Title | str, bucket: int, request: Request) -> Title:
    if isinstance(title, str):
        return Title("{} days past due", title)
    if not bucket:
        return title
    return Title("{} or more days past due", str(request.aging_days * (request.aging_periods - 1) + 1))


def _line(ledger: Ledger, item: OpenItem) -> Line:
    transaction = item.transaction if item.transaction.due else replace(item.transaction, due=_due(item.transaction))
    return Line(
        ledger, transaction, item.leg, item.account, item.name, open_balance=item.amount, days_late=item.days_late
    )


def _due(transaction: Transaction) -> date:
    return transaction.due or transaction.day
