"""The commands below `qbo-pipeline local`: services that stand in for the real ones, and the companies in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbo_pipeline.command_line import local_changes
from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.options import Json, Scale, Seed

local = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="Services that stand in for the real ones.")
serve = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="Start one and leave it running until Ctrl-C.")
local.add_typer(serve, name="serve")

State = Annotated[
    Path | None,
    typer.Option(help="SQLite file of everything it holds. Default: local/quickbooks.sqlite in the data folder."),
]


@serve.command(
    epilog="Examples:\n  qbo-pipeline local serve quickbooks\n"
    "  qbo-pipeline local serve quickbooks --port 8810 --scale 0.1 --state /tmp/quickbooks.sqlite"
)
def quickbooks(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the loopback interface.")] = 8710,
    state: State = None,
    seed: Seed = 7,
    scale: Scale = 1.0,
    empty: Annotated[bool, typer.Option("--empty", help="Without the demo companies.")] = False,
) -> None:
    """Serve a local QuickBooks with the two demo companies until Ctrl-C; it keeps what is changed in them."""
    from qbo_pipeline.command_line.local_services import serve_quickbooks

    serve_quickbooks(_state(state), port=port, seed=seed, scale=scale, empty=empty)


@serve.command(
    "power-bi", epilog="Examples:\n  qbo-pipeline local serve power-bi\n  qbo-pipeline local serve power-bi --port 9001"
)
def power_bi_service(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port it listens on.")] = 8720,
    data: Annotated[
        Path | None,
        typer.Option(help="DuckDB file of everything it holds. Default: local/power_bi.duckdb in the data folder."),
    ] = None,
) -> None:
    """Serve a local Power BI until Ctrl-C; its page shows the datasets, their rows and a few charts."""
    from qbo_pipeline.command_line.local_services import serve_power_bi

    serve_power_bi(data or current_settings().data.local / "power_bi.duckdb", port=port)


@serve.command(
    "tableau",
    epilog="Examples:\n  qbo-pipeline local serve tableau\n"
    "  qbo-pipeline local serve tableau --flavour server --port 9002",
)
def tableau_service(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port it listens on.")] = 8730,
    data: Annotated[
        Path | None, typer.Option(help="Folder of everything it holds. Default: local/tableau in the data folder.")
    ] = None,
    flavour: Annotated[
        str | None, typer.Option(metavar="cloud|server", help="What it stands in for; kept until another is told.")
    ] = None,
) -> None:
    """Serve a local Tableau until Ctrl-C; its page shows data sources with their rows, jobs and history."""
    from qbo_pipeline.command_line.local_services import serve_tableau

    serve_tableau(data or current_settings().data.local / "tableau", port=port, flavour=flavour)


@local.command(
    "import",
    epilog="Examples:\n  qbo-pipeline local import books/9341452000000001\n"
    "  qbo-pipeline local import downloads --realm 9341452000000009 --replace\n"
    "  qbo-pipeline local import downloads --realm 9341452000000009 --trial-balance october.csv --as-of 2026-10-31",
)
def import_(
    folder: Annotated[Path, typer.Argument(help="Files of API JSON: Invoice.json, Customer.jsonl …")],
    realm: Annotated[
        str | None, typer.Option("--realm", metavar="ID", help="Realm id it gets. Default: the name of the folder.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="In place of the company that has this realm id.")] = False,
    trial_balance: Annotated[
        Path | None, typer.Option(help="CSV with account, debit, credit: compare it with the books.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DAY", help="Day of the trial balance. Default: the last transaction's.")
    ] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Load a company from API JSON into the local QuickBooks, and name what found no place or differs.

    A file an entity: an array of records, a QueryResponse document, or one JSON object a line. Exit code 1 when
    something found no place, cannot be posted, or differs from the trial balance.
    """
    from datetime import date

    from qbo_pipeline.command_line.local_companies import import_company

    realm_id = realm or folder.resolve().name
    if not realm_id.isdigit():
        told = f"{realm!r} is" if realm else "the folder's name is"
        raise typer.BadParameter(f"{told} no realm id, so say which one the company gets", param_hint="--realm")
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise typer.BadParameter(f"{as_of!r} is no day such as 2026-10-31", param_hint="--as-of") from None
    end(
        import_company(
            folder,
            _state(state),
            realm_id,
            replace=replace,
            trial_balance=trial_balance,
            day=day,
            as_json=as_json,
        )
    )


@local.command(
    epilog="Examples:\n  qbo-pipeline local export books --realm 9341452000000001\n"
    "  qbo-pipeline local export books --realm 9341452000000001 --state /tmp/quickbooks.sqlite"
)
def export(
    folder: Annotated[
        Path, typer.Argument(help="Where the files go, Invoice.json and so on, in a folder of the realm.")
    ],
    realm: Annotated[str, typer.Option("--realm", metavar="ID", help="Realm id of the company.")],
    state: State = None,
) -> None:
    """Write a company of the local QuickBooks as API JSON, also while the service runs; `local import` reads it."""
    from qbo_pipeline.command_line.local_companies import export_company

    export_company(_state(state), realm, folder)


@local.command(
    epilog="Examples:\n  qbo-pipeline local change --rate 5/s --seed 7 --for 60s\n"
    "  qbo-pipeline local change --rate 30/min --for 2h --realm 9341452000000001"
)
def change(
    per_second: Annotated[
        float, typer.Option("--rate", metavar="RATE", parser=local_changes.rate, help="5/s, 30/min or 100/h.")
    ] = "5/s",  # type: ignore[assignment]
    seconds: Annotated[
        float, typer.Option("--for", metavar="TIME", parser=local_changes.duration, help="60s, 10min or 2h.")
    ] = "60s",  # type: ignore[assignment]
    seed: Annotated[int, typer.Option(help="The same seed makes the same changes of the same company.")] = 7,
    realm: Annotated[
        list[str] | None,
        typer.Option("--realm", metavar="ID", help="Realm id; repeat it for several. Default: all of the service."),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of the local QuickBooks. Default: http://127.0.0.1:8710")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep companies of a running local QuickBooks living: sales, payments, bills, corrections, voids, merges …

    They come over the public API, as an app's would, but for merges, which only people make; exit code 1 when
    QuickBooks refused one.
    """
    from qbo_pipeline.settings import LOCAL_QUICKBOOKS_URL

    address = url or LOCAL_QUICKBOOKS_URL
    end(
        local_changes.change(
            address, per_second=per_second, seconds=seconds, seed=seed, realms=realm or [], as_json=as_json
        )
    )


def _state(asked: Path | None) -> Path:
    return asked or current_settings().data.local / "quickbooks.sqlite"
