"""`sync` and `backfill`: run the session for each company, then tell what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line import failures
from qbo_pipeline.command_line.companies import choose
from qbo_pipeline.command_line.finance_models import warn_of_stale_models
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.command_line.progress import OnProgress
    from qbo_pipeline.ingestion import Company, Session
    from qbo_pipeline.ingestion.results import EntityLoad, Period
    from qbo_pipeline.quickbooks.catalogue import Entity
    from qbo_pipeline.settings import Settings

BEGINNING = date(1900, 1, 1)
END = date(2999, 12, 31)
"""An end left open takes documents dated ahead with it."""


@dataclass(slots=True)
class Report:
    """What a command loaded, and what it could not."""

    companies: dict[str, Company]
    loads: list[EntityLoad] = field(default_factory=list)
    errors: list[tuple[Company, Exception]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where everything was loaded, quarantined records included; 1 where something could not be."""
        return 1 if self.errors else 0


def entities_of(names: Sequence[str], parameter: str = "--entity") -> list[Entity]:
    """The entities of these names in the order they load, or all forty.

    Args:
        names: As QuickBooks or their tables are called.
        parameter: Where they were given.

    Raises:
        typer.BadParameter: there is no such entity; the message names the nearest.
    """
    from qbo_pipeline.quickbooks.catalogue import ENTITIES, UnknownEntityError, entity

    try:
        asked = {entity(name).name for name in names}
    except UnknownEntityError as error:
        raise typer.BadParameter(str(error), param_hint=parameter) from None
    return [one for one in ENTITIES if not asked or one.name in asked]


def period_of(first: str | None, last: str | None, history_start: str | None) -> Period | None:
    """The period from month `first` to month `last` (YYYY-MM), open where one is missing; None means all history.

    QBO_HISTORY_START stands in for a missing `first`.

    Raises:
        typer.BadParameter: a month is not one, or the first is after the last.
    """
    from qbo_pipeline.ingestion.periods import parse_month
    from qbo_pipeline.ingestion.results import Period

    start = first or (history_start[:7] if history_start else None)
    if start is None and last is None:
        return None
    try:
        begins = parse_month(start).first_day if start else BEGINNING
        ends = parse_month(last).last_day if last else END
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--from/--to") from None
    if begins > ends:
        raise typer.BadParameter(
            f"the first month, {start or f'{BEGINNING:%Y-%m}'}, is after the last, {last or f'{END:%Y-%m}'}.",
            param_hint="--from/--to",
        )
    return Period(begins, ends)


def backfill(
    settings: Settings, companies: Sequence[str], entities: Sequence[Entity], period: Period | None, *, as_json: bool
) -> int:
    """Load history; returns the exit code."""

    def load(session: Session, company: Company, run_id: str, on_progress: OnProgress) -> list[EntityLoad]:
        return session.backfill(company.realm_id, entities, period, run_id, on_progress)

    return _run(settings, companies, load, as_json=as_json)


def sync(settings: Settings, companies: Sequence[str], entities: Sequence[Entity], *, as_json: bool) -> int:
    """Load what changed since the last time; returns the exit code."""

    def load(session: Session, company: Company, run_id: str, on_progress: OnProgress) -> list[EntityLoad]:
        return session.changes.sync(company.realm_id, entities, run_id, on_progress)

    return _run(settings, companies, load, as_json=as_json)


Load = Callable[["Session", "Company", str, "OnProgress"], "list[EntityLoad]"]


def _run(settings: Settings, asked: Sequence[str], load: Load, *, as_json: bool) -> int:
    from qbo_pipeline.command_line.progress import LoadProgress
    from qbo_pipeline.ingestion import open_session

    run_id = str(uuid.uuid4())
    with open_session(settings) as session:
        companies = choose(session.companies(), asked)
        report = Report({one.realm_id: one for one in companies})
        with LoadProgress() as progress:
            for company in companies:
                try:
                    with failures.ctrl_c_heard(), progress.company(company.name) as on_progress:
                        report.loads += load(session, company, run_id, on_progress)
                except Exception as error:  # the other companies go on; each failure is told in the end
                    report.loads += getattr(error, "loads", [])
                    report.errors.append((company, error))
    _tell(report, as_json=as_json)
    return max(report.exit_code, warn_of_stale_models(settings))


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report.loads)
    else:
        for realm_id, company in report.companies.items():
            _summary(company, [load for load in report.loads if load.realm_id == realm_id])
    rejected = sum(load.rejected for load in report.loads)
    if rejected:
        messages().print(
            f"[yellow]{rejected:,} records do not fit their declaration and are in quarantine:[/] "
            'qbo-pipeline sql "SELECT entity, id, field, value, reason FROM audit.rejected_record"'
        )
    for company, error in report.errors:
        messages().print(company.name, style="bold", markup=False)
        failures.show(failures.describe(error))


def _summary(company: Company, loads: Sequence[EntityLoad]) -> None:
    """A table of the entities with something new; the rest in one line."""
    from rich.markup import escape
    from rich.table import Table

    if not loads:
        return
    console = results()
    name = f"{company.name} ({company.realm_id})"
    shown = [load for load in loads if load.inserted or load.updated or load.deleted or load.rejected]
    *totals, calls = (sum(column) for column in zip(*(_numbers(load) for load in loads), strict=True))
    if shown:
        table = Table(title=escape(name), title_justify="left", title_style="bold", box=None)
        table.add_column("entity")
        for heading in ("records", "new", "updated", "deleted", "unchanged", "rejected", "calls", "seconds"):
            table.add_column(heading, justify="right")
        for load in shown:
            numbers = (f"{number:,}" for number in _numbers(load))
            table.add_row(load.entity, *numbers, f"{load.seconds:.1f}", style="yellow" if load.rejected else None)
        table.add_section()
        table.add_row("total", *(f"{number:,}" for number in (*totals, calls)), style="bold")
        results(whole=True).print(table)
        if len(shown) < len(loads):
            console.print(f"{len(loads) - len(shown)} more with nothing new.", style="dim")
    else:
        console.print(f"{name}: nothing new; {totals[0]:,} records received, {calls:,} requests", markup=False)
    for load in loads:
        if load.note:
            console.print(f"{load.entity}: {load.note}", style="dim", markup=False)
        if load.unknown_fields:
            names = ", ".join(sorted(load.unknown_fields))
            console.print(f"{load.entity}: undeclared fields, kept in the raw JSON: {names}", style="dim", markup=False)


def _numbers(load: EntityLoad) -> tuple[int, ...]:
    return (
        load.records, load.inserted, load.updated, load.deleted, load.unchanged, load.rejected, load.api_calls,
    )  # fmt: skip
