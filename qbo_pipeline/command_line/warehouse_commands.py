"""The commands that show what the warehouse has; each calls one function, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Companies, Json, Realms
from qbo_pipeline.command_line.query_results import Format
from qbo_pipeline.command_line.report import ReportBasis

reading = typer.Typer()


@reading.command(epilog="Example:\n  qbo-pipeline status --json")
def status(as_json: Json = False) -> None:
    """Show rows, newest change, last run and requests of each company and entity, and the month's API calls."""
    from qbo_pipeline.command_line.status import show_status

    show_status(current_settings(), as_json=as_json)


@reading.command(
    epilog='Examples:\n  qbo-pipeline sql "SELECT customer_name, sum(balance) FROM quickbooks.invoice GROUP BY 1"\n'
    "  qbo-pipeline sql --format csv < report.sql > report.csv\n"
    '  qbo-pipeline sql --as-of 2026-03-31T23:59 "SELECT sum(balance) FROM quickbooks.invoice WHERE NOT deleted"\n'
    "  qbo-pipeline sql"
)
def sql(
    statement: Annotated[str | None, typer.Argument(help="What to ask; without it, a prompt.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write results: table, csv or json.")] = Format.TABLE,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="INSTANT", help="The tables of quickbooks as they were then; UTC, a bare day is its end."
        ),
    ] = None,
) -> None:
    """Ask the warehouse. It is read-only here, also while a load runs."""
    from qbo_pipeline.command_line import sql_prompt

    if statement is None:
        end(sql_prompt.run_prompt(current_settings(), form, as_of))
    sql_prompt.run_statements(current_settings(), statement, form, as_of)


@reading.command(
    epilog="Examples:\n  qbo-pipeline changes --since 7d\n"
    "  qbo-pipeline changes --since 2026-02-01 --closed-before 2026-01-31"
)
def changes(
    since: Annotated[str, typer.Option(metavar="WHEN", help="7d, 12h, or an instant (UTC).")] = "7d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="An instant (UTC). Default: now.")] = None,
    closed_before: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Only transactions that are, or were, dated on or before the closing day."),
    ] = None,
    company: Realms = None,
    as_json: Json = False,
) -> None:
    """Show what was edited in QuickBooks: by whom, before and after, and how much money moved."""
    from qbo_pipeline.command_line.changes import show_changes

    show_changes(
        current_settings(),
        since=since,
        until=until,
        closed_before=closed_before,
        company=company or [],
        as_json=as_json,
    )


@reading.command(epilog="Example:\n  qbo-pipeline audit Invoice 1038 --company 9341452000000001")
def audit(
    entity: Annotated[str, typer.Argument(help="Entity, as QuickBooks or its table is called.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="QuickBooks' id of the record.")],
    company: Annotated[
        str | None,
        typer.Option(metavar="REALM", help="Realm id or name. Default: every company that has such a record."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a record's whole life: its versions, requests, webhooks, and what came of each."""
    from qbo_pipeline.command_line import loads
    from qbo_pipeline.command_line.audit import show_life

    [found] = loads.entities_of([entity], "entity")
    show_life(current_settings(), found, identity, company, as_json=as_json)


@reading.command(
    epilog="Examples:\n  qbo-pipeline prove\n"
    '  qbo-pipeline prove --company "Larkspur Advisory"\n'
    "  qbo-pipeline prove --offline --json"
)
def prove(
    company: Companies = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Pull no reports: prove against those in the warehouse.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove the books to the cent against QuickBooks' own reports: what ties, what was patched and why, what holds.

    Pulls what is outdated of the reports first. Exit code 1 when something is unexplained, has no report, or an
    invariant does not hold.
    """
    from qbo_pipeline.command_line.prove import show_proof

    end(show_proof(current_settings(), company or [], as_json=as_json, offline=offline))


@reading.command(
    epilog='Examples:\n  qbo-pipeline report --company "Larkspur Advisory"\n'
    "  qbo-pipeline report --as-of 2026-10 --html books.html\n"
    "  qbo-pipeline report --basis cash --from 2026-07-01 --as-of 2026-09-30"
)
def report(
    company: Annotated[
        list[str] | None,
        typer.Option("--company", metavar="REALM", help="Realm id or name; repeatable. Default: all of the warehouse."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="Last day that counts. Default: the newest load's.")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="First day of the period. Default: the fiscal year's."),
    ] = None,
    basis: Annotated[
        ReportBasis, typer.Option(case_sensitive=False, help="Whether income and costs count when billed or when paid.")
    ] = ReportBasis.ACCRUAL,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one HTML page with charts, down to the documents, instead."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show income statement, balance sheet, cash flow, budget and agings of a company as of any day.

    A month means its last day (with --from its first). With --html and several companies each has a file of its own.
    """
    from qbo_pipeline.command_line import report as reporting

    asked = reporting.Asked(
        companies=company or [],
        as_of=reporting.read_day(as_of, "--as-of", end=True) if as_of else None,
        start=reporting.read_day(first, "--from", end=False) if first else None,
        basis=basis,
        html=html,
    )
    reporting.show_report(current_settings(), asked, as_json=as_json)
