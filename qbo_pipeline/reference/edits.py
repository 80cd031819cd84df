"""What a row of an edited file asks for, against what was exported and what the warehouse has now.

Three versions of a record meet here: as it was exported, as the file has it, and as the warehouse has it now. What the
file says as it was exported was not edited, whatever happened to the record since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from qbo_pipeline.reference.cells import Refusal, refusal, same, wanted
from qbo_pipeline.reference.folder import Record, Row
from qbo_pipeline.reference.lists import ACTIVE, FULL_NAME, NAME, NO, PARENT, ReferenceList, Use
from qbo_pipeline.reference.plan import Change, Conflict, ConflictingField, Difference, Problem

FindParent = Callable[[str], "str | Refusal"]
"""What a cell of `parent_id` says (an id or a full name) → the key of the record, or why it is none."""


@dataclass(frozen=True, slots=True)
class AsItIs:
    """A row whose edits are in QuickBooks already."""

    name: str


Outcome = Change | Conflict | Problem | AsItIs | None
"""None: the row was not edited."""


def edit(of: ReferenceList, row: Row, exported: Record, now: Record | None, find_parent: FindParent) -> Outcome:
    """What a row with an id asks for."""
    name = exported.values[FULL_NAME]
    refused = _not_editable(of, row, exported)
    if refused is not None:
        return _problem(of, row, name, refused)
    edited = {
        column.name: text
        for column in of.columns
        if column.use is Use.EDITABLE and column.name in row.values
        for text in [wanted(column, row.values[column.name])]
        if text != wanted(column, exported.values[column.name])
    }
    if not edited:
        return None
    refused = _refused(of, edited)
    if refused is not None:
        return _problem(of, row, name, refused)
    if now is None:
        gone = Refusal("it is no more in QuickBooks: it was merged into another one", "Remove the row.")
        return _problem(of, row, name, gone)
    parent = None
    if PARENT in edited:
        found = find_parent(edited[PARENT])
        if isinstance(found, Refusal):
            return _problem(of, row, name, found)
        parent, edited[PARENT] = found, _shown(found, edited[PARENT])
    left = {field: text for field, text in edited.items() if not same(now.values[field], text)}
    if not left:
        return AsItIs(name)
    if now.sync_token != exported.sync_token:
        fields = (
            ConflictingField(field, exported.values[field], now.values[field], text) for field, text in left.items()
        )
        return Conflict(of.entity, row.line, row.id, name, tuple(fields))
    differences = tuple(Difference(field, now.values[field], text) for field, text in left.items())
    return Change(
        of.entity, row.line, row.id, exported.sync_token, name, differences, parent if PARENT in left else None
    )


def creation(
    of: ReferenceList, row: Row, exported: Collection[str], now: Mapping[str, Record], find_parent: FindParent
) -> Outcome:
    """What a row without an id asks for; what it says in columns that are read-only is of no interest.

    A record that came since the export (of the ids `exported`) and is as the row asks was created from it before.
    """
    cells = {
        column.name: wanted(column, row.values.get(column.name, ""))
        for column in of.columns
        if column.use is not Use.READ_ONLY
    }
    given = {field: text for field, text in cells.items() if text}
    name = row_name(row, now)
    refused = _refused(of, {field: cells[field] for field in cells if field in given or field in of.required})
    if refused is None and given.pop(ACTIVE, None) == NO:
        refused = Refusal("a new record is active", "Leave active empty; make it inactive once it is there.")
    if refused is not None:
        return _problem(of, row, name, refused)
    parent = find_parent(given[PARENT]) if PARENT in given else None
    if isinstance(parent, Refusal):
        return _problem(of, row, name, parent)
    if parent is not None:
        given[PARENT] = _shown(parent, given[PARENT])
        name = full_name(given[NAME], given[PARENT], now)
    since = (one for one in now.values() if one.id not in exported and _is_active(one))
    twin = next((one for one in since if one.values[FULL_NAME].casefold() == name.casefold()), None)
    if twin is not None and all(same(twin.values[field], text) for field, text in given.items()):
        return AsItIs(name)
    return Change(
        of.entity, row.line, "", "", name, tuple(Difference(field, "", text) for field, text in given.items()), parent
    )


def row_name(row: Row, records: Mapping[str, Record]) -> str:
    """The full name that a row asks for."""
    return full_name(row.values.get(NAME, "").strip(), row.values.get(PARENT, "").strip(), records)


def full_name(name: str, parent: str, records: Mapping[str, Record]) -> str:
    """The full name of what is called `name` below a parent, which is an id or a full name."""
    above = records[parent].values[FULL_NAME] if parent in records else parent
    return f"{above}:{name}" if above else name


def _not_editable(of: ReferenceList, row: Row, exported: Record) -> Refusal | None:
    if row.sync_token != exported.sync_token:
        return Refusal(
            f"its sync_token is {row.sync_token or 'empty'}, and was exported as {exported.sync_token}",
            "Leave id and sync_token as they were exported; they say which version was edited.",
        )
    for column in of.columns:
        fixed = column.use is not Use.EDITABLE and column.name in row.values
        if fixed and not same(row.values[column.name], exported.values[column.name]):
            before, after = exported.values[column.name], row.values[column.name]
            advice = _INSTEAD[column.use]
            return Refusal(f"{column.name} cannot be changed from {before!r} to {after!r}", advice)
    return None


_INSTEAD = {
    Use.READ_ONLY: "QuickBooks derives it. Put it back; a record is renamed by its name and moved by its parent_id.",
    Use.NEW_ROWS: "It is set once, when a record is created. Put it back; to change it, create another and merge them.",
}


def _refused(of: ReferenceList, cells: Mapping[str, str]) -> Refusal | None:
    refusals = (refusal(of, of.column(field), text) for field, text in cells.items())
    return next((one for one in refusals if one is not None), None)


def _problem(of: ReferenceList, row: Row, name: str, refused: Refusal) -> Problem:
    return Problem(of.entity, row.line, name, refused.what, refused.to_do)


def _is_active(record: Record) -> bool:
    return record.values[ACTIVE] != NO


def _shown(parent: str, asked: str) -> str:
    """An id however it was asked for; of a new row, which has none, the full name that asks for it."""
    return parent if parent.isdigit() else asked
