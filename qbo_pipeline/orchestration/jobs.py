"""The jobs that are about whole companies: load everything, or what has changed.

They are jobs of their own, not selections of assets, because Dagster runs assets that are partitioned differently
apart: one run that loads lists (by company) and transactions (by company and month) together has to be a plain step,
which then reports what it made whole, partition by partition.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.check_files import Check
from qbo_pipeline.finance.errors import StaleModelsError
from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.orchestration.asset_identity import WAREHOUSE_WRITER, asset_key
from qbo_pipeline.orchestration.checks import CLOSED_PERIODS_UNCHANGED, checks_of, evaluation, open_judge
from qbo_pipeline.orchestration.connections import connection_evaluations, warn_of_endings
from qbo_pipeline.orchestration.failures import are_final, is_ours, raise_in_dagster
from qbo_pipeline.orchestration.finance_assets import all_models, rebuilt_models
from qbo_pipeline.orchestration.finance_checks import fail_on, judge_books
from qbo_pipeline.orchestration.finance_metadata import read_lineage_aside
from qbo_pipeline.orchestration.loading import (
    Outcome,
    complete,
    in_short,
    load,
    loaded_tables,
    materializations,
    rows_by_partition,
)
from qbo_pipeline.orchestration.metadata import by_entity, date_column, load_metadata
from qbo_pipeline.orchestration.partitions import (
    COMPANIES,
    CompanyMonths,
    Share,
    company_month,
    partition,
    remember_first_month,
)
from qbo_pipeline.orchestration.publish_job import publish_changes
from qbo_pipeline.orchestration.report_assets import pulled_reports, pulling, told
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue import UnknownEntityError
from qbo_pipeline.quickbooks.catalogue import entity as entity_called
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session


def full_refresh(
    entities: Sequence[Entity], months: CompanyMonths, models: Models, checks: Sequence[Check]
) -> dg.JobDefinition:
    """The job that loads everything of every connected company, its reports too, and checks it, in one run."""

    def judged(
        context: dg.OpExecutionContext, books: QuickBooksBooks, broken: dict[str, str]
    ) -> Iterator[dg.AssetCheckEvaluation]:
        """What holds of every table and of the books; those that block and do not hold go to `broken`."""
        by_name = {entity.name: entity for entity in entities}
        with open_judge(books, by_name, months, context.instance, context.run_id) as judge:
            for entity in entities:
                for check in checks_of(entity):
                    verdict = judge.verdict(entity, check)
                    yield evaluation(entity, check, verdict)
                    if not verdict.holds and check.blocking:
                        broken[f"{entity.table}: {check.name}"] = verdict.sentence
        yield from judge_books(checks, books, broken)

    # Events are yielded and not logged: what a step logs is lost when it fails afterwards.
    @dg.op(pool=WAREHOUSE_WRITER, out=dg.Out(dg.Nothing), config_schema={"companies": COMPANIES_CHOSEN})
    def load_everything(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]]:
        """Load every entity of every connected company, or of those that are chosen, all months at once; then pull
        QuickBooks' own reports of the months that changed, and build the finance models on both."""
        session = books.session()
        realm_ids = connected_companies(session, context.instance, context.op_config["companies"])
        warn_of_endings(context.log, session, realm_ids)
        read_lineage_aside(models)
        shares = [Share(realm_id, None, ()) for realm_id in realm_ids]
        outcome = load(context, books, entities, shares, models=False)  # they are built with the reports
        # Dagster takes a while to note down each of a load's partitions, QuickBooks to make its reports.
        with pulling(session, realm_ids, context.run_id) as answers:
            yield from whole_tables(session, entities, outcome, realm_ids, months)
            pulled = told(context, answers.result())
        yield from pulled_reports(pulled)
        if session.settings.data.warehouse.exists():
            yield from all_models(models, session)
        if errors := [*outcome.errors, *pulled.errors]:
            if are_final(errors, context.retry_number):
                yield from judged(context, books, {})  # the step for that does not come after one that fails
            raise_in_dagster("Not everything could be loaded", errors, context.retry_number)
        yield dg.Output(None)

    @dg.op(ins={"loaded": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
    def check_everything(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        """Judge every invariant of every table and of the books; fail when one that blocks does not hold."""
        yield from connection_evaluations(books.session(), datetime.now(UTC))
        broken: dict[str, str] = {}
        yield from judged(context, books, broken)
        fail_on(broken)
        yield dg.Output(None)

    @dg.job(description="Load everything of every connected company, in one run with the fewest calls, and check it.")
    def full_refresh() -> None:
        publish_changes(loaded=check_everything(loaded=load_everything()))

    return full_refresh


def sync_changes(entities: Sequence[Entity], months: CompanyMonths, models: Models) -> dg.JobDefinition:
    """The job that fetches what has changed since the last time, for every connected company."""

    # No pool: QuickBooks may let a company wait for many minutes, and runs about others would wait for its place.
    # Writers of the warehouse wait for each other anyway, and only while they write.
    @dg.op(out=dg.Out(dg.Nothing), config_schema=_CHANGES)
    def load_changes(
        context: dg.OpExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation | dg.Output[None]]:
        """Ask change data capture and load what it names. What fails for one company does not stop the others.

        Whether what came changed closed books is judged at once: no other check is about changes.
        """
        session = books.session()
        errors: list[Exception] = []
        touched: set[str] = set()
        wanted = chosen_entities(entities, context.op_config["entities"])
        realm_ids = connected_companies(session, context.instance, context.op_config["companies"])
        warn_of_endings(context.log, session, realm_ids)
        started = datetime.now(UTC)
        for realm_id in realm_ids:
            began = datetime.now(UTC)
            failed: Exception | None = None
            try:
                loads = session.changes.sync(realm_id, wanted, context.run_id)
            except Exception as error:
                if not is_ours(error):
                    raise
                errors.append(error)
                failed, loads = error, getattr(error, "loads", [])
            context.log.info(f"Company {realm_id}, changes: {in_short(loads)}")
            # What was never loaded before, or too long ago, was loaded whole.
            done = complete(loads, failed)
            whole = [one for one in loads if one.source == "backfill" and one.entity in done]
            if any(one.note is None for one in whole):
                context.instance.add_run_tags(context.run_id, {WHOLE_TAG: "yes"})
            yield from whole_tables(session, entities, Outcome(whole), [realm_id], months)
            changed = [one for one in loads if one not in whole and (one.inserted or one.updated or one.deleted)]
            if changed:
                with session.reading() as query:
                    yield from changed_tables(query, context.instance, entities, changed, months, began)
            touched |= {one.entity for one in changed}
        with open_judge(books, {one.name: one for one in entities}, months, context.instance, context.run_id) as judge:
            for entity in entities:
                if entity.name in touched and CLOSED_PERIODS_UNCHANGED in checks_of(entity):
                    verdict = judge.verdict(entity, CLOSED_PERIODS_UNCHANGED)
                    yield evaluation(entity, CLOSED_PERIODS_UNCHANGED, verdict)
        if (stale := (yield from rebuilt_models(models, session, started))) is not None:
            errors.append(StaleModelsError(stale))
        if errors:
            raise_in_dagster("Not all changes could be fetched", errors, context.retry_number)
        yield dg.Output(None)

    @dg.job(description="Load what has changed in every connected company since the last time.")
    def sync_changes() -> None:
        publish_changes(loaded=load_changes())

    return sync_changes


COMPANY_TAG = "qbo_pipeline/company"
"""Tag of the runs that are about one company."""
WHOLE_TAG = "qbo_pipeline/loaded_whole"
"""Tag of the runs for changes that loaded something whole: Dagster knows of these partitions from them alone."""

COMPANIES_CHOSEN = dg.Field([str], default_value=[], description="Realm ids; empty: every connected company.")
_CHANGES = {
    "companies": COMPANIES_CHOSEN,
    "entities": dg.Field(
        [str], default_value=[], description="Entities, as QuickBooks or their tables are called; empty: all."
    ),
}


def of_company(realm_id: str, entities: Sequence[Entity]) -> dg.RunRequest:
    """A run of `sync_changes` for some entities of one company."""
    config = {"companies": [realm_id], "entities": [one.name for one in entities]}
    return dg.RunRequest(run_config={"ops": {"load_changes": {"config": config}}}, tags={COMPANY_TAG: realm_id})


def connected_companies(session: "Session", instance: dg.DagsterInstance, chosen: Sequence[str] = ()) -> list[str]:
    """Realm ids of the connected companies, all of them partitions from now on; of those chosen where any is.

    Raises:
        dagster.Failure: there are none, or one that was chosen is not connected.
    """
    realm_ids = [company.realm_id for company in session.companies()]
    if not realm_ids:
        raise dg.Failure("No company is connected. Connect one with: qbo-pipeline connect", allow_retries=False)
    if missing := [realm_id for realm_id in chosen if realm_id not in realm_ids]:
        raise dg.Failure(
            f"Not connected: {', '.join(missing)}. Connected are: {', '.join(realm_ids)}.", allow_retries=False
        )
    instance.add_dynamic_partitions(COMPANIES.name or "company", realm_ids)
    return list(chosen) or realm_ids


def chosen_entities(entities: Sequence[Entity], chosen: Sequence[str]) -> list[Entity]:
    """Those that are called so, as QuickBooks or their tables are; all where none is chosen.

    Raises:
        dagster.Failure: one of the names is nobody's; a run that did nothing would look like one with nothing new.
    """
    try:
        names = {entity_called(name).name for name in chosen}
    except UnknownEntityError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    return [one for one in entities if not names or one.name in names]


def whole_tables(
    session: "Session",
    entities: Sequence[Entity],
    outcome: Outcome,
    realm_ids: Sequence[str],
    months: CompanyMonths,
) -> Iterator[dg.AssetMaterialization]:
    """Every partition of these companies that holds all there is, from the month of the first transaction on."""
    if not outcome.loads:
        return
    with session.reading() as query:
        first_day = earliest_transaction(query, entities)
    if first_day is not None:
        remember_first_month(session.settings, first_day)
    keys_of = {
        entity.name: outcome.whole(entity, _keys_since(months, entity, realm_ids, first_day)) for entity in entities
    }
    for table in loaded_tables(session, entities, outcome.loads, keys_of, months):
        yield from materializations(table)


def changed_tables(
    query: Query,
    instance: dg.DagsterInstance,
    entities: Sequence[Entity],
    loads: Sequence[EntityLoad],
    months: CompanyMonths,
    began: datetime,
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """The partitions in which the changes lie that one company's loads brought since `began`.

    A change in a month that was never loaded does not make that month whole: it is only observed.
    """
    loads_of = by_entity(loads)
    realm_id = loads[0].realm_id
    for entity in entities:
        own = loads_of.get(entity.name)
        if own is None:
            continue
        figures: Mapping[str, Any] = load_metadata(own)
        whole = instance.get_materialized_partitions(asset_key(entity))
        rows = rows_by_partition(query, entity, [realm_id], months)
        for key in changed_partitions(query, entity, realm_id, months, began):
            told = {**figures, "dagster/partition_row_count": rows.get(key, 0)}
            kind = dg.AssetMaterialization if key in whole else dg.AssetObservation
            yield kind(asset_key(entity), partition=partition(key), metadata=told)


def changed_partitions(
    query: Query, entity: Entity, realm_id: str, months: CompanyMonths, began: datetime
) -> list[str]:
    """The partitions that rows of a company which arrived since an instant belong to, deleted ones too."""
    column = date_column(entity)
    if entity.category is not Category.TRANSACTION or column is None:
        return [realm_id]
    days: list[tuple[date]] = query(
        f'SELECT DISTINCT date_trunc(\'month\', "{column.name}")::DATE FROM quickbooks."{entity.table}" '
        f'WHERE realm_id = ? AND synced_at >= ?::TIMESTAMP AND "{column.name}" IS NOT NULL ORDER BY 1',
        [realm_id, began.astimezone(UTC).replace(tzinfo=None).isoformat()],
    )
    return sorted({company_month(realm_id, key) for key in months.month_keys(day for (day,) in days).values()})


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
