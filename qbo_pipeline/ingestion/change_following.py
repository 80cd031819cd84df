"""Following the changes of companies: asking for what changed since the last time, and how often to ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from qbo_pipeline.ingestion.access import Access
from qbo_pipeline.ingestion.failures import LoadError, NoAnswerYetError, all_or_error
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.ledger import RequestLedger, charge_to
from qbo_pipeline.ingestion.merging import merged_up_to
from qbo_pipeline.ingestion.peeking import holds_news
from qbo_pipeline.ingestion.polling import PollingPolicy, polling_interval
from qbo_pipeline.ingestion.reading import Progress
from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.lake.layout import has_batch
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.changes import REFUSALS, Glance

logger = logging.getLogger(__name__)

Backfill = Callable[[str, Sequence[Entity], None, str, Progress | None], list[EntityLoad]]
"""Loads all records of entities of a company (realm id, entities, no period, run id, progress) and publishes; raises
LoadError where some could not be loaded."""


class ChangeFollowing:
    """Keeps companies up to date from where their last load or sync ended."""

    def __init__(self, access: Access, backfill: Backfill) -> None:
        self._access = access
        self._backfill = backfill

    def sync(
        self, realm_id: str, entities: Sequence[Entity], run_id: str, on_progress: Progress | None = None
    ) -> list[EntityLoad]:
        """Load what changed since the last time, deletions included, and publish.

        Entities never loaded before are loaded whole. Where the data folder has nothing of the company, or less than it
        had, so is whatever was followed: it was emptied, or an older copy took its place, and the cursors in the state
        store are of what it had.

        Raises:
            LoadError: some entities failed; the others are loaded and published.
        """
        lost = self.lost(realm_id)
        cursors = self._access.cursors.of(realm_id)
        entities = [*entities, *(one for one in ENTITIES if one.name in lost and one not in entities)]
        since = {one: cursors[one.name] for one in entities if one.name in cursors and one.name not in lost}
        whole = [entity for entity in entities if entity not in since]
        loads: list[EntityLoad] = []
        failures: dict[str, Exception] = {}
        if since:
            try:
                loads += self._load(realm_id, since, run_id)
            except LoadError as error:  # what some entities lack is no reason to keep others from being loaded
                failures, loads = error.failures, error.loads
        if whole:
            try:
                loads = [*loads, *self._backfill(realm_id, whole, None, run_id, on_progress)]
            except LoadError as error:
                failures, loads = failures | error.failures, [*loads, *error.loads]
        if failures:
            raise LoadError(realm_id, failures, loads)
        return loads

    def lost(self, realm_id: str) -> set[str]:
        """Names of the entities of which the data folder has not what it had when their cursors were set.

        It was emptied, or an older copy took its place. They stay lost until they are loaded anew.
        """
        cursors = self._access.cursors
        noted = cursors.newest_batches(realm_id)  # first: what another process loads meanwhile is there before its note
        if not noted:
            return set()
        data = self._access.settings.data
        if data.warehouse.exists():
            with self._access.reading() as query:
                loaded, missing = _was_loaded(query, realm_id), _not_merged(query, realm_id, noted.values())
        else:  # what the lake has is merged and published with whatever is loaded next
            loaded, missing = (data.lake / realm_id).exists(), _batches(noted.values())
        if not loaded:
            cursors.doubt(realm_id)
            return set(noted)
        gone = {batch for batch in missing if not has_batch(data.lake, realm_id, batch)}
        if gone:
            logger.warning(
                "Company %s: what was loaded last is not in %s, as where an older copy of it took its place. "
                "It is loaded again.", realm_id, data.root,
            )  # fmt: skip
        return {entity for entity, batch in noted.items() if batch in gone}

    def has_news(self, realm_id: str, entities: Sequence[Entity], within: float | None = None) -> bool:
        """Whether change data capture names anything that the warehouse does not have: a single call while it is quiet.

        Entities that change data capture does not know or refuses to serve, and those never loaded, are left out. What
        is not new moves the cursors on. Where it refuses to answer for an entity, there may be news: `sync` finds out.

        Args:
            realm_id: the company.
            entities: of which to ask.
            within: seconds that the answer may take, with what the client does to get it; by default all it takes.

        Raises:
            NoAnswerYetError: it took longer.
            QuickBooksError: there is no answer.
        """
        cursors = self._access.cursors
        noted = cursors.newest_batches(realm_id)  # first: a batch that another process adds is there before it is noted
        stored, refused = cursors.of(realm_id), cursors.refused(realm_id)
        since = {
            one: stored[one.name]
            for one in entities
            if one.change_data_capture and one.name in stored and one.name not in refused
        }
        if not since:
            return False
        if not self._access.settings.data.warehouse.exists():
            return True
        calls = RequestLedger()
        company = self._access.company(realm_id)  # opened here: the loop that opens it cannot wait for that itself

        async def ask() -> Glance | None:
            charge_to(calls)
            async with asyncio.timeout(within):
                return await company.glance(since)

        try:
            seen = self._access.loop.run(ask())
        except TimeoutError:
            if within is None:
                raise
            raise NoAnswerYetError(realm_id, within) from None
        except REFUSALS:
            return True
        finally:
            self._access.usage.add(realm_id, "cdc", len(calls.calls))
        if seen is None or not seen.is_whole:
            return True
        with self._access.reading() as query:
            news = bool(_not_merged(query, realm_id, noted.values())) or holds_news(
                KnownRecords(query, realm_id), seen.pages, self._access.settings.data.lake
            )
            merged = merged_up_to(query, realm_id)
        if not news:  # maybe because webhooks have brought it: an older copy of the data folder lacks that
            cursors.advance(realm_id, [one.name for one in since], seen.next_since, merged)
        return news

    def followed(self, realm_id: str) -> set[str]:
        """Names of the entities that were loaded whole once, so that their changes can be followed."""
        return set(self._access.cursors.of(realm_id))

    def missing(self, realm_id: str) -> list[str]:
        """Names of the entities that a load could not bring, and none since: nobody follows their changes."""
        if not self._access.settings.data.warehouse.exists():
            return []
        followed = self.followed(realm_id)
        failed = (
            "SELECT entity FROM audit.sync_run WHERE realm_id = ? AND source = 'backfill' GROUP BY entity "
            "HAVING arg_max(error IS NOT NULL, started_at) ORDER BY entity"
        )
        with self._access.reading() as query:
            return [name for (name,) in query(failed, [realm_id]) if name not in followed]

    def polling_interval(self, realm_id: str) -> timedelta | None:
        """How long to wait between two questions of change data capture; None: the month's calls are spent."""
        now, settings = datetime.now(UTC), self._access.settings
        policy = PollingPolicy(
            timedelta(seconds=settings.cdc_interval_seconds),
            timedelta(seconds=settings.cdc_interval_with_webhooks_seconds),
            settings.call_budget_per_month,
        )
        spent = self._access.spent_this_month(now)
        arrived, companies = self._last_webhook(realm_id, now), len(self._access.connections())
        return polling_interval(policy, companies=companies, spent=spent, last_webhook=arrived, now=now)

    def _last_webhook(self, realm_id: str, now: datetime) -> datetime | None:
        """When the newest one arrived; those of a clock that was ahead must not hide all that come after them."""
        if not self._access.settings.data.warehouse.exists():
            return None
        newest = "SELECT max(arrived_at) FROM audit.webhook_event WHERE realm_id = ? AND arrived_at <= ?"
        with self._access.reading() as query:
            [(arrived,)] = query(newest, [realm_id, now.replace(tzinfo=None)])
        return None if arrived is None else arrived.replace(tzinfo=UTC)

    def _load(self, realm_id: str, since: Mapping[Entity, datetime], run_id: str) -> list[EntityLoad]:
        """Load what changed since the cursor of each entity."""
        cursors = self._access.cursors
        with self._access.reader(realm_id, run_id, None) as reader:
            changes = self._access.loop.run(reader.read_changes(since, cursors.refused(realm_id)))
            # The cursor of what cannot be read at all stays: with it, every tick would look too far back to be quiet.
            cursors.refuse(realm_id, [one.name for one in {*changes.refused, *changes.unread}])
            loads, newest = self._access.merge_company(run_id, realm_id, changes.readings)
            if changes.error is not None:
                raise changes.error
            # What was deleted unseen is found from the old cursor alone: it stays until that is done.
            waiting = {*changes.lacking, *changes.unshown, *changes.unread}
            done = [one.name for one in since if one not in waiting]
            cursors.advance(realm_id, done, changes.next_since, newest)
            if not changes.lacking and not changes.unshown:
                return all_or_error(realm_id, changes.readings, loads)
            found = self._access.loop.run(reader.read_vanished(changes.lacking, changes.unshown))
        also, newest = self._access.merge_company(run_id, realm_id, found)
        seen = [one.entity.name for one in found if one.error is None]
        cursors.advance(realm_id, seen, changes.next_since, newest)
        return all_or_error(realm_id, [*changes.readings, *found], [*loads, *also])


def _was_loaded(query: Query, realm_id: str) -> bool:
    """Whether the warehouse has more of a company than what webhooks brought."""
    scanned = "SELECT count(*) > 0 FROM audit.lake_batch WHERE realm_id = ? AND source = 'backfill'"
    [(loaded,)] = query(scanned, [realm_id])
    return bool(loaded)


def _not_merged(query: Query, realm_id: str, batches: Collection[int | None]) -> set[int]:
    """Those of a company's batches that the warehouse does not have.

    Of these very ones: into an older copy of the data folder webhooks bring newer ones before anybody looks.
    """
    wanted = _batches(batches)
    if not wanted:
        return set()
    found = query(
        "SELECT DISTINCT batch FROM audit.lake_batch WHERE realm_id = ? AND list_contains(?::BIGINT[], batch)",
        [realm_id, sorted(wanted)],
    )
    return wanted - {int(batch) for (batch,) in found}


def _batches(noted: Collection[int | None]) -> set[int]:
    return {batch for batch in noted if batch is not None}
