"""The order in which changes can be made one after the other, and those that cannot be made at all.

A parent has to be there before its child, a name has to be given up before another record takes it, and nothing may
come to be below itself, not even in between. So the changes are tried on a picture of the list: whatever can be made
is, and what cannot is tried again after the others, until nothing moves any more.

What lies deepest is tried first: a record with another name gives everything below it another full name. Should that
count as a version of theirs, which nobody documents, they were changed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qbo_pipeline.reference.cells import Refusal
from qbo_pipeline.reference.folder import Record
from qbo_pipeline.reference.lists import ACTIVE, NAME, NO, PARENT, TYPE
from qbo_pipeline.reference.plan import Change, Problem


@dataclass(frozen=True, slots=True)
class _Entry:
    """What of a record concerns others."""

    name: str
    parent: str
    active: bool
    type: str

    @property
    def place(self) -> tuple[str, str]:
        """What two active records of a list cannot share; QuickBooks disregards the case of names."""
        return self.parent, self.name.strip().casefold()


def in_order(now: Mapping[str, Record], changes: Sequence[Change]) -> tuple[list[Change], list[Problem]]:
    """The changes in an order in which each can be made, and what stands in the way of the others."""
    picture = _Picture(now)
    ordered: list[Change] = []
    waiting = sorted(changes, key=lambda one: -picture.depth(one.key))
    while waiting:
        stuck: list[Change] = []
        for one in waiting:
            (ordered if picture.make(one) else stuck).append(one)
        if len(stuck) == len(waiting):
            break
        waiting = stuck
    refusals = [(one, picture.refusal(one)) for one in waiting]
    return ordered, [
        Problem(one.entity, one.line, one.name, refused.what, refused.to_do)
        for one, refused in refusals
        if refused is not None
    ]


class _Picture:
    """A list as it is after the changes made so far."""

    def __init__(self, now: Mapping[str, Record]) -> None:
        self._entries = {key: _entry(record.values) for key, record in now.items()}
        self._holders: dict[tuple[str, str], set[str]] = {}
        for key, entry in self._entries.items():
            self._hold(key, entry)

    def depth(self, key: str) -> int:
        """How many records are above one; of a new one, which nothing is below, less than of any other."""
        return len(list(self._upwards(key))) - 1

    def make(self, change: Change) -> bool:
        """Make a change; False, and nothing made, where it cannot be made now."""
        if self.refusal(change) is not None:
            return False
        before = self._entries.get(change.key)
        if before is not None and before.active:
            self._holders[before.place].discard(change.key)
        self._entries[change.key] = self._after(change)
        self._hold(change.key, self._entries[change.key])
        return True

    def refusal(self, change: Change) -> Refusal | None:
        """Why a change cannot be made now."""
        fields = {one.field for one in change.differences}
        after = self._after(change)
        if change.parent and (refused := self._no_parent(change, after)) is not None:
            return refused
        takes_place = not change.id or fields & {NAME, PARENT, ACTIVE}
        if takes_place and after.active:
            holders = self._holders.get(after.place, set()) - {change.key}
            if holders:
                return Refusal(
                    f"the name is taken by {self._told(min(holders))}",
                    "Choose another name. To swap two names, give one of them a third name first and apply that.",
                )
        return None

    def _no_parent(self, change: Change, after: _Entry) -> Refusal | None:
        above = self._entries.get(after.parent)
        if above is None:
            return Refusal(f"its parent, in {after.parent}, cannot be created", "Mend that row first.")
        if change.key in self._upwards(after.parent):
            return Refusal("it would be below itself", "Choose another parent_id.")
        if not above.active:
            return Refusal(f"its parent {above.name!r} is inactive", "Make the parent active, or choose another one.")
        if above.type != after.type:
            return Refusal(
                f"it is of type {after.type!r}, its parent {above.name!r} of type {above.type!r}",
                "An account can only be below one of its own type.",
            )
        return None

    def _after(self, change: Change) -> _Entry:
        before = self._entries.get(change.key, _Entry("", "", True, ""))
        to_be = {one.field: one.after for one in change.differences}
        return _Entry(
            to_be.get(NAME, before.name),
            before.parent if change.parent is None else change.parent,
            to_be.get(ACTIVE) != NO if ACTIVE in to_be else before.active,
            to_be.get(TYPE, before.type),
        )

    def _upwards(self, key: str) -> Iterator[str]:
        seen: set[str] = set()
        while key in self._entries and key not in seen:
            yield key
            seen.add(key)
            key = self._entries[key].parent

    def _hold(self, key: str, entry: _Entry) -> None:
        if entry.active:
            self._holders.setdefault(entry.place, set()).add(key)

    def _told(self, key: str) -> str:
        return f"id {key}" if key.isdigit() else f"the new row in {key}"


def _entry(values: Mapping[str, str]) -> _Entry:
    return _Entry(values[NAME], values[PARENT], values[ACTIVE] != NO, values.get(TYPE, ""))
