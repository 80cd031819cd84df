"""Loading as Dagster tells it: one question per company and stretch of months, then figures for every partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.orchestration.asset_identity import CODE_VERSION, asset_key
from qbo_pipeline.orchestration.failures import is_ours
from qbo_pipeline.orchestration.metadata import (
    by_entity,
    data_version,
    date_column,
    load_metadata,
    rows_afterwards,
    table_metadata,
)
from qbo_pipeline.orchestration.partitions import CompanyMonths, Share, company_month, partition
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session


COMPANIES_AT_ONCE = 2
"""Companies loaded side by side; each that is read keeps some pages in memory."""


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """One entity after a load, with what Dagster is to show on each partition that the load made whole."""

    entity: Entity
    loads: tuple[EntityLoad, ...]
    metadata: Mapping[str, Mapping[str, Any]]
    """By partition key. The sample and the schema are on the last partition of each company only: they are the same
    on all, and a full load makes hundreds."""

    @property
    def rows(self) -> int:
        """Rows of the loaded companies in the table, deleted ones left out."""
        return rows_afterwards(self.loads)

    @property
    def data_version(self) -> dg.DataVersion:
        """The same while the rows are the same."""
        return data_version(self.loads)


@dataclass(slots=True)
class Outcome:
    """What a run loaded, and what it could not."""

    loads: list[EntityLoad] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    missed: dict[str, set[str]] = field(default_factory=dict)
    """Entity → realm ids of the companies where it could not be loaded."""

    def whole(self, entity: Entity, partition_keys: Iterable[str]) -> list[str]:
        """The partitions, among those picked, that hold now what QuickBooks holds."""
        missed = self.missed.get(entity.name, set())
        return [key for key in partition_keys if key.partition("|")[0] not in missed]


def load(
    context: dg.OpExecutionContext,
    books: QuickBooksBooks,
    entities: Sequence[Entity],
    shares: Iterable[Share],
    *,
    models: bool = True,
) -> Outcome:
    """Load entities for every share of a run and say so in its log. What fails for one does not stop the others.

    Without `models` the finance models wait for the next publication. Companies are loaded side by side: QuickBooks'
    limits are a company's own, and one is read while another is merged.
    """
    outcome = Outcome()
    session = books.session()
    shares_of: dict[str, list[Share]] = {}
    for share in shares:
        shares_of.setdefault(share.realm_id, []).append(share)
    with ThreadPoolExecutor(COMPANIES_AT_ONCE, "load") as threads:
        loading = [
            threads.submit(_in_turn, session, entities, own, context.run_id, models) for own in shares_of.values()
        ]
        try:
            for share, loaded, error in (one for company in loading for one in company.result()):
                if error is not None:
                    outcome.errors.append(error)
                    done = complete(loaded, error)
                    for entity in entities:
                        if entity.name not in done:
                            outcome.missed.setdefault(entity.name, set()).add(share.realm_id)
                books.remember(context.run_id, share.period, loaded)
                outcome.loads.extend(loaded)
                period = share.period
                when = f"{period.first_day:%Y-%m} to {period.last_day:%Y-%m}" if period else "everything"
                context.log.info(f"Company {share.realm_id}, {when}: {in_short(loaded)}")
        except BaseException:  # interrupted, or a bug: nobody waits for the others any more
            threads.shutdown(wait=False, cancel_futures=True)
            session.end_requests()
            raise
    return outcome


def _in_turn(
    session: Session, entities: Sequence[Entity], shares: Iterable[Share], run_id: str, models: bool
) -> list[tuple[Share, list[EntityLoad], Exception | None]]:
    """Load the shares of one company: what of each was loaded, and what went wrong."""
    done: list[tuple[Share, list[EntityLoad], Exception | None]] = []
    for share in shares:
        try:
            loaded = session.backfill(share.realm_id, entities, share.period, run_id, models=models)
            done.append((share, loaded, None))
        except Exception as error:
            if not is_ours(error):
                raise
            done.append((share, getattr(error, "loads", []), error))
    return done


def complete(loads: Sequence[EntityLoad], error: Exception | None) -> set[str]:
    """Names of the entities that were loaded to their end; of one that broke off there is a load, too, where a part of
    it arrived."""
    return {one.entity for one in loads} - set(getattr(error, "failures", {}))


def in_short(loads: Sequence[EntityLoad]) -> str:
    """`1,234 records of 40 entities in 56 API calls`."""
    records, calls = sum(one.records for one in loads), sum(one.api_calls for one in loads)
    return f"{records:,} records of {len(loads)} entities in {calls:,} API calls"


def loaded_tables(
    session: Session,
    entities: Sequence[Entity],
    loads: Sequence[EntityLoad],
    partition_keys: Mapping[str, Sequence[str]],
    months: CompanyMonths,
) -> Iterator[LoadedTable]:
    """What to show for each entity that was loaded. `partition_keys`: by entity name, those the load made whole."""
    loads_of = by_entity(loads)
    if not loads_of:
        return
    with session.reading() as query:
        for entity in entities:
            own = loads_of.get(entity.name, [])
            if own:
                keys = partition_keys[entity.name]
                metadata = _partition_metadata(query, session.settings.data.warehouse, entity, own, keys, months)
                yield LoadedTable(entity, tuple(own), metadata)


def _partition_metadata(
    query: Query,
    warehouse: Path,
    entity: Entity,
    loads: Sequence[EntityLoad],
    partition_keys: Sequence[str],
    months: CompanyMonths,
) -> Mapping[str, Mapping[str, Any]]:
    loads_of: dict[str, list[EntityLoad]] = {}
    for one in loads:
        loads_of.setdefault(one.realm_id, []).append(one)
    rows = rows_by_partition(query, entity, tuple(loads_of), months)
    figures = {realm_id: load_metadata(own) for realm_id, own in loads_of.items()}
    last_key = {key.partition("|")[0]: key for key in sorted(partition_keys)}
    once = {realm_id: table_metadata(entity, own, query, warehouse) for realm_id, own in loads_of.items()}
    return {
        key: {
            **figures.get(realm_id, {}),
            "dagster/partition_row_count": rows.get(key, 0),
            **(once.get(realm_id, {}) if last_key[realm_id] == key else {}),
        }
        for key, realm_id in ((key, key.partition("|")[0]) for key in partition_keys)
    }


def materializations(table: LoadedTable) -> Iterator[dg.AssetMaterialization]:
    """One for each partition that a load made whole, for steps that are not the asset's own."""
    for key, metadata in table.metadata.items():
        yield dg.AssetMaterialization(
            asset_key(table.entity),
            partition=partition(key),
            metadata={"dagster/row_count": table.rows, **metadata},
            tags={"dagster/data_version": table.data_version.value, "dagster/code_version": CODE_VERSION},
        )


def rows_by_partition(query: Query, entity: Entity, realm_ids: Sequence[str], months: CompanyMonths) -> dict[str, int]:
    """Rows of the warehouse, deleted ones left out, by partition key."""
    column = date_column(entity)
    dated = entity.category is Category.TRANSACTION and column is not None
    month = f"date_trunc('month', \"{column.name}\")::DATE" if dated and column is not None else "NULL::DATE"
    marks = ", ".join("?" for _ in realm_ids)
    counted: list[tuple[str, date | None, int]] = query(
        f'SELECT realm_id, {month} AS month, count(*) FROM quickbooks."{entity.table}" '
        f"WHERE realm_id IN ({marks}) AND NOT deleted GROUP BY ALL",
        list(realm_ids),
    )
    rows: dict[str, int] = {}
    key_of = months.month_keys({first_day for _, first_day, _ in counted if first_day is not None})
    for realm_id, first_day, count in counted:
        key = realm_id if first_day is None else company_month(realm_id, key_of[first_day])
        rows[key] = rows.get(key, 0) + count
    return rows
