"""The `qbo-pipeline` command. Each command calls one function of `qbo_pipeline.command_line`, imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from qbo_pipeline.command_line.connection_commands import connections
from qbo_pipeline.command_line.failures import Commands
from qbo_pipeline.command_line.invocation import current_settings, end
from qbo_pipeline.command_line.loading_commands import loading
from qbo_pipeline.command_line.local_commands import local
from qbo_pipeline.command_line.options import Json, Scale, Seed
from qbo_pipeline.command_line.power_bi_commands import power_bi
from qbo_pipeline.command_line.reference_commands import reference
from qbo_pipeline.command_line.tableau_commands import tableau
from qbo_pipeline.command_line.upkeep_commands import upkeep
from qbo_pipeline.command_line.warehouse_commands import reading

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
    from qbo_pipeline.demo.run import run_demo

    end(run_demo(results(), serve=serve, seed=seed, scale=scale))


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


# What has no name of its own lends its commands to the root, in this order.
app.add_typer(connections)
app.add_typer(loading)
app.add_typer(reading)
app.add_typer(upkeep)
app.add_typer(power_bi, name="power-bi")
app.add_typer(tableau, name="tableau")
app.add_typer(reference, name="reference")
app.add_typer(local, name="local")
