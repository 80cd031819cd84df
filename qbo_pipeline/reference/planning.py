"""From edited files to the plan. Pure: what was exported and what the warehouse has now are handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from qbo_pipeline.reference.cells import Refusal
from qbo_pipeline.reference.edits import AsItIs, Outcome, creation, edit, full_name, row_name
from qbo_pipeline.reference.folder import EditedFile, Export, Record, Row
from qbo_pipeline.reference.lists import ACTIVE, FULL_NAME, LISTS, NAME, NO, PARENT
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
    find_parent = _Parents(file, exported, now).find
    twice = {one for one, times in Counter(row.id for row in file.rows).items() if one and times > 1}
    outcomes: list[Outcome] = [
        Problem(of.entity, line, "", told, "Mend the line, or save the file again from a spreadsheet.")
        for line, told in file.malformed
    ]
    for row in file.rows:
        name = row_name(row, current)
        if not row.id:
            outcomes.append(creation(of, row, before.keys(), current, find_parent))
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


class _Parents:
    """What the cells of `parent_id` say: an id, or a full name as exported, or one of a record that came since, or of a
    new row. Names that were given since do not count: the file was written against the export."""

    def __init__(self, file: EditedFile, exported: Sequence[Record], now: Sequence[Record]) -> None:
        self._current = {one.id: one for one in now}
        self._exported = {one.id: one for one in exported}
        known = [one for one in exported if one.id in self._current]
        known += [one for one in now if one.id not in self._exported]
        active = {_full(one) for one in known if _is_active(one)}
        self._named: dict[str, set[str]] = {}
        for one in known:
            # Names of inactive records are taken again by others.
            if _is_active(one) or _full(one) not in active:
                self._named.setdefault(_full(one), set()).add(one.id)
        self._new: dict[str, Row] = {}
        for row in file.rows:
            if not row.id:
                for records in (self._current, self._exported):
                    self._new.setdefault(row_name(row, records).casefold(), row)

    def find(self, text: str) -> str | Refusal:
        """The key of the record that a cell names; empty for none."""
        if not text or text in self._current:
            return text
        keys = set(self._named.get(text.casefold(), ()))
        if text.casefold() in self._new:
            keys.add(self._key(self._new[text.casefold()]))
        if len(keys) == 1:
            return keys.pop()
        if keys:
            told = " and ".join(key if key.startswith("line") else f"id {key}" for key in sorted(keys))
            return Refusal(
                f"parent_id {text!r} is the full name of {told}", "Write an id; a new row has one once applied."
            )
        told = "is neither an id nor a full name of the list"
        return Refusal(f"parent_id {text!r} {told}", "Write the id of what it is to be below, or the full name.")

    def _key(self, row: Row) -> str:
        """Of a new row: the id where it was created before, else that of the row."""
        above = self.find(row.values.get(PARENT, "").strip())
        if isinstance(above, Refusal) or (above and above not in self._current):
            return row_key(row.line)
        name = full_name(row.values.get(NAME, "").strip(), above, self._current)
        made = self._named.get(name.casefold(), set()) - self._exported.keys()
        return next(iter(made)) if len(made) == 1 else row_key(row.line)


def _full(record: Record) -> str:
    return record.values[FULL_NAME].casefold()


def _is_active(record: Record) -> bool:
    return record.values[ACTIVE] != NO


def _notes(file: EditedFile, before: Mapping[str, Record], already: Sequence[str]) -> list[str]:
    left = {row.id for row in file.rows}
    removed = [one.values[FULL_NAME] for key, one in before.items() if key not in left]
    notes = []
    if removed:
        notes.append(
            f"{file.of.file}: {_listed(removed)} removed from the file. That changes nothing in QuickBooks, which "
            "deletes nothing from this list; to make a record inactive, keep its row and set active to no."
        )
    if already:
        notes.append(f"{file.of.file}: {_listed(already)} in QuickBooks as the file asks already.")
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMED_AT_MOST])
    more = len(names) - _NAMED_AT_MOST
    rows = "1 row" if len(names) == 1 else f"{len(names)} rows"
    return f"{rows} ({shown}{f' and {more} more' if more > 0 else ''})"
