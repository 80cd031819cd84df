"""JournalReport: every transaction with its legs.

The first leg has date, type and number, the later ones `0-00-00` and only the id; a summary follows each transaction,
blank rows may separate them (v1), and a total of all ends the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

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

_SAME_DAY = "0-00-00"


def parse_journal(report: Report) -> list[Leg]:
    """The legs, in the order of the report.

    Raises:
        TruncatedReportError: the report is not whole.
        ReportShapeError: it cannot be read.
    """
    check_whole(report)
    journal = _Journal(report)
    for cells, is_summary in _flat(report.rows):
        if is_summary:
            journal.close(cells)
        else:
            journal.add(cells)
    journal.end()
    return journal.legs


def _flat(rows: list[Row]) -> Iterator[tuple[list[Cell], bool]]:
    """Rows of data and summaries in their order; whether it is a summary."""
    for row in rows:
        if row.cells is not None:
            yield row.cells, False
        if row.inner is not None:
            yield from _flat(row.rows)
        if row.summary is not None:
            yield row.summary.cells, True


class _Journal:
    """The journal as far as it was read."""

    def __init__(self, report: Report) -> None:
        self.legs: list[Leg] = []
        self._report = report
        self._reader = LegReader(report)
        self._account = report.position("account_name")
        self._first: tuple[str, str, date, str | None] | None = None
        self._summed = 0
        self._is_ended = False

    def add(self, cells: list[Cell]) -> None:
        """A row of data: a leg, or blank."""
        reader = self._reader
        if not reader.is_leg(cells):
            if any(cell.value for cell in cells):
                raise ReportShapeError(f"{self._report.name} has a row that is not blank and of no transaction")
            return
        number, day = cells[reader.type].id or "", cells[reader.day].value
        if day and day != _SAME_DAY:
            self._first = number, cells[reader.type].value or "", parse_day(day), reader.document(cells)
        if self._first is None or self._first[0] != number:
            raise ReportShapeError(f"{self._report.name} has legs of transaction {number} before its first one")
        _, title, of, document = self._first
        account = cells[self._account]
        identity = account_of(account)
        if identity is None:
            raise ReportShapeError(f"{self._report.name} has a leg of {title} {number} without an account")
        self.legs.append(reader.leg(cells, identity, account.value or "", of, title, document))

    def close(self, cells: list[Cell]) -> None:
        """A summary: of the legs since the last one, or when there are none, of all."""
        start, self._is_ended = self._summed, self._summed == len(self.legs)
        summed = self.legs if self._is_ended else self.legs[start:]
        self._compare(cells, summed)
        self._summed = len(self.legs)

    def _compare(self, cells: list[Cell], legs: list[Leg]) -> None:
        told = amount(cell_at(cells, self._reader.debit)), amount(cell_at(cells, self._reader.credit))
        found = _sum(leg.debit for leg in legs), _sum(leg.credit for leg in legs)
        if told != found:
            raise TruncatedReportError(
                f"{self._report.name} sums up {told[0]} debit and {told[1]} credit over legs of {found[0]} and "
                f"{found[1]}"
            )

    def end(self) -> None:
        """Nothing follows."""
        if not self._is_ended and not (self._report.no_data and not self.legs):
            raise TruncatedReportError(f"{self._report.name} lacks its total")


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
