"""From the inbox of webhooks to the warehouse: what they tell of is read, merged and shown, and they are put away.

A delivery leaves the inbox for good only after its changes are in the published warehouse. Killed before that, it is
claimed again, and merging the same records again changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType

from qbo_pipeline.ingestion.reading import Reading
from qbo_pipeline.ingestion.results import EntityLoad
from qbo_pipeline.ingestion.session import Session
from qbo_pipeline.ingestion.told import Told
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.warehouse.merges import MergedRecord
from qbo_pipeline.warehouse.records import WebhookRecord
from qbo_pipeline.warehouse.warehouse import Warehouse
from qbo_pipeline.webhooks.events import WebhookEvent
from qbo_pipeline.webhooks.inbox import Claim, ClaimedFile, Waiting
from qbo_pipeline.webhooks.work import WebhookWork

APPLIED, DUPLICATE, UNKNOWN, NOT_CONNECTED = "applied", "duplicate", "unknown entity", "company not connected"
"""What came of an event. What failed, and what the company does not have any more, says why instead."""

LONGEST_SILENCE = 30.0
"""Seconds without any answer after which a company is left for later: what others tell of waits for the same claim, and
QuickBooks may let a company wait for many minutes."""

_SOONEST_RETRY, _LATEST_RETRY = timedelta(seconds=30), timedelta(hours=1)
_BY_NAME = {one.name: one for one in ENTITIES if one.key == ("Id",)}
"""Those of which a record can be read by what an event names, its Id; exchange rates have none."""


@dataclass(slots=True)
class Applied:
    """What was done with the deliveries of one claim."""

    files: int = 0
    events: int = 0
    """In them, those included that were known already or are of no use."""
    delays: tuple[float, ...] = ()
    """Of the events that were applied: seconds from the arrival to the merge."""
    loads: list[EntityLoad] = field(default_factory=list)
    failures: dict[tuple[str, str], Exception] = field(default_factory=dict)
    """Realm id and entity → why it could not be loaded. Their deliveries are tried again later."""
    rejected: tuple[tuple[str, str], ...] = ()
    """Names and reasons of files that are of no use to anybody."""


class WebhookFiles:
    """Applies what waits in the inbox; a context manager. What it has claimed when it ends goes back."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._inbox = session.inbox(clock)

    def __enter__(self) -> WebhookFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inbox.close()

    def waiting(self) -> Waiting:
        """What there is to apply now."""
        return self._inbox.waiting()

    def apply_all(self, run_id: str) -> Iterator[Applied]:
        """Apply what is in the inbox, and what arrives meanwhile, claim by claim."""
        while (applied := self.apply(run_id)) is not None:
            yield applied

    def apply(self, run_id: str) -> Applied | None:
        """Claim what waits, load what it tells of and put it away; None when nothing waited.

        Raises:
            QuickBooksError: nothing can be read at all: no company's connection can be used.
            OSError: the inbox cannot be used.
        """
        claim = self._inbox.claim()
        if not claim.files:
            return Applied(rejected=claim.rejected) if claim.rejected else None
        connected = {company.realm_id for company in self._session.companies()}
        wanted = [work for work in claim.work if work.realm_id in connected and work.entity in _BY_NAME]
        records: list[WebhookRecord] = []

        def note(warehouse: Warehouse, read: Mapping[str, Sequence[Reading]]) -> None:
            for work in wanted:
                merges = [MergedRecord(one.id, one.deleted_id, one.merged_at) for one in work.merged]
                warehouse.record_merges(work.realm_id, _BY_NAME[work.entity], merges, run_id)
            records.extend(_records(claim, run_id, read, connected, datetime.now(UTC)))
            warehouse.record_webhooks(records)

        readings, loads = self._session.load_all_told(_told(wanted), run_id, note, silence=LONGEST_SILENCE)
        failures = {
            (realm_id, reading.entity.name): reading.error
            for realm_id, own in readings.items()
            for reading in own
            if reading.error is not None
        }
        done = [work for work in claim.work if (work.realm_id, work.entity) not in failures]
        self._inbox.done(claim, done, lambda file: _retry_after(file, claim.claimed_at).total_seconds())
        delays = tuple(
            (one.merged_at - one.arrived_at).total_seconds() for one in records if one.merged_at is not None
        )  # fmt: skip
        return Applied(len(claim.files), len(records), delays, loads, failures, claim.rejected)


def _told(works: Iterable[WebhookWork]) -> dict[str, list[Told]]:
    """What events say, by realm id: of a merge, that one record changed and the other is gone."""
    told: dict[str, list[Told]] = {}
    for work in works:
        entity = _BY_NAME[work.entity]
        # Deliveries keep no order: what counts is the latest change that is told, not what arrived last.
        instants = [(event.id, event.changed_at) for event in work.events if event.changed_at is not None]
        at = dict(sorted(instants, key=lambda one: one[1]))
        own = told.setdefault(work.realm_id, [])
        own += [Told(entity, one, at.get(one)) for one in work.read]
        own += [Told(entity, one.id, one.claimed_at, deleted=True) for one in work.deleted]
        own += [
            Told(entity, one.deleted_id, one.merged_at, deleted=True)
            for one in work.merged
            if one.deleted_id is not None
        ]
    return told


def _records(
    claim: Claim,
    run_id: str,
    read: Mapping[str, Sequence[Reading]],
    connected: set[str],
    merged_at: datetime,
) -> Iterator[WebhookRecord]:
    """What came of every event of a claim."""
    readings = {(realm_id, one.entity.name): one for realm_id, own in read.items() for one in own}
    for file in claim.files:
        for position, event in enumerate(file.events, start=1):
            reading = readings.get((event.realm_id, event.entity))
            outcome = _outcome(event, reading, connected) if position not in file.duplicates else DUPLICATE
            applied = reading if outcome == APPLIED else None
            yield WebhookRecord(
                file=file.name,
                position=position,
                event_id=event.event_id,
                realm_id=event.realm_id,
                entity=event.entity,
                id=event.id,
                operation=event.said,
                deleted_id=event.deleted_id,
                occurred_at=event.changed_at,
                arrived_at=file.received_at,
                claimed_at=claim.claimed_at,
                read_at=applied.started_at + timedelta(seconds=applied.seconds) if applied else None,
                merged_at=merged_at if applied else None,
                run_id=run_id,
                outcome=outcome,
            )


def _outcome(event: WebhookEvent, reading: Reading | None, connected: set[str]) -> str:
    if event.entity not in _BY_NAME:
        return UNKNOWN
    if event.realm_id not in connected:
        return NOT_CONNECTED
    if reading is None or reading.error is not None:
        return f"failed: {reading.error if reading else 'it was not read'}"
    return reading.note or APPLIED


def _retry_after(file: ClaimedFile, now: datetime) -> timedelta:
    """The older a delivery is that cannot be applied, the longer it can wait for its next turn."""
    age = now - file.received_at
    return min(max(age / 10, _SOONEST_RETRY), _LATEST_RETRY)
