"""The `qbo-pipeline` command. Each command calls one function of `qbo_pipeline.command_line`, imported when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line import power_bi_commands, reference_commands, tableau_commands
from qbo_pipeline.command_line.failures import Commands
from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.local_commands import local
from qbo_pipeline.command_line.options import Companies, Json, Scale, Seed
from qbo_pipeline.command_line.query_results import Format
from qbo_pipeline.command_line.report import ReportBasis

app = typer.Typer(
    name="qbo-pipeline",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The books of QuickBooks Online companies in a DuckDB warehouse.",
    epilog="Exit codes: 0 done, 1 failed, 2 misused. Settings are environment variables; README.md lists them.",
)
vault = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="The store of encrypted tokens.")
webhooks = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="What QuickBooks tells of by itself.")

Entities = Annotated[
    list[str] | None,
    typer.Option(
        "--entity", metavar="NAME", help="Entity, as QuickBooks or its table is called; repeatable. Default: all."
    ),
]


class Destination(StrEnum):
    """Where published rows go."""

    POWER_BI = "power_bi"
    TABLEAU = "tableau"


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"qbo-pipeline {version('qbo-pipeline')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
) -> None:
    """Options of every command; `Commands` looks at `debug`."""


@app.command(epilog="Example:\n  qbo-pipeline demo --serve")
def demo(
    serve: Annotated[
        bool, typer.Option("--serve", help="Then leave the Dagster UI and the local services running.")
    ] = False,
    seed: Seed = 7,
    scale: Scale = 1.0,
) -> None:
    """Load the two demo companies from a local QuickBooks into the warehouse and prove them to the cent."""
    from qbo_pipeline.command_line.terminal import results
    from qbo_pipeline.demo import run_demo

    end(run_demo(results(), serve=serve, seed=seed, scale=scale))


@app.command(epilog="Examples:\n  qbo-pipeline connect\n  qbo-pipeline connect --no-browser")
def connect(
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Without: open the page anywhere, paste where it leads.")
    ] = True,
    redirect_uri: Annotated[
        str | None,
        typer.Option(metavar="URL", help="As registered with the Intuit app. Default: http://localhost:8711/callback"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Connect a company: click Connect at QuickBooks; its tokens are stored encrypted."""
    from qbo_pipeline.command_line import connect as connecting

    uri = redirect_uri or connecting.REDIRECT_URI
    connecting.connect(current_settings(), redirect_uri=uri, browser=browser, as_json=as_json)


@app.command(epilog="Example:\n  qbo-pipeline companies --json")
def companies(as_json: Json = False) -> None:
    """List the connected companies: the age of their tokens, when they end, and what is to be done."""
    from qbo_pipeline.command_line.companies import list_companies

    list_companies(current_settings(), as_json=as_json)


@app.command(
    epilog="Examples:\n  qbo-pipeline disconnect 9341452000000001\n"
    '  qbo-pipeline disconnect "Larkspur Advisory" --yes\n'
    "  qbo-pipeline disconnect 9341452000000001 --local-only"
)
def disconnect(
    company: Annotated[str, typer.Argument(metavar="REALM", help="Realm id or name of the company.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    local_only: Annotated[
        bool, typer.Option("--local-only", help="Remove the tokens here without revoking them at Intuit.")
    ] = False,
    as_json: Json = False,
) -> None:
    """End a connection: revoke its tokens at Intuit and remove them. Loaded data stays."""
    from qbo_pipeline.command_line import disconnect as disconnecting

    disconnecting.disconnect(
        current_settings(), company, yes=yes, local_only=local_only, as_json=as_json,
        confirm=lambda question: typer.confirm(question, err=True),
    )  # fmt: skip


@app.command(
    epilog='Examples:\n  qbo-pipeline sync\n  qbo-pipeline sync --company "Larkspur Advisory" --entity Invoice'
)
def sync(company: Companies = None, entity: Entities = None, as_json: Json = False) -> None:
    """Load what changed since the last time, deletions included. What was never loaded is loaded whole."""
    from qbo_pipeline.command_line import loads

    entities = loads.entities_of(entity or [])
    end(loads.sync(current_settings(), company or [], entities, as_json=as_json))


@app.command(
    epilog="Examples:\n  qbo-pipeline backfill\n"
    "  qbo-pipeline backfill --from 2026-01 --to 2026-06 --entity Invoice --entity Payment"
)
def backfill(
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM", help="First month of transactions. Default: QBO_HISTORY_START."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month of transactions. Default: no end.")
    ] = None,
    company: Companies = None,
    entity: Entities = None,
    as_json: Json = False,
) -> None:
    """Load history in the fewest requests. Lists have no month: they are always loaded whole."""
    from qbo_pipeline.command_line import loads

    settings = current_settings()
    entities = loads.entities_of(entity or [])
    period = loads.period_of(first, last, settings.history_start)
    end(loads.backfill(settings, company or [], entities, period, as_json=as_json))


@app.command(epilog="Example:\n  qbo-pipeline status --json")
def status(as_json: Json = False) -> None:
    """Show rows, newest change, last run and requests of each company and entity, and the month's API calls."""
    from qbo_pipeline.command_line.status import show_status

    show_status(current_settings(), as_json=as_json)


@app.command(
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


@app.command(
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
    company: Annotated[
        list[str] | None, typer.Option("--company", metavar="REALM", help="Realm id; repeatable. Default: all.")
    ] = None,
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


@app.command(epilog="Example:\n  qbo-pipeline audit Invoice 1038 --company 9341452000000001")
def audit(
    entity: Annotated[str, typer.Argument(help="Entity, as QuickBooks or its table is called.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="QuickBooks' id of the record.")],
    company: Annotated[
        str | None, typer.Option(metavar="REALM", help="Realm id. Default: every company that has such a record.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a record's whole life: its versions, requests, webhooks, and what came of each."""
    from qbo_pipeline.command_line import loads
    from qbo_pipeline.command_line.audit import show_life

    [found] = loads.entities_of([entity])
    show_life(current_settings(), found, identity, company, as_json=as_json)


@app.command(
    epilog="Examples:\n  qbo-pipeline replay --entity Invoice --id 145\n"
    "  qbo-pipeline replay --rejected --dry-run\n"
    "  qbo-pipeline replay --since 2026-11-20T08:00 --until 2026-11-20T09:00 --company 9341452000000001\n"
    "  qbo-pipeline replay --file data/lake/9341452000000001/invoice/217412852835\n"
    "  qbo-pipeline replay --destination power_bi"
)
def replay(
    identity: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="ID", help="QuickBooks' id of a record of --entity; repeatable."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A batch of the lake: its folder, or a file in it; all its records.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Whatever was received from then on: 7d, 12h, or an instant (UTC)."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Until then: an instant (UTC), a bare day is its end.")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Quarantined records that fit by now, after an upgrade.")
    ] = False,
    destination: Annotated[
        Destination | None, typer.Option(help="Send again what this destination did not take.")
    ] = None,
    entity: Entities = None,
    company: Annotated[
        list[str] | None, typer.Option("--company", metavar="REALM", help="Realm id; repeatable. Default: all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Apply what the lake has again, typed anew: a record, a batch, what came in a time, or the quarantine.

    The newest version of each record wins, so no older state comes back; what is right already stays as it is. With
    --destination, send what a destination refused, or what was left behind, again from the outbox.
    """
    from qbo_pipeline.command_line import replay as replaying

    if destination is not None:
        if identity or file or since or until or rejected or entity or company or dry_run:
            raise typer.BadParameter(
                "all of the outbox is sent: it goes with no other option", param_hint="--destination"
            )
        from qbo_pipeline.command_line import power_bi, tableau

        of = {Destination.POWER_BI: power_bi, Destination.TABLEAU: tableau}[destination]
        end(of.replay_deliveries(current_settings(), as_json=as_json))
    asked = replaying.Asked(identity or [], file, since, until, rejected, entity or [], company or [])
    replaying.replay(current_settings(), asked, dry_run=dry_run, as_json=as_json)


@app.command(epilog="Examples:\n  qbo-pipeline prune --dry-run\n  qbo-pipeline prune")
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove audit rows and webhook files that are older than the settings keep; loads do so once a day by themselves.

    The lake, the history and the quarantine are kept for ever.
    """
    from qbo_pipeline.command_line.prune import show_prune

    show_prune(current_settings(), dry_run=dry_run, as_json=as_json)


@app.command(epilog="Example:\n  qbo-pipeline rebuild")
def rebuild(as_json: Json = False) -> None:
    """Make the warehouse anew from the lake alone, without a request to QuickBooks."""
    from qbo_pipeline.command_line.rebuild import show_rebuild

    end(show_rebuild(current_settings(), as_json=as_json))


@app.command(
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


@app.command(
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


@app.command(
    epilog="Examples:\n  qbo-pipeline doctor\n  qbo-pipeline doctor --mend\n  qbo-pipeline doctor --offline --json"
)
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody over the network.")] = False,
    mend: Annotated[bool, typer.Option("--mend", help="Close files with secrets that other users can read.")] = False,
    as_json: Json = False,
) -> None:
    """Check settings, permissions, connections, files, ports and disk, and say how to mend what is wrong."""
    from qbo_pipeline.command_line import doctor as diagnosis
    from qbo_pipeline.settings import SettingsError

    try:
        findings = diagnosis.diagnose(current_settings(), offline=offline, mend=mend)
    except SettingsError as error:
        findings = iter([diagnosis.settings_broken(str(error))])
    end(diagnosis.report(findings, as_json=as_json))


app.add_typer(reference_commands.reference, name="reference")
app.add_typer(vault, name="vault")


@vault.command("rotate-key", epilog="Example:\n  qbo-pipeline vault rotate-key")
def rotate_key(as_json: Json = False) -> None:
    """Encrypt all stored tokens with a new key; with the first of QBO_PIPELINE_ENCRYPTION_KEY where that is set."""
    from qbo_pipeline.command_line.encryption_key import rotate

    rotate(current_settings(), as_json=as_json)


app.add_typer(webhooks, name="webhooks")
app.add_typer(power_bi_commands.power_bi, name="power-bi")
app.add_typer(tableau_commands.tableau, name="tableau")


@app.command(epilog="Examples:\n  qbo-pipeline listen\n  qbo-pipeline listen --publish-only power_bi")
def listen(
    publish_only: Annotated[
        Destination | None, typer.Option(help="Apply no webhooks; publish to it whatever changes in the warehouse.")
    ] = None,
    parent: Annotated[
        int | None, typer.Option(hidden=True, help="End as soon as this is not the parent process any more.")
    ] = None,
) -> None:
    """Apply webhooks within seconds of their arrival and publish what they changed, until Ctrl-C.

    Runs show in the Dagster UI.
    """
    from qbo_pipeline.command_line import listen as listening

    if publish_only is not None:
        listening.publish_changes(current_settings(), publish_only.value, parent)
    else:
        listening.listen_to_webhooks(current_settings())


@webhooks.command(
    "serve",
    epilog="Examples:\n  qbo-pipeline webhooks serve\n  qbo-pipeline webhooks serve --host 0.0.0.0 --port 8080",
)
def serve_webhooks(
    port: Annotated[int, typer.Option(help="Port it listens on; 0 takes any that is free.")] = 8712,
    host: Annotated[
        str, typer.Option(help="Address it listens on; beyond this machine only behind something that speaks HTTPS.")
    ] = "127.0.0.1",
) -> None:
    """Receive webhooks: verify each delivery and keep it in data/webhooks/inbox, until Ctrl-C."""
    from qbo_pipeline.command_line.webhooks import serve_receiver

    serve_receiver(current_settings(), host=host, port=port)


app.add_typer(local, name="local")
