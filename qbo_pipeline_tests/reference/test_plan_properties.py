"""Whatever lists hold and whatever is edited: nothing comes of nothing, and what was planned can be made."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.reference.folder import Record
from qbo_pipeline.reference.lists import CLASSES, FULL_NAME, NAME, PARENT
from qbo_pipeline.reference.plan import Change, Plan
from qbo_pipeline_tests.reference.editing import Sheet, record

NAMES = st.sampled_from(
    ["East", "WEST", "west", "0100", "=A1", "true", "May 5", "'s", " spaced ", "a\r\nb", "Ü", "1-2"]
)


@st.composite
def lists(draw: st.DrawFn) -> list[Record]:
    """Classes as QuickBooks could have them: a tree, active siblings with different names."""
    made: list[Record] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        parent = draw(st.sampled_from([None, *made]))
        name, active = draw(NAMES), draw(st.sampled_from(["yes", "yes", "no"]))
        new = record(CLASSES, str(number), name, parent, active=active)
        if active == "no" or _place(new) not in {_place(one) for one in made if one.values["active"] == "yes"}:
            made.append(new)
    return made


@st.composite
def edits(draw: st.DrawFn) -> tuple[list[Record], list[tuple[str, dict[str, str]]]]:
    """A list, and cells that are typed over: of a row, or of a new one."""
    exported = draw(lists())
    keys = st.sampled_from([*(one.id for one in exported), "new"])
    parents = st.sampled_from(["", "1", "2", "3", "99", "East", "East:0100"])
    cells = st.fixed_dictionaries(
        {}, optional={NAME: NAMES, PARENT: parents, "active": st.sampled_from(["yes", "no", "TRUE"])}
    )
    return exported, draw(st.lists(st.tuples(keys, cells), max_size=5))


@given(lists())
def test_no_edit_no_change(exported: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = Sheet(CLASSES, exported, Path(folder)).plan()

    assert plan == Plan()


@given(lists(), lists())
def test_without_an_edit_nothing_that_happened_in_quickbooks_matters(exported: list[Record], now: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert Sheet(CLASSES, exported, Path(folder)).plan(now) == Plan()


@given(edits())
def test_what_was_planned_can_be_made_step_by_step_and_then_nothing_is_left_to_do(
    edited: tuple[list[Record], list[tuple[str, dict[str, str]]]],
) -> None:
    exported, typed = edited
    with tempfile.TemporaryDirectory() as folder:
        sheet = Sheet(CLASSES, exported, Path(folder))
        for key, cells in typed:
            if key == "new":
                sheet.add(**cells)
            else:
                sheet.set(key, **cells)
        plan = sheet.plan()
        made = _made(exported, plan.changes)
        again = sheet.plan(made)

    assert again.changes == ()
    for change in plan.changes:
        now = next(one for one in made if one.id == (change.id or f"new-{change.line}"))
        asked = {one.field: one.after for one in change.differences if one.field != PARENT}
        assert {field: now.values[field] for field in asked} == asked


def _made(exported: Sequence[Record], changes: Sequence[Change]) -> list[Record]:
    """The list after the changes, each of which QuickBooks would have taken at its turn."""
    ids: dict[str, str] = {}
    records = {one.id: one for one in exported}
    for change in changes:
        key = change.id or f"new-{change.line}"
        ids[change.key] = key
        before = records.get(key, Record(key, "-1", dict(record(CLASSES, key, "").values)))
        asked = {one.field: one.after for one in change.differences}
        if change.parent is not None:
            asked[PARENT] = ids.get(change.parent, change.parent)
            assert asked[PARENT] in {"", *records}
        records[key] = Record(key, str(int(before.sync_token) + 1), {**before.values, **asked})
        _check(records)
        records = _named(records)
    return list(records.values())


def _check(records: Mapping[str, Record]) -> None:
    """What QuickBooks keeps to at every moment."""
    assert all(_depth(records, key) < len(records) + 1 for key in records)
    places = [_place(one) for one in records.values() if one.values["active"] == "yes"]
    assert len(places) == len(set(places))


def _depth(records: Mapping[str, Record], key: str) -> int:
    depth = 0
    while (key := records[key].values[PARENT]) and depth <= len(records):
        depth += 1
    return depth


def _named(records: Mapping[str, Record]) -> dict[str, Record]:
    def full(one: Record) -> str:
        above = one.values[PARENT]
        return f"{full(records[above])}:{one.values[NAME]}" if above else one.values[NAME]

    return {
        key: Record(key, one.sync_token, {**one.values, FULL_NAME: full(one)}) for key, one in records.items()
    }  # fmt: skip


def _place(one: Record) -> tuple[str, str]:
    return one.values[PARENT], one.values[NAME].strip().casefold()
