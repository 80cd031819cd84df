"""ProfitAndLoss, BalanceSheet, CashFlow and TrialBalance for a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from qbo_pipeline.local.quickbooks.books.model import Leg, Transaction
from qbo_pipeline.local.quickbooks.reports.account_totals import ZERO
from qbo_pipeline.local.quickbooks.reports.dimensions import SEGMENTS, matching
from qbo_pipeline.local.quickbooks.reports.fiscal_balances import FiscalBalances
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger, legs
from qbo_pipeline.local.quickbooks.reports.periods import PERIOD_KINDS, Period, period_columns
from qbo_pipeline.local.quickbooks.reports.request import Request
from qbo_pipeline.local.quickbooks.reports.statement_layouts import BALANCE_SHEET, CASH_FLOW, PROFIT_AND_LOSS
from qbo_pipeline.local.quickbooks.reports.statements import Measure, statement
from qbo_pipeline.local.quickbooks.reports.table import BLANK, Cell, Column, Data, Row, Section, Table, Title

DAY_COLUMNS = 100
"""Columns of days that v2 shows; the days after them are summed up in one more."""

_DAY = timedelta(days=1)
_TOTAL = Column(Title("Total", caps=True), "total")


def profit_and_loss(ledger: Ledger, request: Request) -> Table:
    """Income and expenses of a period, by days or by what the legs name."""
    if request.summarize_by in SEGMENTS:
        measures = list(_segment_changes(ledger, request))
    else:
        balances = _balances(ledger, request)
        measures = [_change(column, balances, period) for column, period in _columns(request, ledger)]
        measures.append(_change(_TOTAL, balances, request.period))
    return statement(PROFIT_AND_LOSS, measures, ledger.accounts)


def balance_sheet(ledger: Ledger, request: Request) -> Table:
    """Balances at the end of the period, or of each of its months, quarters …"""
    balances = _balances(ledger, request)
    columns = _columns(request, ledger) or [(_TOTAL, request.period)]
    measures = [_standing(column, balances, period.end) for column, period in columns]
    return statement(BALANCE_SHEET, measures, ledger.accounts)


def cash_flow(ledger: Ledger, request: Request) -> Table:
    """How the net income of a period became the change of cash: bank accounts and undeposited funds."""
    balances = _balances(ledger, request)
    columns = [*_columns(request, ledger), (_TOTAL, request.period)]
    cash = [account.id for account in ledger.accounts.by_id.values() if account.is_cash]
    measures = [_flow(column, balances, period, cash) for column, period in columns]
    return statement(CASH_FLOW, measures, ledger.accounts)


def trial_balance(ledger: Ledger, request: Request) -> Table:
    """Every account with a balance, in debit or credit. With columns of days, two under the title of each.

    How QuickBooks nests those columns is recorded nowhere; `Columns` within a column is in its schema.
    """
    balances = _balances(ledger, request)
    columns = _columns(request, ledger)
    ends = [period.end for _, period in columns] or [request.period.end]
    sides = Column(Title("Debit"), "debit"), Column(Title("Credit"), "credit")
    shown = [Column(column.title, column.key, "Money", column.period, sides) for column, _ in columns]
    rows: list[Row] = []
    totals = [ZERO] * (2 * len(ends))
    for account in ledger.accounts.all():
        amounts = [balances.balance(account.id, end) for end in ends]
        if not any(amounts):
            continue
        pairs = [side for amount in amounts for side in (max(amount, ZERO), max(-amount, ZERO))]
        totals = [total + side for total, side in zip(totals, pairs, strict=True)]
        name = Cell(ledger.accounts.full_name(account), account.shown_id)
        rows.append(Data((name, *(Cell(side) if side else BLANK for side in pairs)), typed=False))
    has_data = bool(rows)
    summary = (Cell(Title("Total", caps=True)), *(Cell(total) for total in totals))
    rows.append(Section(summary=summary, group="GrandTotal"))
    return Table((Column("", "account", "Account"), *(shown or sides)), tuple(rows), has_data)


def _balances(ledger: Ledger, request: Request) -> FiscalBalances:
    if not request.filters:
        return ledger.balances(request.basis)
    return ledger.fiscal(matching(legs(ledger.transactions(request.basis)), request.filters))


def _columns(request: Request, ledger: Ledger) -> list[tuple[Column, Period]]:
    """The columns of days asked for; none when the days are not divided."""
    if request.summarize_by not in PERIOD_KINDS:
        return []
    divided = [
        (Column(one.title, one.title, period=one.period), one.period)
        for one in period_columns(request.period, request.summarize_by, ledger.first_month)
    ]
    if request.version == "v1" or request.summarize_by != "Days" or len(divided) <= DAY_COLUMNS:
        return divided
    others = Period(divided[DAY_COLUMNS - 1][1].end + _DAY, request.period.end)
    return [*divided[:DAY_COLUMNS], (Column(Title("Others"), "Others", period=others), others)]


def _change(column: Column, balances: FiscalBalances, period: Period) -> Measure:
    return Measure(column, lambda account: balances.totals.change(account, period))


def _standing(column: Column, balances: FiscalBalances, day: date) -> Measure:
    figures = {"net_income": balances.net_income(balances.year_to(day))}
    return Measure(column, lambda account: balances.balance(account, day) or None, figures)


def _flow(column: Column, balances: FiscalBalances, period: Period, cash: list[str]) -> Measure:
    before = period.start - _DAY
    figures = {
        "net_income": balances.net_income(period),
        "beginning_cash": sum((balances.totals.balance(account, before) for account in cash), ZERO),
        "ending_cash": sum((balances.totals.balance(account, period.end) for account in cash), ZERO),
    }
    aside = frozenset(cash)

    def change(account: str) -> Decimal | None:
        return None if account in aside else balances.totals.change(account, period) or None

    return Measure(column, change, figures)


def _segment_changes(ledger: Ledger, request: Request) -> Iterator[Measure]:
    dimension = SEGMENTS[request.summarize_by]
    by_member: dict[str, list[tuple[Transaction, Leg]]] = defaultdict(list)
    everything: list[tuple[Transaction, Leg]] = []
    accounts = ledger.accounts.by_id
    for transaction, leg in matching(legs(ledger.transactions(request.basis)), request.filters):
        if transaction.day in request.period and accounts[leg.account].in_income_statement:
            everything.append((transaction, leg))
            by_member[dimension.member(transaction, leg) or ""].append((transaction, leg))
    nobody = by_member.pop("", None)
    for member in sorted(by_member, key=lambda one: (ledger.name(dimension.kind, one).casefold(), one)):
        column = Column(ledger.name(dimension.kind, member), member)
        yield _change(column, ledger.fiscal(by_member[member]), request.period)
    if nobody is not None:
        column = Column(Title("Not Specified"), "not_specified")
        yield _change(column, ledger.fiscal(nobody), request.period)
    yield _change(_TOTAL, ledger.fiscal(everything), request.period)
