"""Which events of the files of a claim are new: those that no file before brought, and no other delivery owns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from qbo_pipeline.webhooks.reading import ReadFile
from qbo_pipeline.webhooks.work import keys

Keys = tuple[tuple[bytes, ...], ...]
"""What each event of a file is known by, in the order of its body."""


def known_by(file: ReadFile, read_at: datetime) -> Keys:
    """The keys of a file's events; `read_at` (UTC) is before any record is read for them."""
    return tuple(
        keys(event, read_at, f"{file.name}\x1f{file.written_at}\x1f{position}")
        for position, event in enumerate(file.contents.events, 1)
    )


def asked(files: Sequence[tuple[str, Keys]]) -> dict[bytes, str]:
    """Each key of the files → the name of the first that has it."""
    return {key: name for name, of_file in reversed(files) for of_event in of_file for key in of_event}


def duplicates(
    files: Sequence[tuple[str, Keys]], owners: Mapping[bytes, tuple[str, bool]]
) -> tuple[frozenset[int], ...]:
    """For each file the positions, counted from 1, of the events that are not to be applied through it.

    Args:
        files: names and keys, in the order of their arrival.
        owners: key → the delivery that owns it, and whether its event was applied.
    """
    seen: set[bytes] = set()
    found = []
    for name, of_file in files:
        positions = set()
        for position, of_event in enumerate(of_file, 1):
            # Two deliveries may own a key each of one event: the first of them applies it.
            first = min(owners[key][0] for key in of_event)
            if first != name or any(owners[key][1] or key in seen for key in of_event):
                positions.add(position)
            seen.update(of_event)
        found.append(frozenset(positions))
    return tuple(found)
