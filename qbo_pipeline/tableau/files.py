"""The files in data/tableau: extract, data source and workbook, for Tableau Desktop as for a site."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import ModelLimitError
from qbo_pipeline.publishing.snapshot import WarehouseSnapshot, open_snapshot
from qbo_pipeline.settings import Settings
from qbo_pipeline.tableau.errors import ExtractError

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.build import Extract
    from qbo_pipeline.tableau.package import PublishedSource

WriteWorkbook = Callable[[SemanticModel, Path, str, "Path | None", "PublishedSource | None"], None]
"""Writes a workbook of a model and a name, with the extract inside or connected to a published data source."""


@dataclass(frozen=True, slots=True)
class TableauFiles:
    """What was written, equal to the warehouse."""

    extract: Extract
    data_source: Path
    """The .tdsx."""
    workbook: Path
    """The .twbx, with the extract inside."""
    definition: str
    """Changes when the definition of the data source does."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All three."""
        return self.extract.path, self.data_source, self.workbook


def write_files(
    settings: Settings,
    name: str,
    warehouse: WarehouseSnapshot,
    model: SemanticModel,
    workbook: WriteWorkbook,
    work: Path,
) -> TableauFiles:
    """Write the three files into data/tableau, each in one step.

    Args:
        settings: which data folder.
        name: of the data source.
        warehouse: one state of it.
        model: whose tables and measures.
        workbook: writes the workbook.
        work: a folder for Parquet files, which stay there.

    Raises:
        ExtractError: the extract cannot be built, or is not equal to the warehouse; the files are as they were.
        NotInstalledError: the library for Hyper is not there.
    """
    from qbo_pipeline.tableau.extract.build import build_extract
    from qbo_pipeline.tableau.package import PackageError, definition_digest, write_data_source

    folder = settings.data.tableau
    extract = build_extract(warehouse, model, folder / f"{name}.hyper", work)
    data_source, packed = folder / f"{name}.tdsx", folder / f"{name}.twbx"
    try:
        write_data_source(model, extract.path, data_source, name=name)
        definition = definition_digest(model, name=name)
    except (PackageError, ModelLimitError) as error:
        raise ExtractError(str(error)) from error
    workbook(model, packed, name, extract.path, None)
    return TableauFiles(extract, data_source, packed, definition)


def write_books(settings: Settings, model: SemanticModel = SEMANTIC_MODEL) -> TableauFiles:
    """Write the three files of what the warehouse has now, for Tableau Desktop; no site is asked.

    Raises:
        NoWarehouseError: nothing was loaded yet. Others: see `write_files`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="qbo-pipeline-tableau-") as work,
        open_snapshot(settings.data.warehouse) as warehouse,
    ):
        return write_files(settings, settings.tableau_data_source, warehouse, model, starter_workbook, Path(work))


def starter_workbook(
    model: SemanticModel, target: Path, name: str, hyper: Path | None, server: PublishedSource | None
) -> None:
    """Write the workbook that comes with the product.

    Raises:
        ExtractError: it would not be whole.
    """
    from qbo_pipeline.tableau.package import PackageError, write_workbook

    try:
        write_workbook(model, target, name=name, hyper=hyper, server=server)
    except (PackageError, ModelLimitError) as error:
        raise ExtractError(str(error)) from error
