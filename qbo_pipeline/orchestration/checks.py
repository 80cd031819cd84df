"""The invariants as asset checks: five on every table and one on what is posted, run after each load and when asked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from qbo_pipeline.ingestion.results import EntityLoad, Query
from qbo_pipeline.orchestration import invariants
from qbo_pipeline.orchestration.asset_identity import asset_key
from qbo_pipeline.orchestration.failures import told_in_dagster
from qbo_pipeline.orchestration.invariants import Expected
from qbo_pipeline.orchestration.partitions import COMPANIES, CompanyMonths
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.warehouse.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """How Dagster treats one invariant."""

    name: str
    description: str
    severity: dg.AssetCheckSeverity
    blocking: bool
    """Whether what is built on the table waits until it holds: where a total would be wrong."""


ROW_COUNT_MATCHES = Check(
    "row_count_matches",
    "The warehouse has as many rows as count(*) says in QuickBooks, over all months loaded.",
    dg.AssetCheckSeverity.ERROR,
    blocking=True,
)
NO_DUPLICATE_KEYS = Check(
    "no_duplicate_keys",
    "No record and no line is there twice.",
    dg.AssetCheckSeverity.ERROR,
    blocking=True,
)
NO_ORPHAN_REFERENCES = Check(
    "no_orphan_references",
    "Every account, customer, item … that is referred to is there.",
    dg.AssetCheckSeverity.ERROR,
    blocking=False,
)
NOTHING_QUARANTINED = Check(
    "nothing_quarantined",
    "No record was kept out because a value did not fit its type.",
    dg.AssetCheckSeverity.ERROR,
    blocking=True,
)
NEWEST_CHANGE_IS_RECENT = Check(
    "newest_change_is_recent",
    "The newest change is not older than this table's habits make usual.",
    dg.AssetCheckSeverity.WARN,
    blocking=False,
)
CHECKS = (ROW_COUNT_MATCHES, NO_DUPLICATE_KEYS, NO_ORPHAN_REFERENCES, NOTHING_QUARANTINED, NEWEST_CHANGE_IS_RECENT)
"""Of every table."""
CLOSED_PERIODS_UNCHANGED = Check(
    "closed_periods_unchanged",
    "Nothing that came lately changed what is dated on or before the company's closing date.",
    dg.AssetCheckSeverity.WARN,
    blocking=False,
)
NOT_POSTED = frozenset({"Estimate", "PurchaseOrder", "ReimburseCharge", "TimeActivity"})
"""Transactions that move no account: closed books do not hold them."""


def checks_of(entity: Entity) -> tuple[Check, ...]:
    """The checks of an entity's table."""
    posted = entity.category is Category.TRANSACTION and entity.name not in NOT_POSTED
    return (*CHECKS, CLOSED_PERIODS_UNCHANGED) if posted else CHECKS


def quickbooks_checks(entities: Sequence[Entity], months: CompanyMonths) -> dg.AssetChecksDefinition:
    """The checks on each entity's asset; any subset can be run, with a load or alone."""
    entity_of = {asset_key(entity): entity for entity in entities}
    entities_by_name = {entity.name: entity for entity in entities}

    @dg.multi_asset_check(
        name="check_quickbooks",
        specs=[
            dg.AssetCheckSpec(check.name, asset=key, description=check.description, blocking=check.blocking)
            for key, entity in entity_of.items()
            for check in checks_of(entity)
        ],
        can_subset=True,
    )
    def check_quickbooks(
        context: dg.AssetCheckExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.AssetCheckResult]:
        picked = context.selected_asset_check_keys
        with open_judge(books, entities_by_name, months, context.instance, context.run.run_id) as judge:
            for key, entity in entity_of.items():
                for check in checks_of(entity):
                    if dg.AssetCheckKey(key, check.name) in picked:
                        yield check_result(key, check, judge.verdict(entity, check))

    return check_quickbooks


@dataclass(frozen=True)
class Judge:
    """Answers checks for one run, with what the run already knows, on one state of the warehouse."""

    books: QuickBooksBooks
    entities: Mapping[str, Entity]
    months: CompanyMonths
    instance: dg.DagsterInstance
    run_id: str
    query: Query | None
    """None while no warehouse was published."""

    def verdict(self, entity: Entity, check: Check) -> Verdict:
        """Judge one invariant of one table, over every company.

        Raises:
            dagster.Failure: QuickBooks could not be asked.
        """
        realm_ids = self.instance.get_dynamic_partitions(COMPANIES.name or "company")
        if self.query is None or not realm_ids:
            return Verdict(True, "Nothing has been loaded yet.")
        if check is ROW_COUNT_MATCHES:
            return invariants.row_count_matches(self.query, entity, self._expected(entity))
        if check is NO_DUPLICATE_KEYS:
            return invariants.no_duplicate_keys(self.query, entity, realm_ids)
        if check is NO_ORPHAN_REFERENCES:
            return invariants.no_orphan_references(self.query, entity, realm_ids, self.entities)
        if check is NOTHING_QUARANTINED:
            return invariants.nothing_quarantined(self.query, entity, realm_ids)
        if check is CLOSED_PERIODS_UNCHANGED:
            return self._closed_periods_unchanged(self.query, entity, realm_ids)
        return invariants.newest_change_is_recent(self.query, entity, realm_ids, datetime.now(UTC))

    def _closed_periods_unchanged(self, query: Query, entity: Entity, realm_ids: Sequence[str]) -> Verdict:
        from qbo_pipeline.warehouse.closed_periods import Closing, closed_period_edits, closings

        settings, since = self.books.session().settings, datetime.now(UTC) - invariants.EDITS_REMEMBERED
        if (last_day := settings.closing_date) is not None:
            closed = [Closing(realm_id, last_day, since) for realm_id in realm_ids]
        else:
            closed = closings(query, realm_ids) if "Preferences" in self.entities else []
        edits = closed_period_edits(query, settings.data.lake, entity, closed, since)
        return invariants.closed_periods_unchanged(closed, edits)

    def _expected(self, entity: Entity) -> list[Expected]:
        """What QuickBooks counts: as this run's load was told, else asked anew for the partitions ever loaded.

        Nobody counts what a company holds whose connection was ended.
        """
        told = self.books.loads(self.run_id, entity)
        if told:
            counts = ((period, load, _count(entity, load)) for period, load in told)
            return [Expected(load.realm_id, period, count) for period, load, count in counts if count is not None]
        loaded = self.instance.get_materialized_partitions(asset_key(entity))
        shares = self.months.shares(sorted(loaded))
        if entity.category is Category.SINGLETON:
            return [Expected(share.realm_id, None, 1) for share in shares]
        session = self.books.session()
        connected = {company.realm_id for company in session.companies()}
        with told_in_dagster(f"Counting {entity.name}"):
            return [
                Expected(share.realm_id, share.period, session.count(share.realm_id, entity, share.period))
                for share in shares
                if share.realm_id in connected
            ]


@contextmanager
def open_judge(
    books: QuickBooksBooks,
    entities: Mapping[str, Entity],
    months: CompanyMonths,
    instance: dg.DagsterInstance,
    run_id: str,
) -> Iterator[Judge]:
    """A judge over the warehouse as it is published now."""
    session = books.session()
    if not session.settings.data.warehouse.exists():
        yield Judge(books, entities, months, instance, run_id, None)
        return
    with session.reading() as query:
        yield Judge(books, entities, months, instance, run_id, query)


def _count(entity: Entity, load: EntityLoad) -> int | None:
    """What there should be; QuickBooks does not count singletons, and there is always one."""
    return 1 if entity.category is Category.SINGLETON else load.counted


def check_result(key: dg.AssetKey, check: Check, verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it."""
    return dg.AssetCheckResult(
        passed=verdict.holds,
        asset_key=key,
        check_name=check.name,
        severity=check.severity,
        description=verdict.sentence,
        metadata=check_metadata(verdict),
    )


def evaluation(entity: Entity, check: Check, verdict: Verdict) -> dg.AssetCheckEvaluation:
    """A verdict as an event, for steps that are not the check's own."""
    return dg.AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=check.name,
        passed=verdict.holds,
        severity=check.severity,
        description=verdict.sentence,
        metadata=check_metadata(verdict),
        blocking=check.blocking,
    )


def check_metadata(verdict: Verdict) -> dict[str, Any]:
    """The evidence, and the offenders as a table."""
    told = dict(verdict.evidence)
    if verdict.offenders:
        columns = list(dict.fromkeys(name for offender in verdict.offenders for name in offender))
        told["offenders"] = dg.MetadataValue.table(
            [dg.TableRecord({name: offender.get(name, "") for name in columns}) for offender in verdict.offenders],
            schema=dg.TableSchema([dg.TableColumn(name, "VARCHAR") for name in columns]),
        )
    return told
