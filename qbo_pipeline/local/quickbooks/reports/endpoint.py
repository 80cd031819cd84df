"""GET /v3/company/{realm}/reports/{Name}: the answer, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from qbo_pipeline.local.quickbooks.clock import PACIFIC, Clock, pacific
from qbo_pipeline.local.quickbooks.faults import ServiceFaultError
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.reports.catalogue import REPORTS, Report
from qbo_pipeline.local.quickbooks.reports.dimensions import FILTERS, SEGMENTS
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.rendering import VERSIONS, Shape, rendered
from qbo_pipeline.local.quickbooks.reports.request import Request, parsed
from qbo_pipeline.local.quickbooks.reports.table import Table, limited
from qbo_pipeline.local.quickbooks.reports.titles import LANGUAGES

CELLS = 400_000
"""Cells that a report can have."""


@dataclass
class ReportSettings:
    """How reports are answered; changed while the service runs."""

    shape: Shape = field(default_factory=Shape)
    cells: int = CELLS

    def shown(self) -> dict[str, object]:
        """The settings by the names that `change` knows them by."""
        shape = self.shape
        return {"report_version": shape.version, "report_language": shape.language, "report_cells": self.cells}

    def change(self, asked: Mapping[str, Any]) -> None:
        """Change those that are named: `report_version`, `report_language`, `report_cells`.

        Raises:
            ValueError: one has a value that is none; nothing is changed then.
        """
        version = _one_of(asked, "report_version", VERSIONS, self.shape.version)
        language = _one_of(asked, "report_language", LANGUAGES, self.shape.language)
        cells = asked.get("report_cells", self.cells)
        if not isinstance(cells, int) or cells < 1:
            raise ValueError("report_cells is a number of cells")
        self.shape, self.cells = Shape(version, language), cells


_Setting = TypeVar("_Setting", bound=str)


def _one_of(asked: Mapping[str, Any], name: str, values: tuple[_Setting, ...], now: _Setting) -> _Setting:
    wanted = asked.get(name, now)
    for value in values:
        if value == wanted:
            return value
    raise ValueError(f"{name} is one of {', '.join(values)}")


class Reports:
    """The Reports API of all companies."""

    def __init__(self, ledger_of: Callable[[str], Ledger], clock: Clock) -> None:
        self._ledger_of = ledger_of
        self._clock = clock
        self.settings = ReportSettings()

    def answer(self, realm: str, name: str, given: Mapping[str, str]) -> str:
        """A report as JSON text.

        Raises:
            ServiceFaultError: there is no such report, or a parameter is wrong.
        """
        report = REPORTS.get(name)
        if report is None:
            raise no_report()
        shape = self.settings.shape
        if "testing_migration" in given:
            # Before the change of version this asked for the new one, by being there at all.
            shape = replace(shape, version="v2")
        if not report.has_range:
            given = {name: value for name, value in given.items() if name not in ("start_date", "end_date")}
        ledger = self._ledger_of(realm)
        request = parsed(given, ledger, self._today(), report.usual_macro, shape.version)
        if request.summarize_by in SEGMENTS and not report.has_segments:
            request = replace(request, summarize_by="Total")
        table = limited(report.build(ledger, request), self.settings.cells)
        header = _header(name, report, ledger, request, table, pacific(self._clock.now()))
        return dumps(rendered(table, header, shape))

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.now(), PACIFIC).date()


def no_report() -> ServiceFaultError:
    """5020, as QuickBooks answers for a report it does not have (github.com/intuit/oauth-jsclient/issues/89)."""
    message = "Permission Denied Error"
    detail = f"{message} : You do not have the access rights to use this feature."
    return ServiceFaultError(400, "5020", message, detail, element="ReportName")


def _header(name: str, report: Report, ledger: Ledger, request: Request, table: Table, now: str) -> dict[str, Any]:
    header: dict[str, Any] = {"Time": now, "ReportName": name}
    if request.macro is not None and report.has_start:
        header["DateMacro"] = request.macro
    if report.has_basis:
        header["ReportBasis"] = request.basis
    if report.has_start:
        header["StartPeriod"] = request.period.start.isoformat()
    header["EndPeriod"] = (request.report_date if report.as_of else request.period.end).isoformat()
    if report.has_summaries:
        header["SummarizeColumnsBy"] = request.summarize_by
    header["Currency"] = ledger.home_currency
    for parameter in FILTERS:
        if parameter in request.filters:
            header[parameter.capitalize()] = ",".join(sorted(request.filters[parameter]))
    options = {"NoReportData": "false" if table.has_data else "true"}
    if report.names_standard:
        options = {"AccountingStandard": "GAAP", **options}
    if report.as_of:
        options = {"report_date": request.report_date.isoformat(), **options}
    header["Option"] = [{"Name": option, "Value": value} for option, value in options.items()]
    return header
