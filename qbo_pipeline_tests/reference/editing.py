"""Exports in memory: small lists, edited as a person edits files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qbo_pipeline.reference.folder import EditedFile, Record, file_content, read_file
from qbo_pipeline.reference.lists import ACCOUNTS, CLASSES, FULL_NAME, NAME, PARENT, ReferenceList
from qbo_pipeline.reference.plan import Change, Plan
from qbo_pipeline.reference.planning import plan_list

Cells = dict[str, str]


def record(of: ReferenceList, key: str, name: str, parent: Record | None = None, **values: str) -> Record:
    """A record of a list; what is not said of an account makes it an expense."""
    above = "" if parent is None else f"{parent.values[FULL_NAME]}:"
    usual = {"active": "yes", **({"account_type": "Expense", "classification": "Expense"} if of is ACCOUNTS else {})}
    said = usual | {NAME: name, PARENT: "" if parent is None else parent.id, FULL_NAME: above + name} | values
    return Record(key, "0", {column.name: said.get(column.name, "") for column in of.columns})


def classes(*names: str) -> list[Record]:
    """Classes with ids from 1; `Parent:Child` is below the one named so."""
    made: dict[str, Record] = {}
    for number, name in enumerate(names, 1):
        parent, _, own = name.rpartition(":")
        made[name] = record(CLASSES, str(number), own, made.get(parent))
    return list(made.values())


class Sheet:
    """The file of a list in a spreadsheet: change cells by id, add and remove rows, then read it."""

    def __init__(self, of: ReferenceList, records: Sequence[Record], folder: Path) -> None:
        self.of = of
        self.exported = list(records)
        self._path = folder / of.file
        self.rows: list[Cells] = [
            {"id": one.id, "sync_token": one.sync_token, **one.values} for one in records
        ]  # fmt: skip

    def set(self, key: str, **cells: str) -> Sheet:
        next(row for row in self.rows if row["id"] == key).update(cells)
        return self

    def add(self, **cells: str) -> Sheet:
        self.rows.append({"id": "", "sync_token": "", **{column.name: "" for column in self.of.columns}, **cells})
        return self

    def remove(self, key: str) -> Sheet:
        self.rows = [row for row in self.rows if row["id"] != key]
        return self

    def saved(self) -> EditedFile:
        records = [
            Record(row["id"], row["sync_token"], {column.name: row[column.name] for column in self.of.columns})
            for row in self.rows
        ]
        self._path.write_bytes(file_content(self.of, records))
        return read_file(self.of, self._path)

    def plan(self, now: Sequence[Record] | None = None) -> Plan:
        """Against the warehouse as it was when the file was exported, or as it is said to be."""
        return plan_list(self.saved(), self.exported, self.exported if now is None else now)


def newer(one: Record, **values: str) -> Record:
    """The record after somebody changed it in QuickBooks."""
    return Record(one.id, str(int(one.sync_token) + 1), {**one.values, **values})


def said(change: Change) -> dict[str, tuple[str, str]]:
    return {one.field: (one.before, one.after) for one in change.differences}


def told(plan: Plan) -> str:
    """Everything that stands in the way of a plan."""
    return "\n".join(f"{one.line}: {one.name}: {one.what}. {one.to_do}" for one in plan.problems)
