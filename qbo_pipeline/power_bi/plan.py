"""What has to be done to a deployed dataset so that it has the schema of the model, and what that costs.

| change | what is done | breaking |
|---|---|---|
| format, description, hidden, summarized by; a measure that is new or other | PUT the table | no |
| a new column; Int64 that becomes Double | PUT, then replace the table | no |
| a column renamed, dropped or of another type; a measure dropped | PUT, then replace the table | yes: visuals break |
| a table added or dropped, a relationship changed | another dataset takes its place, see below | yes: its id changes |

Another dataset is filled beside the one there is, reports are bound to it, and the old one is deleted.

Power BI edits tables and nothing else: no table is added or dropped, no relationship changed. A left-out column may be
dropped, so that PUT always has all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from qbo_pipeline.power_bi.limits import LIMITS, PushLimits, duration
from qbo_pipeline.power_bi.payloads import MOST_ROWS
from qbo_pipeline.power_bi.push_schema import PushColumn, PushSchema, PushTable

SECONDS_OF_A_POST = 1.5
"""What a POST of 10,000 rows is taken to last, in estimates."""


class Action(StrEnum):
    """What is done to the dataset."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    RECREATE = "recreate"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A difference between the dataset and the model."""

    table: str | None
    told: str
    breaking: bool = False
    replaces: bool = False
    """Whether all rows of the table have to be sent again."""
    recreates: bool = False
    """Whether another dataset has to be made."""


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """What `apply` does, and what it costs."""

    action: Action
    changes: tuple[SchemaChange, ...]
    put: tuple[str, ...]
    """Tables that get their schema again."""
    replace: tuple[str, ...]
    """Tables whose rows are sent again, all of them."""
    rows: int
    posts: int
    seconds: float
    """An estimate, the limits of Power BI included."""

    @property
    def breaking(self) -> tuple[SchemaChange, ...]:
        """Changes that need to be allowed."""
        return tuple(change for change in self.changes if change.breaking)


def planned(
    deployed: PushSchema | None, wanted: PushSchema, rows: Mapping[str, int], limits: PushLimits = LIMITS
) -> SchemaPlan:
    """Compare the deployed schema, None where there is no dataset, with the wanted one.

    `rows` are those of each table in the warehouse; tables that are not named have none.
    """
    if deployed is None:
        created = (SchemaChange(None, f"the dataset {wanted.name} is created"),)
        return _costed(Action.CREATE, created, (), tuple(wanted.by_name), rows, limits)
    changes = tuple(_changes(deployed, wanted))
    if not changes:
        return SchemaPlan(Action.NOTHING, (), (), (), 0, 0, 0.0)
    if any(change.recreates for change in changes):
        return _costed(Action.RECREATE, changes, (), tuple(wanted.by_name), rows, limits)
    put = tuple(dict.fromkeys(change.table for change in changes if change.table is not None))
    replaced = {change.table for change in changes if change.replaces}
    return _costed(Action.UPDATE, changes, put, tuple(table for table in put if table in replaced), rows, limits)


def _costed(
    action: Action, changes: tuple[SchemaChange, ...], put: tuple[str, ...], replace: tuple[str, ...],
    rows: Mapping[str, int], limits: PushLimits,
) -> SchemaPlan:  # fmt: skip
    counts = [rows.get(table, 0) for table in replace]
    posts = sum(ceil(count / MOST_ROWS) for count in counts)
    large = max(counts, default=0) >= limits.large_table_rows
    held_up = duration(posts, sum(counts), large=large, limits=limits)
    seconds = max(held_up, posts * SECONDS_OF_A_POST)
    return SchemaPlan(action, changes, put, replace, sum(counts), posts, seconds)


def _changes(deployed: PushSchema, wanted: PushSchema) -> list[SchemaChange]:
    new, dropped = wanted.by_name.keys() - deployed.by_name.keys(), deployed.by_name.keys() - wanted.by_name.keys()
    found = [
        SchemaChange(name, f"table {name} is {'new' if name in new else 'dropped'}", breaking=True, recreates=True)
        for name in {*new, *dropped}
    ]
    before = {one.name: one for one in deployed.relationships}
    after = {one.name: one for one in wanted.relationships}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            word = "new" if name not in before else "dropped" if name not in after else "changed"
            found.append(SchemaChange(None, f"relationship {name} is {word}", breaking=True, recreates=True))
    for table in wanted.tables:
        if table.name in deployed.by_name:
            found.extend(_table_changes(deployed.by_name[table.name], table))
    return sorted(found, key=lambda one: (not one.recreates, not one.breaking, one.table or "", one.told))


def _table_changes(before: PushTable, after: PushTable) -> list[SchemaChange]:
    name = after.name
    found = []
    for column in after.columns:
        old = before.by_name.get(column.name)
        if old is None:
            found.append(SchemaChange(name, f"column {name}[{column.name}] is new", replaces=True))
        elif old.data_type.lower() != column.data_type.lower():
            found.append(_retyped(name, old, column))
        elif old != column:
            found.append(SchemaChange(name, f"column {name}[{column.name}] is shown otherwise"))
    for column in before.columns:
        if column.name not in after.by_name:
            told = f"column {name}[{column.name}] is dropped or renamed"
            found.append(SchemaChange(name, told, breaking=True, replaces=True))
    old_measures = {one.name: one for one in before.measures}
    new_measures = {one.name: one for one in after.measures}
    for measure in sorted(old_measures.keys() | new_measures.keys()):
        if measure not in new_measures:
            found.append(SchemaChange(name, f"measure [{measure}] is dropped or renamed", breaking=True))
        elif old_measures.get(measure) != new_measures[measure]:
            word = "changed" if measure in old_measures else "new"
            found.append(SchemaChange(name, f"measure [{measure}] is {word}"))
    if (before.is_hidden, before.description) != (after.is_hidden, after.description):
        found.append(SchemaChange(name, f"table {name} is shown otherwise"))
    return found


def _retyped(table: str, before: PushColumn, after: PushColumn) -> SchemaChange:
    widened = (before.data_type.lower(), after.data_type.lower()) == ("int64", "double")
    told = f"column {table}[{after.name}] becomes {after.data_type} instead of {before.data_type}"
    return SchemaChange(table, told, breaking=not widened, replaces=True)
