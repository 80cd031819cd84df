"""The commands that connect companies; each calls one function, imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings
from qbo_pipeline.command_line.options import Json

connections = typer.Typer()
vault = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="The store of encrypted tokens.")
connections.add_typer(vault, name="vault")


@connections.command(epilog="Examples:\n  qbo-pipeline connect\n  qbo-pipeline connect --no-browser")
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


@connections.command(epilog="Example:\n  qbo-pipeline companies --json")
def companies(as_json: Json = False) -> None:
    """List the connected companies: the age of their tokens, when they end, and what is to be done."""
    from qbo_pipeline.command_line.companies import list_companies

    list_companies(current_settings(), as_json=as_json)


@connections.command(
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


@vault.command("rotate-key", epilog="Example:\n  qbo-pipeline vault rotate-key")
def rotate_key(as_json: Json = False) -> None:
    """Encrypt all stored tokens with a new key; with the first of QBO_PIPELINE_ENCRYPTION_KEY where that is set."""
    from qbo_pipeline.command_line.encryption_key import rotate

    rotate(current_settings(), as_json=as_json)
