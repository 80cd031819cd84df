"""The headline: the few figures that are looked at first."""

from __future__ import annotations

from decimal import Decimal

from qbo_pipeline.finance_report.amounts import NOTHING, change, percent, ratio, whole
from qbo_pipeline.finance_report.figures import Aging, Highlight, Statement
from qbo_pipeline.finance_report.periods import Periods, day


def highlights(
    income: Statement, cash: Statement, receivable: Aging, payable: Aging, when: Periods
) -> tuple[Highlight, ...]:
    """Income, margin and result of the year to date, and what the company has, gets and owes on the day."""
    year, prior = 1, 3
    earned = income.line("Total income").cells
    gross = income.line("Gross profit").cells
    net = income.line("Net income").cells
    held = cash.line("Cash at the end").cells[0]
    moved = cash.line("Change in cash").cells[1]
    margin, margin_before = ratio(gross[year], earned[year]), ratio(gross[prior], earned[prior])
    return (
        Highlight("Income", earned[year], "amount", compared(earned[year], earned[prior])),
        Highlight(
            "Gross margin", margin, "share", f"{percent(margin_before)} the year before" if margin_before else ""
        ),
        Highlight("Net income", net[year], "amount", compared(net[year], net[prior])),
        Highlight("Cash", held, "amount", f"{_signed(moved)} since {day(when.year_before)}"),
        Highlight("Receivable", receivable.total, "amount", _overdue(receivable)),
        Highlight("Payable", payable.total, "amount", _overdue(payable)),
    )


def compared(now: Decimal | None, before: Decimal | None) -> str:
    """By how much a figure is another one than the year before, in a few words."""
    grown = change(now, before)
    if grown is None:
        return f"{whole(before)} the year before" if before else "none the year before"
    sign = "+" if grown >= 0 else "\N{MINUS SIGN}"
    share = percent(abs(grown))
    if share == NOTHING:
        return "0.0% on the year before"
    beyond = share.removeprefix("> ")
    return f"{'over ' if beyond != share else ''}{sign}{beyond} on the year before"


def _signed(amount: Decimal | None) -> str:
    if not amount:
        return "unchanged"
    sign = "+" if amount > 0 else "\N{MINUS SIGN}"
    return f"{sign}{whole(abs(amount))}"


def _overdue(aging: Aging) -> str:
    if not aging.parties:
        return "nothing open"
    return f"{whole(aging.overdue)} overdue" if aging.overdue else "nothing overdue"
