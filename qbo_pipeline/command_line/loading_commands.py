"""The commands that load companies, now or when QuickBooks tells of changes; each calls one function, imported late."""

from __future__ import annotations

from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Companies, Destination, Entities, Json

loading = typer.Typer()
webhooks = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="What QuickBooks tells of by itself.")
loading.add_typer(webhooks, name="webhooks")


@loading.command(
    epilog='Examples:\n  qbo-pipeline sync\n  qbo-pipeline sync --company "Larkspur Advisory" --entity Invoice'
)
def sync(company: Companies = None, entity: Entities = None, as_json: Json = False) -> None:
    """Load what changed since the last time, deletions included. What was never loaded is loaded whole."""
    from qbo_pipeline.command_line import loads

    entities = loads.entities_of(entity or [])
    end(loads.sync(current_settings(), company or [], entities, as_json=as_json))


@loading.command(
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


@loading.command(epilog="Examples:\n  qbo-pipeline listen\n  qbo-pipeline listen --publish-only power_bi")
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
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port it listens on; 0 takes any that is free.")] = 8712,
    host: Annotated[
        str, typer.Option(help="Address it listens on; beyond this machine only behind something that speaks HTTPS.")
    ] = "127.0.0.1",
) -> None:
    """Receive webhooks: verify each delivery and keep it in data/webhooks/inbox, until Ctrl-C."""
    from qbo_pipeline.command_line.webhooks import serve_receiver

    serve_receiver(current_settings(), host=host, port=port)
