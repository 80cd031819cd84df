"""From edited files to the plan. Pure: what was exported and what the warehouse has now are handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from qbo_pipeline.reference.cells import Refusal
from qbo_pipeline.reference.edits import AsItIs, FindParent, Outcome, creation, edit, full_name
from qbo_pipeline.reference.folder import EditedFile, Export, Record
from qbo_pipeline.reference.lists import ACTIVE, FULL_NAME, LISTS, NO
from qbo_pipeline.reference.ordering import in_order
from qbo_pipeline.reference.plan import Change, Conflict, Plan, Problem, row_key

_NAMED_AT_MOST = 5

Now = Mapping[str, Sequence[Record]]
"""Entity → its records in the warehouse, inactive ones included."""


def plan(export: Export, files: Sequence[EditedFile], now: Now) -> Plan:
    """What the files would change."""
    found = Plan()
    by_entity = {one.of.entity: one for one in files}
    for of in LISTS:
        exported = export.records.get(of.entity, ())
        if of.entity in by_entity:
            found += plan_list(by_entity[of.entity], exported, now.get(of.entity, ()))
        elif exported:
            found += Plan(notes=(f"{of.file} is not in the folder any more: nothing happens to its records.",))
    return found


def plan_list(file: EditedFile, exported: Sequence[Record], now: Sequence[Record]) -> Plan:
    """What one file would change."""
    of, current = file.of, {one.id: one for one in now}
    before = {one.id: one for one in exported}
    find_parent = _finder(file, exported, now)
    twice = {one for one, times in Counter(row.id for row in file.rows).items() if one and times > 1}
    outcomes: list[Outcome] = [
        Problem(of.entity, line, "", told, "Mend the line, or save the file again from a spreadsheet.")
        for line, told in file.malformed
    ]
    for row in file.rows:
        name = full_name(row, current)
        if not row.id:
            outcomes.append(creation(of, row, current, find_parent))
        elif row.id in twice:
            told = f"id {row.id} is in several rows"
            outcomes.append(Problem(of.entity, row.line, name, told, "Leave one row of an id; a new row has none."))
        elif row.id not in before:
            told = f"id {row.id} was not exported"
            to_do = "Leave id empty to create a record; export again to edit one that came later."
            outcomes.append(Problem(of.entity, row.line, name, told, to_do))
        else:
            outcomes.append(edit(of, row, before[row.id], current.get(row.id), find_parent))
    changes, stuck = in_order(current, [one for one in outcomes if isinstance(one, Change)])
    problems = [one for one in outcomes if isinstance(one, Problem)] + stuck
    conflicts = tuple(one for one in outcomes if isinstance(one, Conflict))
    already = [one.name for one in outcomes if isinstance(one, AsItIs)]
    problems.sort(key=lambda one: one.line)
    return Plan(tuple(changes), tuple(problems), conflicts, tuple(_notes(file, before, already)))


def _finder(file: EditedFile, exported: Sequence[Record], now: Sequence[Record]) -> FindParent:
    """How rows say what they are below: by its id, or its full name as exported, as it is now, or of a new row."""
    current = {one.id: one for one in now}
    active = {_full(one) for one in now if one.values[ACTIVE] != NO}
    named: dict[str, set[str]] = {}
    for one in (*exported, *now):
        # Names of inactive records are taken again by others.
        if one.id in current and (one.values[ACTIVE] != NO or _full(one) not in active):
            named.setdefault(_full(one), set()).add(one.id)
    for row in file.rows:
        if not row.id:
            named.setdefault(full_name(row, current).casefold(), {row_key(row.line)})

    def find(text: str) -> str | Refusal:
        if not text or text in current:
            return text
        keys = sorted(named.get(text.casefold(), ()))
        if len(keys) == 1:
            return keys[0]
        told = f"is the full name of ids {', '.join(keys)}" if keys else "is neither an id nor a full name of the list"
        return Refusal(f"parent_id {text!r} {told}", "Write the id of what it is to be below, or the full name.")

    return find


def _full(record: Record) -> str:
    return record.values[FULL_NAME].casefold()


def _notes(file: EditedFile, before: Mapping[str, Record], already: Sequence[str]) -> list[str]:
    left = {row.id for row in file.rows}
    removed = [one.values[FULL_NAME] for key, one in before.items() if key not in left]
    notes = []
    if removed:
        notes.append(
            f"{file.of.file}: {_listed(removed)} removed from the file: nothing happens to them. QuickBooks deletes "
            "nothing from this list; to make a record inactive, keep its row and set active to no."
        )
    if already:
        notes.append(f"{file.of.file}: {_listed(already)} in QuickBooks as the file asks already.")
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMED_AT_MOST])
    more = len(names) - _NAMED_AT_MOST
    return f"{len(names)} rows ({shown}{f' and {more} more' if more > 0 else ''})"
