"""The jobs that are about whole companies: load everything, or what has changed.

They are jobs of their own, not selections of assets, because Dagster runs assets that are partitioned differently
apart: one run that loads lists (by company) and transactions (by company and month) together has to be a plain step,
which then reports what it made whole, partition by partition.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER, asset_key
from qbo_pipeline.orchestration.checks import CHECKS, Check, evaluation, open_judge
from qbo_pipeline.orchestration.failures import raise_in_dagster, told_in_dagster
from qbo_pipeline.orchestration.loading import in_short, load, loaded_tables, materializations, rows_by_partition
from qbo_pipeline.orchestration.metadata import by_entity, date_column, load_metadata
from qbo_pipeline.orchestration.partitions import (
    COMPANIES,
    CompanyMonths,
    Share,
    company_month,
    partition,
    remember_first_month,
)
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session


def full_refresh(entities: Sequence[Entity], months: CompanyMonths) -> dg.JobDefinition:
    """The job that loads everything of every connected company and checks it, in one run."""

    @dg.op(pool=WAREHOUSE_WRITER, out=dg.Out(dg.Nothing))
    def load_everything(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> None:
        """Load every entity of every connected company, all months at once."""
        session = books.session()
        realm_ids = connected_companies(session, context.instance)
        shares = [Share(realm_id, None, ()) for realm_id in realm_ids]
        outcome = load(context, books, entities, shares)
        first_day = None
        if outcome.loads:
            with session.reading() as query:
                first_day = earliest_transaction(query, entities)
        keys_of = {
            entity.name: outcome.whole(entity, _keys_since(months, entity, realm_ids, first_day)) for entity in entities
        }
        for table in loaded_tables(session, entities, outcome.loads, keys_of, months):
            for materialization in materializations(table):
                context.log_event(materialization)
        if first_day is not None:
            remember_first_month(session.settings, first_day)
        if outcome.errors:
            raise_in_dagster("Not everything could be loaded", outcome.errors, context.retry_number)

    @dg.op(ins={"loaded": dg.In(dg.Nothing)})
    def check_everything(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> None:
        """Judge every invariant of every table; fail when one that blocks does not hold."""
        broken: list[tuple[Entity, Check, str]] = []
        with open_judge(
            books, {entity.name: entity for entity in entities}, months, context.instance, context.run_id
        ) as judge:
            for entity in entities:
                for check in CHECKS:
                    verdict = judge.verdict(entity, check)
                    # Dagster handles this event; only its type alias forgets it.
                    context.log_event(evaluation(entity, check, verdict))  # type: ignore[arg-type]
                    if not verdict.holds and check.blocking:
                        broken.append((entity, check, verdict.sentence))
        if broken:
            raise dg.Failure(
                f"{len(broken)} checks do not hold, so nothing should be built on these tables: "
                + "; ".join(f"{entity.table}: {check.name}: {sentence}" for entity, check, sentence in broken[:5]),
                metadata={f"{entity.table}: {check.name}": sentence for entity, check, sentence in broken},
                allow_retries=False,
            )

    @dg.job(description="Load everything of every connected company, in one run with the fewest calls, and check it.")
    def full_refresh() -> None:
        check_everything(loaded=load_everything())

    return full_refresh


def sync_changes(entities: Sequence[Entity], months: CompanyMonths) -> dg.JobDefinition:
    """The job that fetches what has changed since the last time, for every connected company."""

    @dg.op(pool=WAREHOUSE_WRITER)
    def load_changes(context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]) -> None:
        """Ask change data capture and load what it names."""
        session = books.session()
        for realm_id in connected_companies(session, context.instance):
            with told_in_dagster(f"Fetching the changes of company {realm_id}", context.retry_number):
                loads = session.sync_changes(realm_id, entities, context.run_id)
            context.log.info(f"Company {realm_id}, changes: {in_short(loads)}")
            loads_of = by_entity([one for one in loads if one.inserted or one.updated or one.deleted])
            if not loads_of:
                continue
            with session.reading() as query:
                for entity in entities:
                    if entity.name in loads_of:
                        own = loads_of[entity.name]
                        for event in change_events(context.instance, query, entity, own, months):
                            context.log_event(event)

    @dg.job(description="Load what has changed in every connected company since the last time.")
    def sync_changes() -> None:
        load_changes()

    return sync_changes


def connected_companies(session: "Session", instance: dg.DagsterInstance) -> list[str]:
    """Realm ids of the connected companies, all of them partitions from now on.

    Raises:
        dagster.Failure: there are none.
    """
    realm_ids = [company.realm_id for company in session.companies()]
    if not realm_ids:
        raise dg.Failure("No company is connected. Connect one with: qbo-pipeline connect", allow_retries=False)
    instance.add_dynamic_partitions(COMPANIES.name or "company", realm_ids)
    return realm_ids


def change_events(
    instance: dg.DagsterInstance, query: Query, entity: Entity, loads: Sequence[EntityLoad], months: CompanyMonths
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """Which partitions the changes of one company lie in.

    A change in a month that was never loaded does not make that month whole: it is only observed.
    """
    figures: Mapping[str, Any] = load_metadata(loads)
    realm_id = loads[0].realm_id
    whole = instance.get_materialized_partitions(asset_key(entity))
    rows = rows_by_partition(query, entity, [realm_id], months)
    for key in changed_partitions(query, entity, loads, months):
        told = {**figures, "dagster/partition_row_count": rows.get(key, 0)}
        kind = dg.AssetMaterialization if key in whole else dg.AssetObservation
        yield kind(asset_key(entity), partition=partition(key), metadata=told)


def changed_partitions(query: Query, entity: Entity, loads: Sequence[EntityLoad], months: CompanyMonths) -> list[str]:
    """The partitions that rows which arrived since these loads began belong to, deleted ones too."""
    realm_id, began = loads[0].realm_id, min(one.started_at for one in loads)
    column = date_column(entity)
    if entity.category is not Category.TRANSACTION or column is None:
        return [realm_id]
    days: list[tuple[date]] = query(
        f'SELECT DISTINCT date_trunc(\'month\', "{column.name}")::DATE FROM quickbooks."{entity.table}" '
        f'WHERE realm_id = ? AND synced_at >= ?::TIMESTAMP AND "{column.name}" IS NOT NULL ORDER BY 1',
        [realm_id, began.replace(tzinfo=None).isoformat()],
    )
    return sorted({company_month(realm_id, months.month_key(day)) for (day,) in days})


def earliest_transaction(query: Query, entities: Sequence[Entity]) -> date | None:
    """The day the books begin, over all companies in the warehouse; None while it is empty."""
    days = []
    for entity in entities:
        column = date_column(entity)
        if entity.category is Category.TRANSACTION and column is not None:
            rows = query(f'SELECT min("{column.name}") FROM quickbooks."{entity.table}"')
            days += [row[0] for row in rows if row[0] is not None]
    return min(days, default=None)


def _keys_since(months: CompanyMonths, entity: Entity, realm_ids: Sequence[str], first_day: date | None) -> list[str]:
    """The partitions from the month of the first transaction on; there is nothing to show before."""
    keys = [key for realm_id in realm_ids for key in months.keys(entity, realm_id)]
    if entity.category is not Category.TRANSACTION or first_day is None:
        return keys
    first_key = months.month_key(first_day)
    return [key for key in keys if key.partition("|")[2] >= first_key]
