"""Where a destination stands: what it shows of the warehouse, whether its totals were compared, what failed last."""

from __future__ import annotations

import time
from collections.abc import Callable

from qbo_pipeline.publishing.snapshot import warehouse_state
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.publications import PublicationRecord, Publications
from qbo_pipeline.state.store import StateStore

COMPARED_AT_LEAST_EVERY = 300.0
"""Seconds after which totals are compared though changes keep coming."""


def unpublished(settings: Settings, destination: str) -> str | None:
    """The state of the warehouse that a destination does not show yet; None where it shows the latest, or none is."""
    return _other_than(settings, destination, compared=False)


def uncompared(settings: Settings, destination: str) -> str | None:
    """The state of the warehouse whose totals were not compared with the destination's yet; None where they were."""
    return _other_than(settings, destination, compared=True)


def last_publication(
    settings: Settings, destination: str, *, succeeded: bool | None = None, compared: bool = False
) -> PublicationRecord | None:
    """The latest publication; of those that succeeded or failed, of those that compared totals, if that is asked."""
    with StateStore(settings.state_url) as store:
        # Another data folder that shares the state store may publish to another place.
        records = Publications(store, destination, place=settings.place_of(destination))
        return records.last(succeeded=succeeded, compared=compared)


def last_failure(settings: Settings, destination: str) -> PublicationRecord | None:
    """The latest publication, if it failed."""
    found = last_publication(settings, destination)
    return None if found is None or found.succeeded else found


def unless_newer(settings: Settings, destination: str) -> Callable[[], bool]:
    """Says whether totals may be compared: no longer once something newer waits, unless they were not for long."""
    begun = warehouse_state(settings.data.warehouse)
    overdue = is_overdue(settings, destination)
    return lambda: overdue or warehouse_state(settings.data.warehouse) == begun


def is_overdue(settings: Settings, destination: str) -> bool:
    """Whether totals were not compared for so long that they are, though changes keep coming."""
    last = last_publication(settings, destination, compared=True)
    return last is None or time.time() - last.finished_at.timestamp() > COMPARED_AT_LEAST_EVERY


def _other_than(settings: Settings, destination: str, *, compared: bool) -> str | None:
    state = warehouse_state(settings.data.warehouse)
    if state is None:
        return None
    with StateStore(settings.state_url) as store:
        records = Publications(store, destination, place=settings.place_of(destination))
        return None if records.shown(compared=compared) == state else state
