"""The commands below `qbo-pipeline power-bi`; each calls one function, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Companies, Json

power_bi = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="The books in Power BI: planned, published, proven."
)

Breaking = Annotated[
    bool, typer.Option("--allow-breaking", help="Also change what breaks reports: columns, tables, relationships.")
]
Tables = Annotated[list[str] | None, typer.Option("--table", metavar="NAME", help="Table as it is called; repeatable.")]
Database = Annotated[
    str | None,
    typer.Option("--database", metavar="NAME", help="Mirrored database. Default: as the dataset is called."),
]


@power_bi.command(epilog="Example:\n  qbo-pipeline power-bi plan --json")
def plan(as_json: Json = False) -> None:
    """Say what publishing would change in the dataset's tables and measures, and what that costs; change nothing.

    Exit code 1 when a change would break reports.
    """
    from qbo_pipeline.command_line.power_bi import show_plan

    end(show_plan(current_settings(), as_json=as_json))


@power_bi.command(epilog="Examples:\n  qbo-pipeline power-bi apply\n  qbo-pipeline power-bi apply --allow-breaking")
def apply(allow_breaking: Breaking = False, as_json: Json = False) -> None:
    """Do what `plan` says, and publish everything: tables are made or changed, rows sent where they must be.

    A table that is added or dropped, or another relationship, makes another dataset beside the one there is; reports
    are bound to it when it is filled, then the old one is deleted.
    """
    from qbo_pipeline.command_line.power_bi import publish_books

    end(publish_books(current_settings(), tables=[], companies=[], allow_breaking=allow_breaking, as_json=as_json))


@power_bi.command(
    epilog="Examples:\n  qbo-pipeline power-bi publish\n"
    '  qbo-pipeline power-bi publish --company "Larkspur Advisory" --table Customer'
)
def publish(
    table: Tables = None,
    company: Companies = None,
    as_json: Json = False,
) -> None:
    """Bring the dataset to what the warehouse has now, and compare all totals three ways.

    Sends what changed and no more. With --table, totals are compared that those tables alone make up. Exit code 1 when
    a row does not fit, Power BI refuses one, or a total differs.
    """
    from qbo_pipeline.command_line.power_bi import publish_books

    end(
        publish_books(
            current_settings(), tables=table or [], companies=company or [], allow_breaking=False, as_json=as_json
        )
    )


@power_bi.command(epilog="Example:\n  qbo-pipeline power-bi status --json")
def status(as_json: Json = False) -> None:
    """Say what Power BI shows: the last publication, batches that wait or were refused, rows that were left out."""
    from qbo_pipeline.command_line.power_bi import show_status

    end(show_status(current_settings(), as_json=as_json))


@power_bi.command(epilog="Examples:\n  qbo-pipeline power-bi align\n  qbo-pipeline power-bi align --no-repair")
def align(
    repair: Annotated[
        bool, typer.Option("--repair/--no-repair", help="Whether a list that differs is sent again.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Read accounts, classes and departments back from Power BI, compare them with QuickBooks', and repair them."""
    from qbo_pipeline.command_line.power_bi import align_lists

    end(align_lists(current_settings(), repair=repair, as_json=as_json))


@power_bi.command(
    epilog="Examples:\n  qbo-pipeline power-bi refresh Books\n"
    "  qbo-pipeline power-bi refresh 3d9b93c6-7b6d-4801-a491-1738910904fd --enhanced"
)
def refresh(
    model: Annotated[list[str], typer.Argument(metavar="MODEL", help="Import model: its name or id.")],
    enhanced: Annotated[
        bool, typer.Option("--enhanced", help="An enhanced refresh: on Premium, PPU, Embedded or Fabric alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Refresh import models that read what this pipeline writes, and wait until they are done."""
    from qbo_pipeline.command_line.power_bi import refresh_models

    end(refresh_models(current_settings(), model, enhanced=enhanced, as_json=as_json))


@power_bi.command(
    epilog="Examples:\n  qbo-pipeline power-bi project books\n"
    '  qbo-pipeline power-bi project books --data-folder "C:\\\\Books\\\\data"'
)
def project(
    folder: Annotated[Path, typer.Argument(help="Folder of the project; made if it is not there.")],
    data_folder: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The folder's data/ as the computer knows it that opens the project. Default: as it was last said.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also files that were changed since they were written.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a Power BI project: the semantic model over Parquet files and a report; it needs no push dataset.

    Run it again to bring the Parquet files up to date; only files that changed are replaced.
    """
    from qbo_pipeline.command_line.power_bi_project import write_books

    write_books(current_settings(), folder, data_folder=data_folder, overwrite=overwrite, as_json=as_json)


@power_bi.command(
    epilog="Examples:\n  qbo-pipeline power-bi mirror\n"
    '  qbo-pipeline power-bi mirror --company "Larkspur Advisory" --table Customer'
)
def mirror(
    table: Tables = None,
    company: Companies = None,
    database: Database = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Make the database of another installation this one's; loads all anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a mirrored database in Fabric to what the warehouse has now, by open mirroring.

    Makes it if it is not there, sends what changed and no more, waits until Fabric has read it, and compares the rows
    with Fabric's count. Exit code 1 when a row does not fit or Fabric stopped a table.
    """
    from qbo_pipeline.command_line.power_bi_mirroring import mirror_books

    end(
        mirror_books(
            current_settings(),
            tables=table or [],
            companies=company or [],
            database=database,
            take_over=take_over,
            as_json=as_json,
        )
    )


@power_bi.command(epilog="Examples:\n  qbo-pipeline power-bi move\n  qbo-pipeline power-bi move --drop-push")
def move(
    drop_push: Annotated[
        bool,
        typer.Option("--drop-push", help="Delete the push dataset, once Fabric has all and no report looks at it."),
    ] = False,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Move from the push dataset to a mirrored database: load it, see that Fabric has it all, say what is left to do.

    The push dataset and its reports stay as they are. Exit code 1 when Fabric does not have every row yet.
    """
    from qbo_pipeline.command_line.power_bi_mirroring import move_books

    end(move_books(current_settings(), drop_push=drop_push, database=database, as_json=as_json))
