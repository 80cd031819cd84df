"""JournalReport and TransactionList: what was posted, transaction by transaction.

JournalReport, from the sample of the documentation (invoice 1038 and others): the first leg has the day, the type, the
number and the name; the later legs the day `0-00-00` and the id of the transaction on an empty type. A section of a
summary alone follows, and in v1 a blank row. A leg of nothing shows as a debit of `.00`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.dimensions import FILTERS
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.table import BLANK, Cell, Data, Row, Section, Table, Title
from qbo_pipeline.local.quickbooks.reports.transaction_columns import (
    SUMMED,
    Line,
    cells_of,
    chosen,
    columns_of,
)

LATER_DAY = "0-00-00"
"""The day of every leg but a transaction's first."""

_JOURNAL = ("tx_date", "txn_type", "doc_num", "name", "memo", "account_name", "debt_amt", "credit_amt")
_LIST = (
    "tx_date",
    "txn_type",
    "doc_num",
    "is_no_post",
    "name",
    "memo",
    "account_name",
    "other_account",
    "subt_nat_home_amount",
)


def journal_report(ledger: Ledger, request: Request) -> Table:
    """Every leg of the transactions of a period."""
    keys = chosen(request.columns, _JOURNAL, ledger)
    blank = Data(tuple(BLANK for _ in keys))
    rows: list[Row] = []
    totals: dict[int, Decimal] = {}
    for transaction in _within(ledger, request):
        sums: dict[int, Decimal] = {}
        for cells in _entry(ledger, transaction, keys):
            rows.append(Data(cells))
            for position, key in enumerate(keys):
                value = cells[position].value
                if key in SUMMED and isinstance(value, Decimal):
                    sums[position] = sums.get(position, ZERO) + value
        rows.append(Section(summary=tuple(Cell(sums.get(position)) for position in range(len(keys)))))
        if request.version == "v1":
            rows.append(blank)
        for position, amount in sums.items():
            totals[position] = totals.get(position, ZERO) + amount
    has_data = bool(rows)
    if has_data:
        grand = (Cell(totals.get(position)) for position in range(1, len(keys)))
        rows.append(Section(summary=(Cell(Title("Total", caps=True)), *grand)))
    return Table(columns_of(keys), tuple(rows), has_data, lists_transactions=True, bare_columns=True)


def _within(ledger: Ledger, request: Request) -> Iterator[Transaction]:
    for transaction in ledger.transactions():
        if transaction.day in request.period and transaction.legs and _mentions(transaction, request):
            yield transaction


def _mentions(transaction: Transaction, request: Request) -> bool:
    return all(
        any(FILTERS[name].member(transaction, leg) in ids for leg in transaction.legs)
        for name, ids in request.filters.items()
    )


def _entry(ledger: Ledger, transaction: Transaction, keys: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    for position, leg in enumerate(transaction.legs):
        account = ledger.accounts.by_id[leg.account]
        if not position:
            yield cells_of(Line(ledger, transaction, leg, account, transaction.name or leg.name), keys)
            continue
        name = leg.name if leg.name != transaction.name else None
        cells = cells_of(Line(ledger, transaction, leg, account, name), keys)
        yield tuple(_later(key, cell) for key, cell in zip(keys, cells, strict=True))


def _later(key: str, cell: Cell) -> Cell:
    match key:
        case "tx_date":
            return Cell(LATER_DAY)
        case "txn_type":
            return Cell("", cell.id)
        case "doc_num" | "due_date":
            return BLANK
    return cell


def transaction_list(ledger: Ledger, request: Request) -> Table:
    """One row a transaction, by its first leg."""
    keys = chosen(request.columns, _LIST, ledger)
    rows = [
        Data(cells_of(Line(ledger, transaction, leg, ledger.accounts.by_id[leg.account], transaction.name), keys))
        for transaction, leg in _firsts(_within(ledger, request))
    ]
    return Table(columns_of(keys), tuple(rows), bool(rows), lists_transactions=True, bare_columns=True)


def _firsts(transactions: Iterable[Transaction]) -> Iterator[tuple[Transaction, Leg]]:
    for transaction in transactions:
        yield transaction, transaction.legs[0]
