"""Publishing to Power BI: the schema, then table by table what changed, then the proof.

Dimensions go first and facts last, so that a fact never names a member that is not there yet.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import duckdb

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Kind as TableKind
from qbo_pipeline.model.definition import SemanticModel, Table
from qbo_pipeline.power_bi.apply import Deployed
from qbo_pipeline.power_bi.changes import compare, comparison, groups, row_counts, source_types
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.delivery import Deliverer, Tally
from qbo_pipeline.power_bi.errors import BreakingChangeError, NothingToPublishError
from qbo_pipeline.power_bi.plan import Action, SchemaPlan, planned
from qbo_pipeline.power_bi.publication import Publication, TablePublication
from qbo_pipeline.power_bi.publisher import Manner, Publisher, open_publisher
from qbo_pipeline.power_bi.source import warehouse_of
from qbo_pipeline.power_bi.verify import Total, totals, with_measures_of
from qbo_pipeline.publishing.versions import relation_versions
from qbo_pipeline.settings import PowerBISettings, Settings

logger = logging.getLogger(__name__)

_ORDER = {TableKind.MEASURES: 0, TableKind.DIMENSION: 1, TableKind.FACT: 2}


def publish(
    settings: Settings,
    *,
    tables: Collection[str] | None = None,
    companies: Sequence[str] | None = None,
    model: SemanticModel = SEMANTIC_MODEL,
    allow_breaking: bool = False,
    everything: bool = False,
    compare: Callable[[], bool] = lambda: True,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
    tell: Callable[[TablePublication], None] = lambda _: None,
) -> Publication:
    """Bring the dataset to what the warehouse has now.

    Args:
        settings: which warehouse, which workspace.
        tables: names of tables to publish; all unless said. Others may show an older state of the warehouse, so that
            totals are compared of what these alone make up.
        companies: realm ids whose rows to publish; all unless said. Rows of others stay as they are.
        model: the semantic model.
        allow_breaking: whether changes of the schema may break reports.
        everything: whether every table is compared with what was sent, and Power BI asked whether it has that; else
            those whose rows may have become others since they were.
        compare: whether totals are compared three ways at the end; asked before each company's, and where it says no,
            none is told.
        manner: limits and patience.
        client: makes the client of a workspace.
        tell: is told of each table when it is done.

    Raises:
        NotConfiguredError, NothingToPublishError, PublisherBusyError: nothing was done.
        BreakingChangeError, CompileError: nothing was changed.
        DeliveryInterruptedError: some tables are done, the rest is written down; run it again, or `replay`.
        RequestError, TokenError: Power BI could not be asked.
    """
    began, started_at = time.monotonic(), datetime.now(UTC)
    chosen = _chosen(model, tables)
    with open_publisher(settings, model, manner, client) as publisher:
        there = publisher.deployer.existing()
        active = _only_active(publisher, there)
        plan, target = _schema(publisher, active, [one for one in there if not one.active], allow_breaking)
        with publisher.delivered(target) as delivered, warehouse_of(settings, delivered.connection):
            deliverer = publisher.deliverer(target, delivered)
            scope = companies
            if not target.active:
                # The dataset that takes another's place holds what that one held: all tables, and its companies too.
                chosen = _chosen(model, None)
                scope = _with_those_of(publisher, active, companies)
            shown = {} if everything else delivered.shown_where_known()
            versions = relation_versions(delivered.connection)
            waiting = {entry.table for entry in publisher.deliveries.outstanding(target.dataset_id)}
            done = []
            for table in chosen:
                whose = _scope(scope, table, plan, delivered)
                about = comparison(table, target.schema.by_name[table.name], whose, versions.get(table.relation))
                if about is not None and shown.get(table.name) == about and table.name not in waiting:
                    one = _as_it_was(table)
                else:
                    one = _publish_table(publisher, deliverer, delivered, target, table, whose, about, ask=everything)
                tell(one)
                done.append(one)
            if not target.active:
                target = publisher.deployer.activate(target, [active] if active is not None else [])
            comparable = with_measures_of(model, chosen)
            found = totals(publisher.client, target.dataset_id, delivered.connection, comparable, companies, compare)
    return Publication(
        publisher.name, target.dataset_id, started_at, time.monotonic() - began, plan, tuple(done), found
    )


def plan(
    settings: Settings,
    *,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
) -> SchemaPlan:
    """What `publish` would do to the schema, and what that costs; changes nothing. Errors: see there."""
    with open_publisher(settings, model, manner, client) as publisher:
        active = next((one for one in reversed(publisher.deployer.existing()) if one.active), None)
        return _plan(publisher, active)


def proven(
    settings: Settings,
    *,
    companies: Sequence[str] | None = None,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
) -> tuple[Total, ...]:
    """The totals of what was published, three ways; changes nothing. They differ where the warehouse went on since.

    Raises:
        NothingToPublishError: no dataset was made yet. Others: see `publish`.
    """
    with open_publisher(settings, model, manner, client) as publisher, duckdb.connect() as connection:
        active = next((one for one in reversed(publisher.deployer.existing()) if one.active), None)
        if active is None:
            raise NothingToPublishError(f"The dataset {publisher.name} was not made yet: publish it first.")
        with warehouse_of(settings, connection):
            return totals(publisher.client, active.dataset_id, connection, model, companies)


def _plan(publisher: Publisher, active: Deployed | None) -> SchemaPlan:
    wanted = publisher.wanted("" if active is None else active.token)
    deployed = None if active is None else active.schema
    found = planned(deployed, wanted, {}, publisher.manner.limits)
    if found.action is Action.NOTHING:
        return found
    with duckdb.connect() as connection, warehouse_of(publisher.settings, connection):
        # A model that the warehouse does not fit is found before anything is changed.
        for table in publisher.model.tables:
            source_types(connection, table)
        rows = row_counts(connection, [publisher.model.by_name[name] for name in found.replace])
    return planned(deployed, wanted, rows, publisher.manner.limits)


def _schema(
    publisher: Publisher, active: Deployed | None, staged: list[Deployed], allow_breaking: bool
) -> tuple[SchemaPlan, Deployed]:
    """Bring the schema there; the plan, and the dataset to fill."""
    found = _plan(publisher, active)
    if found.breaking and not allow_breaking:
        raise BreakingChangeError(publisher.name, tuple(change.told for change in found.breaking))
    begun = None
    for one in staged:
        if begun is None and found.action in (Action.CREATE, Action.RECREATE):
            begun = one if one.schema == publisher.wanted(one.token) else None
        if one is not begun:
            publisher.deployer.discard(one)
    if active is not None and found.action in (Action.NOTHING, Action.UPDATE):
        if found.action is Action.UPDATE:
            with publisher.delivered(active) as delivered:
                for table in found.replace:
                    delivered.doubt(table)
            active = publisher.deployer.update(active, publisher.wanted(active.token), found.put)
        return found, active
    if begun is None:
        begun = publisher.deployer.create(publisher.wanted)
        with publisher.delivered(begun) as delivered:
            delivered.begin_empty(tuple(begun.schema.by_name))
    return found, begun if active is not None else publisher.deployer.activate(begun, [])


def _publish_table(
    publisher: Publisher, deliverer: Deliverer, delivered: Delivered, target: Deployed, table: Table,
    companies: Sequence[str] | None, about: str | None, *, ask: bool,
) -> TablePublication:  # fmt: skip
    """`about`: see `compare`. `ask`: whether Power BI is asked what it has though nothing was sent."""
    began = time.monotonic()
    deliverer.tally = tally = Tally()
    deployed = target.schema.by_name[table.name]
    deliverer.drain(deployed)
    changes = compare(delivered, table, deployed, companies, about=about)
    publisher.deliveries.quarantine(target.dataset_id, table.name, companies, changes.shown)
    if changes.quarantined:
        logger.warning(
            "Table %s: %d rows do not fit and are left out: %s",
            table.name, changes.quarantined, "; ".join(f"{one.key}: {one.reason}" for one in changes.shown[:3]),
        )  # fmt: skip
    if changes.kind is not None:
        deliverer.plan(deployed, changes.kind, groups(delivered, table, changes, companies), companies)
        deliverer.drain(deployed)
    else:
        _give_up_refused(publisher, target, table, companies)
    sent = tally.posts or tally.rows or changes.kind is not None
    as_asked = deliverer.make_sure(deployed) if sent or ask else None
    return TablePublication(
        table.name, changes.kind, changes.added, changes.changed, changes.removed, changes.quarantined,
        changes.shown, tally.rows, tally.batches, tally.posts, tally.refused, tally.replaced,
        time.monotonic() - began, tally.waited, as_asked, changes.companies,
    )  # fmt: skip


def _give_up_refused(
    publisher: Publisher, target: Deployed, table: Table, companies: Sequence[str] | None
) -> None:  # fmt: skip
    """Nothing differs though batches were refused: what they bring is not in the warehouse any more."""
    refused = publisher.deliveries.failed(target.dataset_id, table.name)
    if companies is not None:
        refused = [one for one in refused if one.companies and set(one.companies.split(",")) <= set(companies)]
    publisher.deliveries.give_up([one.batch for one in refused])


def _as_it_was(table: Table) -> TablePublication:
    """Nothing waits, and nothing can have come to differ."""
    return TablePublication(table.name, None, 0, 0, 0, 0, (), 0, 0, 0, 0, 0, 0.0, 0.0, None)


def _chosen(model: SemanticModel, tables: Collection[str] | None) -> list[Table]:
    """Tables in the order in which they are published."""
    if tables is not None and (unknown := sorted(set(tables) - model.by_name.keys())):
        raise NothingToPublishError(
            f"The model has no table {', '.join(unknown)}. It has {', '.join(sorted(model.by_name))}."
        )
    wanted = [table for table in model.tables if tables is None or table.name in tables]
    return sorted(wanted, key=lambda table: _ORDER[table.kind])


def _only_active(publisher: Publisher, there: list[Deployed]) -> Deployed | None:
    """The dataset that reports look at; what a killed process left of those before it is deleted."""
    active = [one for one in there if one.active]
    if len(active) > 1:
        publisher.deployer.activate(active[-1], active[:-1])
    return active[-1] if active else None


def _with_those_of(
    publisher: Publisher, active: Deployed | None, companies: Sequence[str] | None
) -> Sequence[str] | None:
    if active is None or companies is None:
        return companies
    with publisher.delivered(active) as before:
        return sorted({*companies, *before.companies()})


def _scope(
    companies: Sequence[str] | None, table: Table, plan: SchemaPlan, delivered: Delivered
) -> Sequence[str] | None:
    """A table that is made anew is so for every company it holds; for all where no record says which.

    That is one whose columns changed, now or by a publication that did not come so far: rows as they were sent before
    have none that is new, and Power BI refuses those with one that it has no more.
    """
    if companies is None or not delivered.heard_of(table.name):
        return None
    if table.name not in plan.replace and delivered.state(table.name).known:
        return companies
    return sorted({*companies, *delivered.companies()})
