"""Receivables and payables: what is open, how long overdue, and how fast it is paid."""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.model.columns import NUMBER_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.declared import (
    Figure,
    at_month,
    difference,
    ledger,
    measure,
    named,
    of_relation,
    share,
    summed_at_month,
)
from qbo_pipeline.model.measures.periods import DAYS
from qbo_pipeline.model.measures.position import holding

_BUCKETS = ("Current", "1-30", "31-60", "61-90", "91+")


@dataclass(frozen=True, slots=True)
class _Side:
    short: str
    folder: str
    control: str
    """Flag of the control accounts, as people see it; in SQL in snake_case."""
    sign: str
    direction: str
    who: str
    posted: str
    """The side of the ledger on which what is owed grows: Debit or Credit."""
    outstanding: str


_AR = _Side("AR", "Receivables", "Is Receivable", "", "Received", "customers", "Debit", "DSO")
_AP = _Side("AP", "Payables", "Is Payable", "-", "Paid", "vendors", "Credit", "DPO")


def _of(side: _Side) -> tuple[Measure, ...]:
    short, folder = side.short, side.folder
    flag = side.control.lower().replace(" ", "_")
    aging = f"finance.semantic_{short.lower()}_aging"
    at_end = (
        f"FROM {aging} AS aging\nINNER JOIN finance.semantic_company AS company ON company.realm_id = aging.realm_id\n"
        "WHERE aging.realm_id = $realm_id\n"
        "    AND aging.month = least(date_trunc('month', $last_day::DATE), company.as_of_month)\n"
        "    AND $first_day <= last_day(company.as_of_month)"
    )
    shown = (f"{short} Open Balance", f"{short} Aging Month", "As Of Month")
    is_open = measure(
        f"{short} Open",
        at_month(f"SUM('{short} Aging'[{short} Open Balance])", f"'{short} Aging'[{short} Aging Month]", "As Of Month"),
        Figure(f"SELECT sum(aging.open_balance)\n{at_end}", summed_at_month(*shown)),
        f"What is open with {side.who} at the end of the last month that is chosen, or today.",
        folder=folder,
    )
    buckets = tuple(
        measure(
            f"{short} {bucket}",
            f"CALCULATE([{short} Open], '{short} Aging'[{short} Bucket] = \"{bucket}\")",
            Figure(
                f"{is_open.sql} AND aging.bucket = '{bucket}'",
                summed_at_month(*shown, f' AND [{short} Bucket] = "{bucket}"'),
            ),
            "What of it is not overdue." if bucket == "Current" else f"What of it is {bucket} days overdue.",
            folder=folder,
        )
        for bucket in _BUCKETS
    )
    overdue = measure(
        f"{short} Overdue", f"[{short} Open] - [{short} Current]", difference(is_open, buckets[0]),
        "What of it is overdue.", folder=folder,
    )  # fmt: skip
    balance = holding(
        f"{short} Balance", f"'Account'[{side.control}] = TRUE()", f"account.{flag}",
        f"Balance of the {folder.lower()} accounts at the end of the last day.", sign=side.sign, folder=folder,
    )  # fmt: skip
    charged = measure(
        f"{short} Charged",
        f"CALCULATE([Ledger {side.posted}], 'Account'[{side.control}] = TRUE())",
        ledger(f"sum(line.{side.posted.lower()})", f"account.{flag}"),
        f"{side.posted}s to {folder.lower()} accounts: what {side.who} were charged."
        if side is _AR
        else f"{side.posted}s to {folder.lower()} accounts: what was bought on credit.",
        folder=folder,
    )
    outstanding = measure(
        side.outstanding,
        f"DIVIDE([{short} Balance] * [Days In Period], [{short} Charged])",
        Figure(
            f"SELECT (({balance.sql}) * ({DAYS.sql}))::DOUBLE / nullif(({charged.sql}), 0)",
            f"[{short} Balance] * [Days In Period] / [{short} Charged]",
        ),
        f"Days of the period's {'sales' if side is _AR else 'purchases'} on credit that are still open at its end.",
        folder=folder,
        format_=NUMBER_FORMAT,
    )
    applications = (
        "CALCULATE(SUM('Payment Applications'[{}]), 'Payment Applications'[Application Direction] = "
        f'"{side.direction}")'
    )
    days = measure(
        f"Avg Days To {'Be Paid' if side is _AR else 'Pay'}",
        f"DIVIDE(\n    {applications.format('Amount Days')},\n    {applications.format('Timed Amount')}\n)",
        of_relation(
            "sum(amount_days)::DOUBLE / nullif(sum(timed_amount), 0)",
            "semantic_payment_application",
            "application_date",
            f"direction = '{side.direction}'",
        ),
        f"Days from document to payment of what {'customers paid' if side is _AR else 'vendors were paid'} in "
        "the period, weighted by amount.",
        folder=folder,
        format_=NUMBER_FORMAT,
    )
    paid = measure(
        "Payments Received" if side is _AR else "Payments Made",
        f"CALCULATE(SUM('Payments'[Payment Amount]), 'Payments'[Payment Direction] = \"{side.direction}\")",
        of_relation("sum(amount)", "semantic_payment", "transaction_date", f"direction = '{side.direction}'"),
        "What customers paid." if side is _AR else "What vendors were paid.",
        folder=folder,
    )
    overdue_share = share(
        f"{short} Overdue %", overdue.name, is_open.name, "What is overdue as a share of what is open.",
        folder=folder, of=named((overdue, is_open)),
    )  # fmt: skip
    return (is_open, *buckets, overdue, overdue_share, balance, charged, paid, days, outstanding)


MEASURES = (*_of(_AR), *_of(_AP))
