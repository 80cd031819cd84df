"""`qbo-pipeline report`: the statements of a company, on the terminal or as one HTML file."""

from __future__ import annotations

import os
import re
import tempfile
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MINYEAR, date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.companies import choose
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import print_json, results
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader, books_of_this_version

if TYPE_CHECKING:
    import duckdb

    from qbo_pipeline.finance_report.figures import Company, Report
    from qbo_pipeline.settings import Settings


_LONGEST_NAME = 100
"""Characters of a company's name in that of a file: QuickBooks has names that are longer than any file's."""


class ReportBasis(StrEnum):
    """When income and costs count."""

    ACCRUAL = "accrual"
    """When they are invoiced and billed."""
    CASH = "cash"
    """When they are paid."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report was asked to be."""

    companies: Sequence[str]
    """Realm ids or names; all where there is none."""
    as_of: date | None
    start: date | None
    basis: ReportBasis
    html: Path | None
    """File, or existing folder, of the page; None for the terminal."""


def read_day(text: str, option: str, *, end: bool) -> date:
    """A day, or a month that stands for its first or last day.

    Args:
        text: `2026-10-31` or `2026-10`.
        option: Where it was given.
        end: Whether a month means its last day.

    Raises:
        typer.BadParameter: it is neither, or so long ago that there is no year before it to compare with.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            month = date.fromisoformat(f"{text}-01")
            day = month.replace(day=monthrange(month.year, month.month)[1]) if end else month
        else:
            day = date.fromisoformat(text)
        if day.year < MINYEAR + 2:
            raise ValueError
        return day
    except ValueError:
        raise typer.BadParameter(
            f"'{text}' is no day such as 2026-10-31 and no month such as 2026-10", param_hint=option
        ) from None


def show_report(settings: Settings, asked: Asked, *, as_json: bool) -> None:
    """Write the report of each company.

    Raises:
        CommandError: there is nothing to report, or a page cannot be written.
        typer.BadParameter: there is no such company, it had no books yet on that day, or there is no such folder.
    """
    if asked.html is not None and not asked.html.is_dir() and not asked.html.absolute().parent.is_dir():
        raise typer.BadParameter(f"the folder {asked.html.parent} does not exist", param_hint="--html")
    with WarehouseReader(settings.data.warehouse) as reader, books_of_this_version(settings.data.warehouse):
        connection = reader.connection()
        reports = [_read(connection, company, asked) for company in _companies(connection, asked.companies)]
    if as_json:
        print_json(reports)
    elif asked.html is None:
        _print(reports)
    else:
        _write(reports, asked.html)


def _companies(connection: duckdb.DuckDBPyConnection, asked: Sequence[str]) -> list[Company]:
    from qbo_pipeline.finance_report.reading import read_companies
    from qbo_pipeline.ingestion import Company as Named

    known = read_companies(connection)
    if not known:
        raise CommandError("No company is in the warehouse yet.", "Load one with: qbo-pipeline backfill")
    named = [Named(one.realm_id, one.name) for one in known]
    chosen = {one.realm_id for one in choose(named, asked, "company of the warehouse")}
    return [one for one in known if one.realm_id in chosen]


def _read(connection: duckdb.DuckDBPyConnection, company: Company, asked: Asked) -> Report:
    from qbo_pipeline.finance_report.reading import read_report

    as_of = asked.as_of or company.newest_day
    if company.first_month is None:
        raise CommandError(
            f"Nothing is posted in the books of {company.name} ({company.realm_id}).",
            f"Load its transactions with: qbo-pipeline backfill --company {company.realm_id}",
        )
    if as_of < company.first_month:
        raise typer.BadParameter(
            f"the books of {company.name} begin in {company.first_month:%B %Y}", param_hint="--as-of"
        )
    if asked.start is not None and asked.start > as_of:
        raise typer.BadParameter(f"{asked.start} is after the day of the report, {as_of}", param_hint="--from")
    return read_report(
        connection,
        company,
        basis="Cash" if asked.basis is ReportBasis.CASH else "Accrual",
        as_of=as_of,
        start=asked.start,
        with_legs=asked.html is not None,
    )


def _print(reports: Sequence[Report]) -> None:
    from qbo_pipeline.finance_report.terminal import print_report

    console = results()
    for place, report in enumerate(reports):
        if place:
            console.print()
        print_report(report, console)


def _write(reports: Sequence[Report], html: Path) -> None:
    from qbo_pipeline.finance_report.page import render_page

    for report, path in zip(reports, _paths(reports, html), strict=True):
        page = render_page(report)
        try:
            _replace(path, page)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from None
        size = len(page.encode()) / 1_000_000
        results().print(f"{report.company.name}: {path} ({size:.1f} MB)", markup=False)


def _paths(reports: Sequence[Report], html: Path) -> list[Path]:
    """Where the pages go: the file that was named, or one a company where there are several or a folder was named."""
    names = [_file_name(one.company.name) or one.company.realm_id for one in reports]
    unique = [
        name if names.count(name) == 1 else f"{name}-{one.company.realm_id}"
        for name, one in zip(names, reports, strict=True)
    ]
    if html.is_dir():
        return [html / f"{name}.html" for name in unique]
    if len(reports) == 1:
        return [html]
    return [html.with_name(f"{html.stem}-{name}{html.suffix}") for name in unique]


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")


def _replace(path: Path, page: str) -> None:
    """Write a file whole or not at all."""
    descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(page)
        Path(written).chmod(0o644)
        Path(written).replace(path)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
