"""The job that applies what webhooks brought."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.errors import StaleModelsError
from qbo_pipeline.orchestration.connections import warn_of_endings
from qbo_pipeline.orchestration.failures import TRIES, raise_in_dagster, told_in_dagster
from qbo_pipeline.orchestration.finance_assets import models_built_since
from qbo_pipeline.orchestration.jobs import changed_tables
from qbo_pipeline.orchestration.listening import APPLIES_FOR, applying
from qbo_pipeline.orchestration.loading import in_short
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline.orchestration.publish_job import publish_changes
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion.results import EntityLoad
    from qbo_pipeline.ingestion.webhook_files import Applied

EVENTS_APPLIED = "events_applied"
LONGEST_DELAY = "seconds_from_arrival_to_merge"


def apply_webhooks(entities: Sequence[Entity], months: CompanyMonths, models: Models) -> dg.JobDefinition:
    """The job that loads what the deliveries in the inbox tell of, and puts them away."""

    # No pool: writers of the warehouse wait for each other anyway, and a place in a pool is waited for by the second.
    @dg.op(out=dg.Out(dg.Nothing))
    def load_what_webhooks_tell(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetMaterialization | dg.AssetObservation | dg.Output[None]]:
        """Read the records that changed, with the fewest calls, and apply edits, voids, deletions and merges."""
        session = books.session()
        failures: list[Exception] = []
        delays: list[float] = []
        changed: dict[str, list[EntityLoad]] = defaultdict(list)
        loaded: set[str] = set()
        began = datetime.now(UTC)
        until = time.monotonic() + APPLIES_FOR
        # What cannot be loaded now is claimed by a run of its own: this one has no other try.
        told = told_in_dagster("What webhooks tell of could not be loaded", TRIES)
        with told, books.webhooks() as files, applying(session.settings):
            for applied in files.apply_all(context.run_id):
                _tell(context, applied)
                delays += applied.delays
                failures += applied.failures.values()
                for one in applied.loads:
                    loaded.add(one.realm_id)
                    if one.inserted or one.updated or one.deleted:
                        changed[one.realm_id].append(one)
                if time.monotonic() > until:
                    break
        warn_of_endings(context.log, session, loaded)
        if session.settings.data.warehouse.exists():
            with session.reading() as query:
                for loads in changed.values():
                    yield from changed_tables(query, context.instance, entities, loads, months, began)
                if (stale := (yield from models_built_since(models, query, began))) is not None:
                    failures.append(StaleModelsError(stale))
        if failures:
            # Their deliveries are back in the inbox for later: another try of this step would find nothing.
            raise_in_dagster("Not all that webhooks tell of could be loaded", failures, TRIES)
        yield dg.Output(None, metadata={EVENTS_APPLIED: len(delays), LONGEST_DELAY: max(delays, default=0.0)})

    @dg.job(description="Load what the webhooks in the inbox tell of: edits, voids, deletions and merges.")
    def apply_webhooks() -> None:
        publish_changes(loaded=load_what_webhooks_tell())

    return apply_webhooks


def _tell(context: dg.OpExecutionContext, applied: "Applied") -> None:
    context.log.info(f"{applied.events:,} events in {applied.files:,} deliveries: {in_short(applied.loads)}")
    for name, reason in applied.rejected:
        context.log.warning(f"{name} is in rejected/: {reason}")
