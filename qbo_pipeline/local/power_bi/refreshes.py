"""Refreshes of models that have a source: asked for, running for a while, done; by the clock alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from qbo_pipeline.local.power_bi import errors
from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.store import Store
from qbo_pipeline.local.power_bi.switches import Switches
from qbo_pipeline.local.power_bi.windows import DAY

Body = dict[str, Any]

NOTIFICATIONS = ("NoNotification", "MailOnFailure", "MailOnCompletion")
_ENHANCED: dict[str, tuple[str, ...] | type] = {
    "type": ("Full", "ClearValues", "Calculate", "DataOnly", "Automatic", "Defragment"),
    "commitMode": ("Transactional", "PartialBatch"),
    "maxParallelism": int,
    "retryCount": int,
    "objects": list,
    "applyRefreshPolicy": bool,
    "effectiveDate": str,
    "timeout": str,
}
HISTORY = 60
"""Entries that a history shows, where it is not told how many."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """One of them. `outcome` is what it will have come to when the clock says `ends`."""

    id: str
    enhanced: bool
    asked: Body
    started: float
    ends: float
    outcome: str

    def is_running(self, now: float) -> bool:
        """Whether it has not ended."""
        return now < self.ends


class Refreshes:
    """Those of all datasets."""

    def __init__(self, store: Store, switches: Callable[[], Switches], now: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._now = now

    def ask(self, dataset: Dataset, body: Body, outcome: str = "Completed") -> Refresh:
        """Start one.

        Raises:
            PowerBIAnswerError: the body, the dataset, the quota of the day, or one that runs already.
        """
        if dataset.takes_rows:
            raise errors.invalid_request("Invalid dataset. This API can only be called on a Model-based dataset")
        switches, now = self._switches(), self._now()
        enhanced = _is_enhanced(body)
        if enhanced and not switches.enhanced_refresh:
            raise errors.invalid_request("Enhanced refresh needs a workspace on a capacity.")
        with self._store.transaction() as connection:
            before = self.of(dataset)
            today = [one for one in before if not one.enhanced and one.started > now - DAY]
            if not enhanced and switches.limits and len(today) >= switches.refreshes_per_day:
                raise errors.refresh_quota_spent()
            if any(one.is_running(now) for one in before):
                if enhanced:
                    raise errors.refresh_running()
                raise errors.invalid_request("Another refresh request is already executing")
            made = Refresh(str(uuid4()), enhanced, body, now, now + switches.refresh_seconds, outcome)
            connection.execute(
                "INSERT INTO refresh SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM refresh",
                [made.id, dataset.id, enhanced, msgspec.json.encode(body).decode(), now, made.ends, outcome],
            )
        return made

    def of(self, dataset: Dataset) -> list[Refresh]:
        """Those of a dataset, the newest first."""
        return [
            Refresh(identity, enhanced, msgspec.json.decode(asked), started, ends, outcome)
            for identity, enhanced, asked, started, ends, outcome in self._store.rows(
                "SELECT id, enhanced, asked, started, ends, outcome FROM refresh WHERE dataset = ? "
                "ORDER BY number DESC",
                [dataset.id],
            )
        ]

    def get(self, dataset: Dataset, identity: str) -> Refresh:
        """One of them.

        Raises:
            PowerBIAnswerError: 404.
        """
        found = next((one for one in self.of(dataset) if one.id == identity), None)
        if found is None:
            raise errors.item_not_found(f"Refresh request {identity} not found.")
        return found

    def cancel(self, dataset: Dataset, identity: str) -> None:
        """Stop an enhanced one that runs.

        Raises:
            PowerBIAnswerError: 404, or 400 where there is nothing to stop.
        """
        found, now = self.get(dataset, identity), self._now()
        if not found.enhanced or not found.is_running(now):
            raise errors.invalid_request("Only an enhanced refresh in progress can be cancelled.")
        with self._store.transaction() as connection:
            connection.execute("UPDATE refresh SET ends = ?, outcome = 'Cancelled' WHERE id = ?", [now, identity])

    def history(self, dataset: Dataset, top: int = HISTORY) -> list[Body]:
        """What GET …/refreshes lists."""
        now = self._now()
        return [_entry(one, now) for one in self.of(dataset)[:top]]

    def detail(self, refresh: Refresh) -> Body:
        """What GET …/refreshes/{id} says."""
        now, asked = self._now(), refresh.asked
        running = refresh.is_running(now)
        messages = [] if running or refresh.outcome != "Failed" else [_failure_message()]
        ended = {} if running else {"endTime": _moment(refresh.ends)}
        return {
            "startTime": _moment(refresh.started),
            **ended,
            "type": asked.get("type", "Full"),
            "commitMode": asked.get("commitMode", "Transactional"),
            "status": _status(refresh, now),
            "extendedStatus": "InProgress" if running else refresh.outcome,
            "currentRefreshType": asked.get("type", "Full"),
            "numberOfAttempts": 1,
            "objects": [],
            "messages": messages,
        }


def _is_enhanced(body: Body) -> bool:
    """Whether more than a notification is asked for, everything in it being known."""
    for name, value in body.items():
        if name == "notifyOption":
            if value not in NOTIFICATIONS:
                raise errors.bad_request(f"'{value}' is no notification option.", "datasetRefreshRequest")
            continue
        allowed = _ENHANCED.get(name)
        if allowed is None:
            raise errors.unknown_property(name, "DatasetRefreshRequest", "datasetRefreshRequest")
        known = value in allowed if isinstance(allowed, tuple) else isinstance(value, allowed)
        if not known and not (isinstance(allowed, tuple) and str(value).lower() in map(str.lower, allowed)):
            raise errors.bad_request(f"{name} cannot be {value!r}.", "datasetRefreshRequest")
    enhanced = bool(set(body) - {"notifyOption"})
    if enhanced and "notifyOption" in body:
        raise errors.invalid_request("notifyOption is not supported for enhanced refreshes.")
    return enhanced


def _entry(refresh: Refresh, now: float) -> Body:
    running = refresh.is_running(now)
    failed = not running and refresh.outcome == "Failed"
    ended = {} if running else {"endTime": _moment(refresh.ends)}
    attempt = {"attemptId": 1, "startTime": _moment(refresh.started), **ended, "type": "Data"}
    return {
        "requestId": refresh.id,
        "refreshType": "ViaEnhancedApi" if refresh.enhanced else "ViaApi",
        "startTime": _moment(refresh.started),
        **ended,
        **({"serviceExceptionJson": '{"errorCode":"ModelRefreshFailed_CredentialsNotSpecified"}'} if failed else {}),
        "status": _status(refresh, now),
        "refreshAttempts": [attempt],
    }


def _status(refresh: Refresh, now: float) -> str:
    if refresh.is_running(now):
        return "Unknown"
    return "Completed" if refresh.outcome == "Completed" else "Failed"


def _failure_message() -> Body:
    return {"code": "0xC11C0020", "message": "The source of the model could not be read.", "type": "Error"}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
