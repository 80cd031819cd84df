"""InventoryValuationSummary and InventoryValuationDetail: units and cost of stock, from the legs that moved it.

Shapes are those of the documentation's samples. Cost is whatever the books posted to the asset account of an item,
first in, first out; so the values of a day sum to that account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.dimensions import matching
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, legs
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.table import BLANK, Cell, Column, Data, Row, Section, Table, Title, padded
from qbo_pipeline.local.quickbooks.reports.transaction_columns import name_cell

_ASSETS = frozenset({"Other Current Asset", "Fixed Asset", "Other Asset"})

_SUMMARY = (
    Column("", "item", "ProductsAndService"),
    Column("SKU", "sku"),
    Column(Title("Qty"), "qty"),
    Column(Title("Asset Value"), "asset_value"),
    Column(Title("Avg Cost"), "avg_cost"),
)
_DETAIL = (
    Column(Title("Date"), "tx_date", "Date"),
    Column(Title("Transaction Type"), "txn_type", "String"),
    Column(Title("Num"), "doc_num", "String"),
    Column(Title("Name"), "name", "String"),
    Column(Title("Qty"), "quantity", "Quantity"),
    Column(Title("Rate"), "rate"),
    Column(Title("FIFO Cost"), "home_amount"),
    Column(Title("Qty On Hand"), "qty_on_hand", "Quantity"),
    Column(Title("Asset Value"), "home_asset_value"),
)

Moves = dict[str, list[tuple[Transaction, Leg, Decimal]]]


def valuation_summary(ledger: Ledger, request: Request) -> Table:
    """Units, cost and cost per unit of every item that was ever in stock, as of a day."""
    rows: list[Row] = []
    total = ZERO
    for item, moves in _moves(ledger, request, request.report_date):
        units = sum((quantity for _, _, quantity in moves), ZERO)
        value = sum((leg.home for _, leg, _ in moves), ZERO)
        total += value
        entry = ledger.lists["Item"].get(item)
        cells = (
            Cell(ledger.name("Item", item), item),
            Cell(entry.sku if entry else ""),
            Cell(units),
            Cell(value),
            Cell(value / units) if units else BLANK,
        )
        rows.append(Data(cells, typed=False))
    has_data = bool(rows)
    if has_data:
        rows.append(
            Data((Cell(Title("Total", caps=True)), Cell(" "), BLANK, Cell(total), BLANK), "GrandTotal", typed=False)
        )
    return Table(_SUMMARY, tuple(rows), has_data)


def valuation_detail(ledger: Ledger, request: Request) -> Table:
    """Every movement of stock in a period, by item, with units and cost on hand after it."""
    rows: list[Row] = []
    before = request.period.start - timedelta(days=1)
    for item, moves in _moves(ledger, request, request.period.end):
        listed: list[Row] = []
        units = value = moved = cost = ZERO
        for transaction, leg, quantity in moves:
            if transaction.day > before and not listed and (units or value):
                listed.append(Data((Cell(Title("Beginning Balance")), *(BLANK,) * 6, Cell(units), Cell(value))))
            units, value = units + quantity, value + leg.home
            if transaction.day > before:
                moved, cost = moved + quantity, cost + leg.home
                listed.append(Data(_move(ledger, transaction, leg, quantity, units, value)))
        if not listed:
            continue
        summary = (
            Cell(Title("Total for {}", ledger.name("Item", item))),
            *(BLANK,) * 3,
            Cell(moved),
            BLANK,
            Cell(cost),
            Cell(units),
            Cell(value),
        )
        header = padded([Cell(ledger.name("Item", item), item)], len(_DETAIL))
        rows.append(Section(header, tuple(listed), summary))
    return Table(_DETAIL, tuple(rows), bool(rows), bare_columns=True)


def _moves(
    ledger: Ledger, request: Request, through: date
) -> Iterator[tuple[str, list[tuple[Transaction, Leg, Decimal]]]]:
    """Item id and its movements up to a day, items by name."""
    moves: Moves = defaultdict(list)
    accounts = ledger.accounts.by_id
    for transaction, leg in matching(legs(ledger.transactions()), request.filters):
        if transaction.day > through:
            break
        if leg.item is not None and accounts[leg.account].kind in _ASSETS:
            moves[leg.item].append((transaction, leg, leg.quantity or ZERO))
    for item in sorted(moves, key=lambda one: (ledger.name("Item", one).casefold(), one)):
        yield item, moves[item]


def _move(
    ledger: Ledger, transaction: Transaction, leg: Leg, quantity: Decimal, units: Decimal, value: Decimal
) -> tuple[Cell, ...]:
    return (
        Cell(transaction.day),
        Cell(Title(transaction.kind), transaction.id),
        Cell(transaction.number),
        name_cell(ledger, leg.name or transaction.name),
        Cell(quantity),
        Cell(abs(leg.home / quantity)) if quantity else BLANK,
        Cell(leg.home),
        Cell(units),
        Cell(value),
    )
