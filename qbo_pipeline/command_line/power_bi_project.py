"""`qbo-pipeline power-bi project`: a Power BI project and the Parquet files that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def write_books(
    settings: Settings, folder: Path, *, data_folder: str | None, overwrite: bool, as_json: bool = False
) -> None:
    """Write the project and its data into a folder, and tell what changed.

    Raises:
        CommandError: nothing was loaded yet.
        ProjectError: the project was edited since, or the warehouse is of an older version.
    """
    from qbo_pipeline.model import SEMANTIC_MODEL
    from qbo_pipeline.power_bi.project import write_project, write_tables
    from qbo_pipeline.warehouse.published import open_published

    if not settings.data.warehouse.exists():
        raise CommandError("Nothing was loaded yet.", "Load a company with: qbo-pipeline backfill")
    with open_published(settings.data.warehouse) as connection:
        tables = write_tables(connection, SEMANTIC_MODEL, folder)
    changed = write_project(SEMANTIC_MODEL, folder, data_folder=data_folder, overwrite=overwrite)
    if as_json:
        print_json({"folder": folder, "files": changed, "tables": tables})
        return
    rows, new = sum(one.rows for one in tables), sum(one.changed for one in tables)
    results().print(
        f"{folder}: {rows:,} rows of {len(tables)} tables, {new} of them changed; {len(changed)} files of the project "
        f"written. Open {SEMANTIC_MODEL.name}.pbip with Power BI Desktop.",
        markup=False,
    )
