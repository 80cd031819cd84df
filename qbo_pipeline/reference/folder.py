"""The folder of an export: a CSV file a list, and `export.json`, which keeps what was exported to compare it with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from qbo_pipeline.reference import csv_form
from qbo_pipeline.reference.lists import ID, LISTS, SYNC_TOKEN, ReferenceList

MANIFEST = "export.json"

Values = Mapping[str, str]
"""Column name → text, for every column of the list; empty where there is no value."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the warehouse has it, or had it when it was exported."""

    id: str
    sync_token: str
    values: Values


@dataclass(frozen=True, slots=True)
class Export:
    """What was exported."""

    realm_id: str
    company: str
    environment: str
    at: datetime
    """UTC."""
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    """Entity → its records, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an edited file."""

    line: int
    """Number of the line it begins on, as an editor counts."""
    id: str
    """Empty in a new row."""
    sync_token: str
    values: Values
    """Of the columns that the file has, as they were typed."""


@dataclass(frozen=True, slots=True)
class EditedFile:
    """An edited file, read."""

    of: ReferenceList
    rows: Sequence[Row] = ()
    malformed: Sequence[tuple[int, str]] = ()
    """Lines that are no rows, and why not."""


class FolderError(Exception):
    """The folder does not hold an export that can be read; says what to do."""


def write(folder: Path, export: Export, *, replace: bool = False) -> list[Path]:
    """Write an export; returns the files to edit.

    Raises:
        FolderError: the folder holds edits of an earlier export, and `replace` does not give them up.
    """
    if not replace:
        _keep_edits(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Files are never compared with another export than theirs: its manifest goes first, and comes before them.
    (folder / MANIFEST).unlink(missing_ok=True)
    _replace(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(export), indent=1) + b"\n")
    for one in LISTS:
        _replace(folder / one.file, file_content(one, export.records.get(one.entity, ())))
    return [folder / one.file for one in LISTS]


def file_content(of: ReferenceList, records: Sequence[Record]) -> bytes:
    """The file of a list."""
    header = [ID, SYNC_TOKEN, *(column.header for column in of.columns)]
    rows = ([one.id, one.sync_token, *(one.values[column.name] for column in of.columns)] for one in records)
    return csv_form.written(header, rows)


def read_export(folder: Path) -> Export:
    """What was exported to this folder.

    Raises:
        FolderError: nothing was, or its manifest is damaged.
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Export)
    except FileNotFoundError:
        raise FolderError(
            f"{folder} holds no export: there is no {MANIFEST}. "
            f"Make one with: qbo-pipeline reference export --company … --to {folder}"
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FolderError(f"{folder / MANIFEST} is damaged ({error}). Export again, to another folder.") from None


def read_files(folder: Path) -> list[EditedFile]:
    """The files of the folder as they are now; a file that was removed has no rows.

    Raises:
        FolderError: a file cannot be read as the table it was.
    """
    return [read_file(one, folder / one.file) for one in LISTS if (folder / one.file).exists()]


def read_file(of: ReferenceList, path: Path) -> EditedFile:
    """An edited file.

    Raises:
        FolderError: it is no CSV, or its columns are not those of the list.
    """
    known = frozenset({ID, SYNC_TOKEN, *(column.name for column in of.columns)})
    try:
        names, lines = csv_form.read(path.read_bytes(), known)
    except csv_form.CsvError as error:
        raise FolderError(f"{path}: {error}") from None
    _check_columns(path, of, names)
    rows, malformed = [], []
    for line, cells in lines:
        if len(cells) == len(names):
            rows.append(_row(of, line, dict(zip(names, cells, strict=True))))
        else:
            told = f"it has {len(cells)} cells instead of {len(names)}: a separator or a quote too many or too few"
            malformed.append((line, told))
    return EditedFile(of, rows, malformed)


def _check_columns(path: Path, of: ReferenceList, names: Sequence[str]) -> None:
    known = {ID, SYNC_TOKEN, *(column.name for column in of.columns)}
    wrong = sorted(set(names) - known)
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = sorted({ID, SYNC_TOKEN} - set(names))
    for told, listed in (("does not have", wrong), ("has one only once:", twice), ("needs", missing)):
        if listed:
            raise FolderError(
                f"{path}: the file {told} the column {', '.join(repr(name) for name in listed)}. "
                f"Its columns are: {', '.join([ID, SYNC_TOKEN, *(column.name for column in of.columns)])}."
            )


def _row(of: ReferenceList, line: int, cells: dict[str, str]) -> Row:
    values = {column.name: cells[column.name] for column in of.columns if column.name in cells}
    return Row(line, cells[ID].strip(), cells[SYNC_TOKEN].strip(), values)


def _keep_edits(folder: Path) -> None:
    present = [one.file for one in LISTS if (folder / one.file).exists()]
    if not present:
        return
    try:
        before = read_export(folder).records
    except FolderError:
        before = {}
    for one in LISTS:
        path = folder / one.file
        if path.exists() and path.read_bytes() != file_content(one, before.get(one.entity, ())):
            raise FolderError(
                f"{path} was edited since it was exported. Export to another folder, or give the edits up: --replace"
            )


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
