"""The files in data/tableau: extract, data source and workbook, for Tableau Desktop as for a site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import ModelLimitError
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.publishing.snapshot import WarehouseSnapshot, open_snapshot
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.tableau.errors import ExtractError, FilesBusyError

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

    @property
    def paths(self) -> tuple[Path, ...]:
        """All three."""
        return self.extract.path, self.data_source, self.workbook


LOCK_WAIT_SECONDS = 600.0
"""For another process that writes them."""


@contextmanager
def writing_files(settings: Settings, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """Write the files alone: two at once would take away from each other what they are making, under one name.

    Raises:
        FilesBusyError: another process writes them, and went on for as long as was waited.
    """
    with held(settings.data.build.parent / "tableau" / "files.lock", wait_seconds) as alone:
        if alone is None:
            raise FilesBusyError(settings.data.tableau)
        yield


def write_extract(
    settings: Settings, name: str, warehouse: WarehouseSnapshot, model: SemanticModel, work: Path
) -> Extract:
    """Write the extract into data/tableau, in one step. Within `writing_files`, as what takes it in.

    Args:
        settings: which data folder.
        name: of the data source.
        warehouse: one state of it.
        model: whose tables.
        work: a folder for Parquet files, which stay there.

    Raises:
        ExtractError: it cannot be built, or is not equal to the warehouse; the file is as it was.
        NotInstalledError: the library for Hyper is not there.
    """
    from qbo_pipeline.tableau.extract.build import build_extract

    return build_extract(warehouse, model, settings.data.tableau / f"{name}.hyper", work)


def definition_of(model: SemanticModel, name: str) -> str:
    """Changes when the definition of the data source does.

    Raises:
        ExtractError: it would not be whole.
    """
    from qbo_pipeline.tableau.package import PackageError, definition_digest

    try:
        return definition_digest(model, name=name)
    except (PackageError, ModelLimitError) as error:
        raise ExtractError(str(error)) from error


def write_packages(extract: Extract, name: str, model: SemanticModel, workbook: WriteWorkbook) -> TableauFiles:
    """Write data source and workbook beside the extract that they take in, each in one step.

    Raises:
        ExtractError: one would not be whole.
    """
    from qbo_pipeline.tableau.package import PackageError, write_data_source

    data_source, packed = extract.path.with_name(f"{name}.tdsx"), extract.path.with_name(f"{name}.twbx")
    try:
        write_data_source(model, extract.path, data_source, name=name)
    except (PackageError, ModelLimitError) as error:
        raise ExtractError(str(error)) from error
    workbook(model, packed, name, extract.path, None)
    return TableauFiles(extract, data_source, packed)


def write_books(
    settings: Settings, model: SemanticModel = SEMANTIC_MODEL, workbook: WriteWorkbook | None = None
) -> TableauFiles:
    """Write the three files of what the warehouse has now, for Tableau Desktop; no site is asked.

    Raises:
        NoWarehouseError: nothing was loaded yet. FilesBusyError: another process writes them.
        Others: see `write_extract`.
    """
    name = settings.tableau_data_source
    with writing_files(settings):
        with (
            scratch_folder() as work,
            open_snapshot(settings.data.warehouse) as warehouse,
        ):
            extract = write_extract(settings, name, warehouse, model, work)
        return write_packages(extract, name, model, workbook or starter_workbook)


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
