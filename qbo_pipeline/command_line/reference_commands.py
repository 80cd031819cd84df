"""The commands below `qbo-pipeline reference`; each calls one function, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Json

reference = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Accounts, classes and departments as files, and back."
)
Exported = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of an export.")]


@reference.command(
    "export",
    epilog="Examples:\n  qbo-pipeline reference export --to books\n"
    '  qbo-pipeline reference export --company "Larkspur Advisory" --to books --replace',
)
def export_reference(
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where accounts.csv, classes.csv, departments.csv go.")],
    company: Annotated[
        str | None, typer.Option(metavar="REALM", help="Realm id or name. Needed where several are connected.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Give up edits of an earlier export.")] = False,
    as_json: Json = False,
) -> None:
    """Write accounts, classes and departments as the warehouse has them, to be edited in a spreadsheet."""
    from qbo_pipeline.command_line.reference_data import export

    export(current_settings(), company, to, replace=replace, as_json=as_json)


@reference.command(
    "plan", epilog="Examples:\n  qbo-pipeline reference plan books\n  qbo-pipeline reference plan books --json"
)
def plan_reference(folder: Exported, as_json: Json = False) -> None:
    """Show what edits of an export would change in QuickBooks, and what stands in their way. Sends nothing.

    Exit code 1 when a row cannot be applied.
    """
    from qbo_pipeline.command_line.reference_data import show_plan

    end(show_plan(current_settings(), folder, as_json=as_json))


@reference.command(
    "apply", epilog="Examples:\n  qbo-pipeline reference apply books\n  qbo-pipeline reference apply books --yes --json"
)
def apply_reference(
    folder: Exported,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Send the edits of an export to QuickBooks, once they were shown and confirmed.

    Only with QBO_ALLOW_REFERENCE_WRITE=true. Nothing that somebody else changed is written over; exit code 1 when
    something was not applied. Run it again after an interruption: nothing is done twice.
    """
    from qbo_pipeline.command_line import reference_data

    end(
        reference_data.apply(
            current_settings(),
            folder,
            yes=yes,
            as_json=as_json,
            confirm=lambda question: typer.confirm(question, err=True),
        )
    )
