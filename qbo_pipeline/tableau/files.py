"""The files in data/tableau: extract, data source and workbook, for Tableau Desktop as for a site."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.publishing.snapshot import WarehouseSnapshot
from qbo_pipeline.settings import Settings
from qbo_pipeline.tableau.errors import ExtractError

if TYPE_CHECKING:
    from qbo_pipeline.tableau.extract.build import Extract


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
    settings: Settings, name: str, warehouse: WarehouseSnapshot, model: SemanticModel, work: Path
) -> TableauFiles:
    """Write the three files into data/tableau, each in one step.

    Args:
        settings: which data folder.
        name: of the data source.
        warehouse: one state of it.
        model: whose tables and measures.
        work: a folder for Parquet files, which stay there.

    Raises:
        ExtractError: the extract cannot be built, or is not equal to the warehouse; the files are as they were.
        NotInstalledError: the library for Hyper is not there.
    """
    from qbo_pipeline.tableau.extract.build import build_extract
    from qbo_pipeline.tableau.package import definition_digest, write_data_source, write_workbook
    from qbo_pipeline.tableau.package.errors import PackageError

    folder = settings.data.tableau
    extract = build_extract(warehouse, model, folder / f"{name}.hyper", work)
    data_source, workbook = folder / f"{name}.tdsx", folder / f"{name}.twbx"
    try:
        write_data_source(model, extract.path, data_source, name=name)
        write_workbook(model, workbook, name=name, hyper=extract.path, server=None)
    except PackageError as error:
        raise ExtractError(str(error)) from error
    return TableauFiles(extract, data_source, workbook, definition_digest(model, name=name))
