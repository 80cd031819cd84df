"""The parameters of a report, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.reports.dimensions import FILTERS, SEGMENTS, Filters
from qbo_pipeline.local.quickbooks.reports.ledger import Basis, Ledger
from qbo_pipeline.local.quickbooks.reports.periods import PERIOD_KINDS, Period, named_period
from qbo_pipeline.local.quickbooks.reports.rendering import Version
from qbo_pipeline.local.quickbooks.typed_properties import EARLIEST, LATEST

_DIGITS = 4
"""Of the numbers of a request: an aging has a column for each of its periods."""

SUMMARIES = ("Total", *PERIOD_KINDS, *SEGMENTS)
"""Values of `summarize_column_by`."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    period: Period
    macro: str | None
    """The named range the period comes from, in lower case; None where the days were given."""
    report_date: date
    today: date
    basis: Basis
    summarize_by: str
    columns: tuple[str, ...]
    """Keys of columns, in the order asked; empty for the usual ones."""
    filters: Filters
    aging_days: int
    aging_periods: int
    ages_from_today: bool
    version: Version


def invalid(name: str, value: str) -> ServiceFaultError:
    """A parameter whose value is none. No recording shows this fault: its code and words are a guess."""
    detail = f"Invalid value for parameter {name} : {value}"
    return ServiceFaultError(400, "2040", "Invalid Value", detail, element=name)


def parsed(given: Mapping[str, str], ledger: Ledger, today: date, usual_macro: str, version: Version) -> Request:
    """The parameters of a request, those not given as QuickBooks has them.

    Raises:
        ServiceFaultError: a date, range, basis or number that is none.
    """
    period, macro = _period(given, ledger, today, usual_macro)
    basis = _one_of(given, "accounting_method", {"accrual": "Accrual", "cash": "Cash"}, ledger.preferred_basis)
    summaries = {name.lower(): name for name in SUMMARIES} | {"day": "Days", "months": "Month", "weeks": "Week"}
    method = _one_of(given, "aging_method", {"report_date": "Report_Date", "current": "Current"}, "Report_Date")
    as_of = _day(given, "report_date")
    if as_of is not None and not any(given.get(name) for name in ("start_date", "end_date", "date_macro")):
        period, macro = Period(as_of, as_of), None
    return Request(
        period=period,
        macro=macro,
        report_date=as_of or period.end,
        today=today,
        basis="Cash" if basis == "Cash" else "Accrual",
        summarize_by=_one_of(given, "summarize_column_by", summaries, "Total"),
        columns=tuple(key.strip() for key in given.get("columns", "").split(",") if key.strip()),
        filters={name: _ids(given[name]) for name in FILTERS if given.get(name)},
        aging_days=_number(given, "aging_period", 30),
        aging_periods=_number(given, "num_periods", 4),
        ages_from_today=method == "Current",
        version=version,
    )


def _period(given: Mapping[str, str], ledger: Ledger, today: date, usual: str) -> tuple[Period, str | None]:
    start, end = _day(given, "start_date"), _day(given, "end_date")
    if start and end and start > end:
        raise invalid("start_date", given["start_date"])
    if start and end:
        return Period(start, end), None
    wanted = given.get("date_macro") or usual
    named = named_period(wanted, today, ledger.first_month, ledger.first_day)
    if named is None:
        raise invalid("date_macro", wanted)
    if start or end:
        return Period(start or min(named.start, end or named.start), end or max(named.end, start or named.end)), None
    return named, wanted.strip().lower()


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise invalid(name, text) from None
    if day.isoformat() != text or not EARLIEST <= day <= LATEST:
        raise invalid(name, text)
    return day


def _number(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS) or not int(text):
        raise invalid(name, text)
    return int(text)


def _one_of(given: Mapping[str, str], name: str, values: Mapping[str, str], usual: str) -> str:
    text = given.get(name)
    if not text:
        return usual
    if text.lower() not in values:
        raise invalid(name, text)
    return values[text.lower()]


def _ids(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.split(","))
