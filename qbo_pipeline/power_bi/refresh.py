"""Refreshing import models that hang on our data, each followed by its own request id.

A push dataset has no source and is never refreshed. On shared capacity a refresh is asked for with nothing else said,
and a dataset may be refreshed 8 times within 24 hours, scheduled ones included; on Premium, PPU, Embedded and Fabric as
often as the capacity carries it, and an enhanced refresh takes a type and objects. Which of these a workspace is on,
and which refreshes count, Power BI knows: it is asked, and refuses what is too many.
Source: learn.microsoft.com, Datasets - Refresh Dataset In Group, and Enhanced refresh.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from qbo_pipeline.power_bi.client import PowerBIClient, Refresh
from qbo_pipeline.power_bi.errors import NothingToPublishError

logger = logging.getLogger(__name__)

SHARED_PER_DAY = 8
_DAY = timedelta(hours=24)


class Mode(StrEnum):
    """How a refresh is asked for."""

    STANDARD = "standard"
    ENHANCED = "enhanced"
    """Needs a capacity; has a request id of its own from the start."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What came of a refresh."""

    dataset: str
    request_id: str
    status: str
    """`Completed`, `Failed`, `Disabled`, `Cancelled`, `TimedOut`, or `Unknown` where it was not waited for so long."""
    seconds: float
    told: str | None
    left_today: int | None
    """Refreshes that a shared capacity has left within 24 hours, by the history; None for an enhanced one."""

    @property
    def completed(self) -> bool:
        """Whether it ended well."""
        return self.status == "Completed"


def refresh(
    client: PowerBIClient,
    dataset_id: str,
    *,
    mode: Mode = Mode.STANDARD,
    tables: Sequence[str] = (),
    wait_seconds: float = 3600.0,
    every: float = 5.0,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RefreshResult:
    """Refresh an import model and wait for that very refresh.

    Args:
        client: of the workspace.
        dataset_id: the import model.
        mode: standard, or enhanced where the workspace is on a capacity.
        tables: refresh these alone; enhanced only.
        wait_seconds: how long to wait for its end.
        every: seconds between looks.
        sleep: waits. now: the clock, UTC.

    Raises:
        RefreshQuotaError: none is left within 24 hours.
        RefreshInProgressError: another enhanced one runs. RequestError: anything else.
    """
    before = client.refreshes(dataset_id)
    spent = sum(one.started_at is not None and now() - one.started_at < _DAY for one in before)
    left = max(0, SHARED_PER_DAY - spent - 1) if mode is Mode.STANDARD else None
    began = time.monotonic()
    request_id = client.start_refresh(dataset_id, _body(mode, tables))
    known = {one.request_id for one in before}
    deadline = began + wait_seconds
    while True:
        found = _followed(client, dataset_id, mode, request_id, known)
        if (found is not None and not found.running) or time.monotonic() >= deadline:
            break
        sleep(every)
    status = "Unknown" if found is None else found.status
    told = found.told if found is not None else "it does not show in the history"
    identity = found.request_id if found is not None else request_id or ""
    seconds = time.monotonic() - began
    logger.info("Dataset %s: refresh %s %s after %.0f s.", dataset_id, identity, status, seconds)
    return RefreshResult(dataset_id, identity, status, seconds, told, left)


def named(client: PowerBIClient, names: Sequence[str]) -> list[str]:
    """Ids of import models by id or name.

    Raises:
        NothingToPublishError: one is not there, or several have the name.
    """
    datasets = client.datasets()
    found = []
    for name in names:
        fitting = [one.id for one in datasets if name in (one.id, one.name)]
        if len(fitting) != 1:
            what = "no dataset" if not fitting else f"{len(fitting)} datasets ({', '.join(fitting)})"
            raise NothingToPublishError(f"The workspace has {what} of the name {name}: name it by its id.")
        found += fitting
    return found


def _body(mode: Mode, tables: Sequence[str]) -> dict[str, Any]:
    # notifyOption does not apply to service principals; an enhanced refresh must not have it.
    if mode is Mode.STANDARD:
        return {"notifyOption": "NoNotification"}
    body: dict[str, Any] = {"type": "Full", "commitMode": "Transactional"}
    return body | ({"objects": [{"table": table} for table in tables]} if tables else {})


def _followed(
    client: PowerBIClient, dataset_id: str, mode: Mode, request_id: str | None, known: set[str]
) -> Refresh | None:
    """The refresh that was asked for: by its id, or the one in the history that was not there before."""
    if mode is Mode.ENHANCED and request_id is not None:
        return client.refresh(dataset_id, request_id)
    history = client.refreshes(dataset_id)
    mine = [one for one in history if one.request_id == request_id]
    new = mine or [one for one in history if one.request_id not in known]
    return new[-1] if new else None
