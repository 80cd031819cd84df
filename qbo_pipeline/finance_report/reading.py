"""A report out of the warehouse: the questions asked and their answers put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

import duckdb

from qbo_pipeline.finance_report.drilling import read_drill
from qbo_pipeline.finance_report.figures import (
    BUCKETS,
    Account,
    Aging,
    Basis,
    Company,
    MonthFigures,
    OpenDocument,
    Party,
    Ranked,
    Ranking,
    Report,
    Statement,
    TieOut,
)
from qbo_pipeline.finance_report.highlights import highlights
from qbo_pipeline.finance_report.periods import (
    Period,
    Periods,
    fiscal_year_start,
    is_month_end,
    next_month_start,
    periods,
)
from qbo_pipeline.finance_report.questions import Questions
from qbo_pipeline.finance_report.statements import (
    Movements,
    Net,
    balance_sheet,
    budget_comparison,
    cash_flow,
    income_statement,
)

_BEGINNING = date.min
"""Before any books, also where a year was mistyped by centuries."""
PARTIES = 250
"""Customers and vendors of an aging whose documents one can look at."""
RANKED = 10
"""Customers and vendors that are named."""


def read_companies(connection: duckdb.DuckDBPyConnection) -> list[Company]:
    """The companies of the warehouse, by name.

    Raises:
        duckdb.Error: the warehouse has no finance models yet.
    """
    rows = Questions(connection, "", "").ask("companies")
    return [
        Company(realm_id, name, currency, month, newest, _utc(synced), closed, first)
        for realm_id, name, currency, month, newest, synced, closed, first in rows
    ]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def read_report(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    *,
    basis: Basis = "Accrual",
    as_of: date | None = None,
    start: date | None = None,
    with_legs: bool = False,
) -> Report:
    """Everything about a company as of a day.

    Args:
        connection: To a published warehouse.
        company: One of `read_companies`.
        basis: Of everything but the agings, which know no basis.
        as_of: The last day that counts; default: the day of the newest load.
        start: Beginning of the period; default: of the fiscal year.
        with_legs: Whether what is under the statements comes along.
    """
    when = periods(as_of or company.newest_day, company.fiscal_year_start_month, start)
    questions = Questions(connection, company.realm_id, basis)
    accounts = _accounts(questions)
    moved = _movements(questions, company, when)
    for net in (moved.until_as_of, moved.prior):
        for unknown in net.keys() - accounts.keys():
            accounts[unknown] = Account(unknown, (f"Account {unknown}",), "", len(accounts), "")
    income = income_statement(accounts, moved, when)
    balance = balance_sheet(accounts, moved, when)
    cash = cash_flow(accounts, moved, when)
    receivable = _aging("receivable", "Accounts receivable", questions, when.as_of)
    payable = _aging("payable", "Accounts payable", questions, when.as_of)
    months = _months(questions, when)
    return Report(
        company=company,
        basis=basis,
        periods=when,
        written_at=datetime.now(UTC),
        tie_out=_tie_out(questions, when.as_of),
        highlights=highlights(income, cash, receivable, payable, when),
        income_statement=income,
        balance_sheet=balance,
        cash_flow=cash,
        budget=_budget(questions, accounts, when),
        receivable=receivable,
        payable=payable,
        months=months,
        customers=_ranking("Customers by income", questions.ask("customers", **_days(when.year))),
        vendors=_ranking("Vendors by spend", questions.ask("vendors", **_days(when.year))),
        accounts=accounts,
        drill=read_drill(questions, when.year, _shown_documents(receivable, payable)) if with_legs else None,
    )


def _budget(questions: Questions, accounts: Mapping[str, Account], when: Periods) -> Statement | None:
    """Whole months beside what was planned for them; None where there is no budget, or no whole month."""
    first = next_month_start(when.year.start - timedelta(days=1))
    last = when.as_of if is_month_end(when.as_of) else when.month_before
    if last < first:
        return None
    days = Period(first, last)
    planned = questions.ask("budget", **_days(days))
    if not planned:
        return None
    name = planned[0][0]
    actual = dict(questions.ask("movements", **_days(days)))
    return budget_comparison(accounts, name, actual, {account: amount for _, account, amount in planned}, days)


def _tie_out(questions: Questions, day: date) -> TieOut:
    [found] = questions.ask("tie_out", day=day)
    return TieOut(*found)


def _days(period: Period) -> dict[str, date]:
    return {"first": period.start, "last": period.end}


def _accounts(questions: Questions) -> dict[str, Account]:
    return {
        account_id: Account(account_id, tuple(path.split(":")), type_, ordinal, section, bool(retained))
        for account_id, path, type_, ordinal, section, retained in questions.ask("accounts")
    }


def _movements(questions: Questions, company: Company, when: Periods) -> Movements:
    def net(period: Period) -> Net:
        return dict(questions.ask("movements", **_days(period)))

    def until(day: date) -> Net:
        return net(Period(_BEGINNING, day))

    def earlier_years(day: date) -> Net:
        return until(fiscal_year_start(day, company.fiscal_year_start_month) - timedelta(days=1))

    return Movements(
        month=net(when.month),
        year=net(when.year),
        prior=net(when.prior),
        until_as_of=until(when.as_of),
        until_month_before=until(when.month_before),
        until_year_before=until(when.year_before),
        earlier_years_as_of=earlier_years(when.as_of),
        earlier_years_month_before=earlier_years(when.month_before),
        earlier_years_year_before=earlier_years(when.year_before),
        until_prior=until(when.prior.end),
    )


def _aging(question: str, title: str, questions: Questions, day: date) -> Aging:
    documents: dict[str, list[OpenDocument]] = {}
    for row in questions.ask(question, day=day):
        one = OpenDocument(*row)
        documents.setdefault(one.party_id, []).append(one)
    parties = [
        Party(party_id, open_[0].party, tuple(_in_bucket(open_, bucket) for bucket in BUCKETS), tuple(open_))
        for party_id, open_ in documents.items()
    ]
    return Aging(question, title, day, tuple(sorted(parties, key=lambda one: (-one.total, one.name))))


def _shown_documents(*agings: Aging) -> list[OpenDocument]:
    return [one for aging in agings for party in aging.shortened(PARTIES).parties for one in party.documents]


def _in_bucket(documents: Iterable[OpenDocument], bucket: str) -> Decimal:
    return sum((one.open_balance for one in documents if one.bucket == bucket), Decimal(0))


def _months(questions: Questions, when: Periods) -> tuple[MonthFigures, ...]:
    shown = when.twelve_months
    found = {month: figures for month, *figures in questions.ask("months", first=_BEGINNING, last=when.as_of)}
    every = sorted({*found, *shown})
    revenue, expense, moved = (
        [found[one][place] if one in found else Decimal(0) for one in every] for place in range(3)
    )
    figures = map(MonthFigures, every, revenue, expense, accumulate(moved))
    return tuple(one for one in figures if one.month in shown)


def _ranking(title: str, rows: Sequence[tuple[Any, ...]]) -> Ranking:
    ranked = [Ranked(name, amount) for name, amount in rows if name is not None]
    unnamed = sum((amount for name, amount in rows if name is None), Decimal(0))
    others = ranked[RANKED:]
    rest = sum((one.amount for one in others), Decimal(0))
    return Ranking(title, tuple(ranked[:RANKED]), len(others), rest, unnamed)
