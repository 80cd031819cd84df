"""Compiling a model to the files of a project, and writing these.

What was written is remembered in the project, so that a file somebody has changed since, by saving the project in Power
BI Desktop, is not overwritten unasked. A write that is cut short is made good by the next one.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import Destination
from qbo_pipeline.model.limits import require
from qbo_pipeline.power_bi.project import grammar, references, report, semantic_model
from qbo_pipeline.power_bi.project.errors import ProjectEditedError
from qbo_pipeline.power_bi.project.names import file_name, tag
from qbo_pipeline.power_bi.project.pages import PAGES
from qbo_pipeline.power_bi.project.parquet import FOLDER
from qbo_pipeline.power_bi.project.power_query import folder_of

MANIFEST = ".written.json"
"""What was written, see `_Manifest`."""
_FABRIC = "https://developer.microsoft.com/json-schemas/fabric"


class _Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of a project."""

    files: dict[str, list[str]] = {}
    """Path → digests that the file may have and still be ours."""
    data_folder: str | msgspec.UnsetType | None = msgspec.UNSET
    """The folder with the Parquet files, where it was said. Earlier versions did not remember it."""


def compiled(model: SemanticModel, data_folder: str) -> dict[str, str]:
    """The files of a project by path, checked: names resolve, and TMDL is what Power BI reads.

    Args:
        model: what to compile.
        data_folder: the folder with the Parquet files, as the computer that opens the project knows it.

    Raises:
        ModelLimitError: the model breaks a limit of Power BI projects.
        FieldError: a visual shows a field that is not in the model.
        TmdlError: a file of the semantic model cannot be read.
    """
    require(model, Destination.TMDL)
    references.check(model, PAGES)
    name = file_name(model.name)
    files = {
        f"{name}.pbip": _json(
            {
                "$schema": f"{_FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
                "version": "1.0",
                "artifacts": [{"report": {"path": f"{name}.Report"}}],
                "settings": {"enableAutoRecovery": True},
            }
        ),
        f"{name}.SemanticModel/.platform": _platform("SemanticModel", name),
        f"{name}.SemanticModel/definition.pbism": _json(
            {
                "$schema": f"{_FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json",
                "version": "4.0",
                "settings": {},
            }
        ),
        f"{name}.Report/.platform": _platform("Report", name),
        f"{name}.Report/definition.pbir": _json(
            {
                "$schema": f"{_FABRIC}/item/report/definitionProperties/2.0.0/schema.json",
                "version": "4.0",
                "datasetReference": {"byPath": {"path": f"../{name}.SemanticModel"}},
            }
        ),
    }
    tmdl = semantic_model.definition(model, data_folder)
    for path, content in tmdl.items():
        grammar.check(path, content)
        files[f"{name}.SemanticModel/definition/{path}"] = content
    for path, content in report.definition(PAGES).items():
        files[f"{name}.Report/definition/{path}"] = content
    return files


def write_project(
    model: SemanticModel, folder: Path, *, data_folder: str | None = None, overwrite: bool = False
) -> tuple[str, ...]:
    """Write a project, each file in one step, and give the paths that changed.

    Args:
        model: what to compile.
        folder: of the project; made if it is not there. Files in it that are not of the project are left alone.
        data_folder: as `compiled` takes it; if not given, as it was when it was last, or else `<folder>/data`.
        overwrite: also files that were changed since they were written.

    Raises:
        ProjectEditedError: files were changed since they were written, and there is something to write; nothing was
            written.
        ModelLimitError, FieldError, TmdlError: as `compiled`.
    """
    remembered = _remembered(folder)
    data_folder = data_folder or _said_before(folder, remembered)
    files = compiled(model, data_folder or str(folder.resolve() / FOLDER))
    wanted = {path: _digest(content.encode()) for path, content in files.items()}
    present = {path: _digest_of(folder / path) for path in wanted}
    before = remembered.files
    present.update({path: _digest_of(folder / path) for path in before})
    edited = sorted(
        path
        for path, digest in present.items()
        if digest is not None and digest != wanted.get(path) and digest not in before.get(path, ())
    )
    if edited and not overwrite:
        as_written = all(wanted.get(path) in before.get(path, ()) for path in edited)
        if as_written and all(present[path] == wanted[path] for path in wanted if path not in edited):
            # There is nothing to write but what would undo somebody's changes.
            return ()
        raise ProjectEditedError(str(folder), edited)
    # Both what is there and what is to be there is ours until all is written: a write that is cut short goes on.
    between = {path: sorted({one for one in (present.get(path), wanted.get(path)) if one}) for path in present}
    _remember(folder, _Manifest(between, data_folder))
    changed = [path for path in wanted if wanted[path] != present[path]]
    for path in changed:
        _replace(folder / path, files[path].encode())
    gone = [path for path in before if path not in wanted and present[path] is not None]
    for path in gone:
        (folder / path).unlink(missing_ok=True)
        _remove_empty(folder, PurePosixPath(path).parent)
    _remember(folder, _Manifest({path: [digest] for path, digest in wanted.items()}, data_folder))
    return tuple(sorted((*changed, *gone)))


def _remembered(folder: Path) -> _Manifest:
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return _Manifest()
    return msgspec.json.decode(content, type=_Manifest)


def _said_before(folder: Path, remembered: _Manifest) -> str | None:
    """The folder with the Parquet files as it was last said.

    What an earlier version wrote is read from the project itself. Only a path of another system is certain to have been
    said; one of this system is where the project lay, perhaps before it was moved.
    """
    if remembered.data_folder is not msgspec.UNSET:
        return remembered.data_folder
    for path, digests in remembered.files.items():
        if path.endswith(f"/{semantic_model.EXPRESSIONS}") and _digest_of(folder / path) in digests:
            found = folder_of((folder / path).read_text(encoding="utf-8"))
            return None if found is None or Path(found).is_absolute() else found
    return None


def _remember(folder: Path, manifest: _Manifest) -> None:
    _replace(folder / MANIFEST, _json(msgspec.to_builtins(manifest)).encode())


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.making")
    with making.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(making, path)


def _remove_empty(folder: Path, below: PurePosixPath) -> None:
    """Remove the folders of a removed file that hold nothing any more."""
    while below != PurePosixPath("."):
        try:
            (folder / below).rmdir()
        except OSError:
            return
        below = below.parent


def _platform(type_: str, name: str) -> str:
    return _json(
        {
            "$schema": f"{_FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
            "metadata": {"type": type_, "displayName": name},
            "config": {"version": "2.0", "logicalId": tag("item", type_, name)},
        }
    )


def _digest_of(path: Path) -> str | None:
    try:
        return _digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(content: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
