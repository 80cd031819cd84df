"""Writing the data source and the workbook: the same bytes for the same model and extract, each in one step."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import Destination
from qbo_pipeline.model.limits import require
from qbo_pipeline.tableau.package import archive
from qbo_pipeline.tableau.package.connections import PublishedSource
from qbo_pipeline.tableau.package.data_source import data_source_element, document_element, published_element
from qbo_pipeline.tableau.package.errors import PackageError
from qbo_pipeline.tableau.package.names import file_name
from qbo_pipeline.tableau.package.validation import problems
from qbo_pipeline.tableau.package.workbook import workbook_element
from qbo_pipeline.tableau.package.xml import document

_EXTRACTS = "Data/Extracts"


def write_data_source(model: SemanticModel, hyper: Path, target: Path, *, name: str) -> None:
    """Write a packaged data source (`.tdsx`).

    Args:
        model: what is in it.
        hyper: the extract: schema `Extract`, tables and columns named as in the model.
        target: the file, replaced in one step.
        name: of the data source, as people see it.

    Raises:
        ModelLimitError: the model breaks a limit of Tableau.
        PackageError: the data source would not be whole.
    """
    content = data_source(model, name=name)
    archive.write(target, {f"{file_name(name)}.tds": content}, {_extract(name): hyper})


def write_workbook(
    model: SemanticModel, target: Path, *, name: str, hyper: Path | None, server: PublishedSource | None
) -> None:
    """Write the starter workbook (`.twbx`).

    Args:
        model: what its data source is of.
        target: the file, replaced in one step.
        name: of the data source, as people see it.
        hyper: the extract, which is packed into the workbook; or
        server: the published data source that the workbook is connected to.

    Raises:
        ModelLimitError: the model breaks a limit of Tableau.
        PackageError: the workbook would not be whole.
    """
    content = workbook(model, name=name, server=server)
    files = {} if hyper is None or server is not None else {_extract(name): hyper}
    archive.write(target, {f"{file_name(name)}.twb": content}, files)


@cache
def data_source(model: SemanticModel, *, name: str) -> bytes:
    """The `.tds` document of a data source, made once a process; raises as `write_data_source`."""
    require(model, Destination.TABLEAU)
    return _whole(f"Data source {name}", document_element(model, name, _extract(name)))


@cache
def workbook(model: SemanticModel, *, name: str, server: PublishedSource | None = None) -> bytes:
    """The `.twb` document of the starter workbook, made once a process; raises as `write_workbook`."""
    require(model, Destination.TABLEAU)
    source = data_source_element(model, name, _extract(name)) if server is None else published_element(model, server)
    return _whole(f"Workbook {name}", workbook_element(model, source))


def definition_digest(model: SemanticModel, *, name: str) -> str:
    """A digest of the data source's definition: it changes when the `.tds` does, whatever the rows are."""
    return hashlib.sha256(data_source(model, name=name)).hexdigest()


def _extract(name: str) -> str:
    return f"{_EXTRACTS}/{file_name(name)}.hyper"


def _whole(what: str, root: Element) -> bytes:
    content = document(root)
    if found := problems(content):
        raise PackageError(what, found)
    return content
