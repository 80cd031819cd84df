"""The commands below `qbo-pipeline tableau`; each calls one function, imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Json

tableau = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="The books in Tableau: extract, data source, workbook."
)
webhooks = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Let Tableau tell of refreshes that failed and of changes."
)
tableau.add_typer(webhooks, name="webhooks")


@tableau.command(epilog="Example:\n  qbo-pipeline tableau files")
def files(as_json: Json = False) -> None:
    """Write extract, data source and workbook into data/tableau, for Tableau Desktop; no site is asked."""
    from qbo_pipeline.command_line.tableau import write_files

    end(write_files(current_settings(), as_json=as_json))


@tableau.command(epilog="Examples:\n  qbo-pipeline tableau publish\n  qbo-pipeline tableau publish --full")
def publish(
    full: Annotated[bool, typer.Option("--full", help="Publish everything, whatever changed.")] = False,
    as_json: Json = False,
) -> None:
    """Bring data source and workbook to what the warehouse has now, then refresh what hangs on them.

    Sends the rows that changed and no more; nothing where nothing did. Exit code 1 when a row does not fit.
    """
    from qbo_pipeline.command_line.tableau import publish_books

    end(publish_books(current_settings(), full=full, as_json=as_json))


@tableau.command(epilog="Example:\n  qbo-pipeline tableau status --json")
def status(as_json: Json = False) -> None:
    """Say what is published where, how long session and token last, and what waits or failed."""
    from qbo_pipeline.command_line.tableau import show_status

    end(show_status(current_settings(), as_json=as_json))


@tableau.command(epilog="Example:\n  qbo-pipeline tableau verify")
def verify(as_json: Json = False) -> None:
    """Download the published data source and compare rows and sums of money with the warehouse.

    Exit code 1 when one differs.
    """
    from qbo_pipeline.command_line.tableau import verify_books

    end(verify_books(current_settings(), as_json=as_json))


@tableau.command(epilog="Example:\n  qbo-pipeline tableau downstream")
def downstream(as_json: Json = False) -> None:
    """List the workbooks of the site that hang on the data source, and how each is refreshed."""
    from qbo_pipeline.command_line.tableau_downstream import show_downstream

    end(show_downstream(current_settings(), as_json=as_json))


@tableau.command(epilog="Examples:\n  qbo-pipeline tableau refresh\n  qbo-pipeline tableau refresh --wait 600")
def refresh(
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="How long their ends are waited for.")] = 300,
    as_json: Json = False,
) -> None:
    """Refresh the workbooks that hang on the data source now. Exit code 1 when one fails."""
    from qbo_pipeline.command_line.tableau_downstream import refresh_downstream_now

    end(refresh_downstream_now(current_settings(), wait_seconds=wait, as_json=as_json))


@webhooks.command(epilog="Example:\n  qbo-pipeline tableau webhooks register https://hooks.example.com")
def register(
    base: Annotated[str, typer.Argument(metavar="URL", help="Where Tableau reaches `qbo-pipeline webhooks serve`.")],
    as_json: Json = False,
) -> None:
    """Register the webhooks of a receiver, once each. TABLEAU_WEBHOOK_SECRET is the last part of their address."""
    from qbo_pipeline.command_line.tableau_webhooks import register_webhooks

    end(register_webhooks(current_settings(), base, as_json=as_json))


@webhooks.command("list", epilog="Example:\n  qbo-pipeline tableau webhooks list")
def list_(as_json: Json = False) -> None:
    """List the webhooks that post to receivers of this kind. Exit code 1 when Tableau disabled one."""
    from qbo_pipeline.command_line.tableau_webhooks import list_webhooks

    end(list_webhooks(current_settings(), as_json=as_json))


@webhooks.command("test", epilog="Example:\n  qbo-pipeline tableau webhooks test")
def try_out(as_json: Json = False) -> None:
    """Let Tableau send an empty event to each webhook. Exit code 1 when one does not arrive."""
    from qbo_pipeline.command_line.tableau_webhooks import test_webhooks

    end(test_webhooks(current_settings(), as_json=as_json))


@webhooks.command(epilog="Examples:\n  qbo-pipeline tableau webhooks remove\n  qbo-pipeline tableau webhooks remove ID")
def remove(
    identity: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Its id, as listed. Default: all that have the secret.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Remove webhooks: those that have TABLEAU_WEBHOOK_SECRET in their address, or those that are named."""
    from qbo_pipeline.command_line.tableau_webhooks import remove_webhooks

    end(remove_webhooks(current_settings(), identity or [], as_json=as_json))
