"""What a report says about itself."""

from __future__ import annotations

from qbo_pipeline.finance_report.amounts import money
from qbo_pipeline.finance_report.figures import BUCKETS, Report, TieOut
from qbo_pipeline.finance_report.periods import day

BUCKET_TITLES = tuple(
    "Not due" if one == "Current" else one.replace("-", "\N{EN DASH}").replace("91+", "over 90") for one in BUCKETS
)
"""Headings of the buckets of an aging, in days overdue."""


def provenance(report: Report) -> list[str]:
    """Basis, period, currency, freshness and proof: what everybody must know who reads a figure of it."""
    company, when = report.company, report.periods
    told = [
        f"{report.basis} basis. {when.year.label}, amounts in {company.currency}.",
        freshness(report),
        tie_out(report.tie_out, report.basis),
    ]
    if company.books_closed_until is not None:
        told.append(f"The books are closed until {day(company.books_closed_until)}.")
    return told


def freshness(report: Report) -> str:
    """When the books were loaded last."""
    synced = report.company.synced_at
    return "Never synced." if synced is None else f"Last synced with QuickBooks on {day(synced)} at {synced:%H:%M} UTC."


def tie_out(found: TieOut, basis: str) -> str:
    """Whether the books agree with QuickBooks' own reports."""
    if not found.compared:
        return "Not yet compared with QuickBooks' own reports."
    balances = f"{found.compared:,} account balances by month"
    waiting = f" {found.waiting:,} more wait for QuickBooks' reports to be pulled again." if found.waiting else ""
    if found.ties:
        return f"Ties to the cent with QuickBooks' own reports: {balances}, {basis.lower()} basis.{waiting}"
    return (
        f"Does not tie with QuickBooks' own reports: {found.differing:,} of {balances} differ, by "
        f"{money(found.difference)} in all. qbo-pipeline prove says which.{waiting}"
    )
