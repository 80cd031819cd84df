"""GeneralLedger: a section an account, those of sub-accounts within their parent's, each leg a row.

A row's account is its section's: in Intuit's sample, legs of sub-accounts carry the parent's id. In the first shape
sections of sub-accounts have no id (recorded 2020): the chart of accounts tells it by the full name. Balances brought
forward are rows without a transaction. There is no total of all; each section has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from qbo_pipeline.quickbooks.reports.document import (
    ZERO,
    Cell,
    Report,
    Row,
    account_of,
    amount,
    cell_at,
    check_whole,
    parse_day,
)
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError, TruncatedReportError
from qbo_pipeline.quickbooks.reports.legs import Leg, LegReader


def parse_general_ledger(report: Report, chart: Mapping[str, str] = MappingProxyType({})) -> list[Leg]:
    """The legs, in the order of the report.

    Args:
        report: as decoded.
        chart: fully qualified name → id of accounts, for sections of sub-accounts that have no id.

    Raises:
        TruncatedReportError: the report is not whole.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    ledger = _Ledger(report, chart)
    for row in report.rows:
        ledger.section(row, ())
    if not ledger.legs and not report.rows and not report.no_data:
        raise TruncatedReportError(f"{report.name} is empty and does not say that there is nothing to report")
    debit, credit = _sums(ledger.legs)
    if debit != credit:
        raise TruncatedReportError(f"{report.name} has {debit} of debits and {credit} of credits")
    return ledger.legs


def account_rows(rows: list[Row], path: tuple[Cell, ...] = ()) -> Iterator[tuple[tuple[Cell, ...], list[Cell]]]:
    """Rows of data with the accounts they are in, the outermost first."""
    for row in rows:
        within = path if row.header is None else (*path, cell_at(row.header.cells, 0))
        if row.cells is not None:
            yield path, row.cells
        yield from account_rows(row.rows, within)


class _Ledger:
    """The ledger as far as it was read."""

    def __init__(self, report: Report, chart: Mapping[str, str]) -> None:
        self.legs: list[Leg] = []
        self._chart = chart
        self._name = report.name
        self._reader = LegReader(report)

    def section(self, row: Row, path: tuple[Cell, ...]) -> None:
        """A section with all that is in it, compared with its summary; or a leg, which outside of one is an error."""
        if row.cells is not None:
            self._leg(row.cells, path)
        if row.header is None:
            return
        within = (*path, cell_at(row.header.cells, 0))
        start, own = len(self.legs), []
        for inner in row.rows:
            before = len(self.legs)
            self.section(inner, within)
            own += self.legs[before:] if inner.cells is not None else []
        if row.summary is not None:
            self._compare(cell_at(row.header.cells, 0), row.summary.cells, own, self.legs[start:])

    def _leg(self, cells: list[Cell], path: tuple[Cell, ...]) -> None:
        reader = self._reader
        if not reader.is_leg(cells):
            return
        title, named = cells[reader.type].value or "", reader.account(cells)
        identity = self._account(path, named)
        if identity is None:
            raise ReportShapeError(
                f"{self._name} has a leg of {title} {cells[reader.type].id} in a section without an id, and the chart "
                f"of accounts has no account “{':'.join(one.value or '' for one in path)}”"
            )
        name = named.value or (path[-1].value if path else None) or ""
        day = parse_day(cells[reader.day].value or "")
        self.legs.append(reader.leg(cells, identity, name, day, title, reader.document(cells)))

    def _account(self, path: tuple[Cell, ...], named: Cell) -> str | None:
        """The innermost section's account; where that has no id, the one the row names if it is not a parent's."""
        innermost = path[-1] if path else named
        if innermost.id:
            return innermost.id
        if named.id and all(named.id != parent.id for parent in path):
            return named.id
        if len(path) > 1:
            return self._chart.get(":".join(one.value or "" for one in path))
        return account_of(innermost)

    def _compare(self, header: Cell, summary: list[Cell], own: list[Leg], everything: list[Leg]) -> None:
        """A parent's summary is of its own legs, or of those of its sub-accounts, too."""
        told = amount(cell_at(summary, self._reader.debit)), amount(cell_at(summary, self._reader.credit))
        if told not in (_sums(everything), _sums(own)):
            found = _sums(everything)
            raise TruncatedReportError(
                f"{self._name} sums up {told[0]} debit and {told[1]} credit for “{header.value}” over legs of "
                f"{found[0]} and {found[1]}"
            )


def _sums(legs: list[Leg]) -> tuple[Decimal, Decimal]:
    return sum((leg.debit for leg in legs), ZERO), sum((leg.credit for leg in legs), ZERO)
