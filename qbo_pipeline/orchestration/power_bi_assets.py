"""One asset per published table of the semantic model, by company; one step brings a company's changes to all picked.

Where Power BI is not configured, nothing fails: the step and the assets say so. A step that left its assets out would
make a failure of every backfill of everything.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.model.definition import Column, SemanticModel, Table
from qbo_pipeline.orchestration.asset_identity import CODE_VERSION, OWNERS, relation_key
from qbo_pipeline.orchestration.failures import told_in_dagster
from qbo_pipeline.orchestration.partitions import COMPANIES, picked_partitions
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks

if TYPE_CHECKING:
    from qbo_pipeline.power_bi.publication import Publication, TablePublication

POWER_BI = "power_bi"
NOT_CONFIGURED = "Power BI is not configured: set POWERBI_TENANT_ID, POWERBI_CLIENT_ID, POWERBI_CLIENT_SECRET and "
NOT_CONFIGURED += "POWERBI_WORKSPACE_ID to publish."


def power_bi_key(table: str) -> dg.AssetKey:
    """`power_bi/general_ledger_lines`."""
    return dg.AssetKey([POWER_BI, table.strip("_").lower().replace(" ", "_")])


def power_bi_assets(model: SemanticModel) -> dg.AssetsDefinition:
    """The assets of the tables, each after the finance model that holds its rows."""
    table_of = {power_bi_key(table.name): table for table in model.tables}

    @dg.multi_asset(
        name="publish_power_bi",
        specs=[_spec(key, table) for key, table in table_of.items()],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def publish_power_bi(
        context: dg.AssetExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings = books.session().settings
        picked = [table.name for key, table in table_of.items() if key in context.selected_asset_keys]
        with told_in_dagster("The tables could not be published to Power BI"):
            if settings.power_bi is None:
                context.log.warning(NOT_CONFIGURED)
                for name in picked:
                    yield dg.MaterializeResult(asset_key=power_bi_key(name), metadata={"not_published": NOT_CONFIGURED})
                return
            from qbo_pipeline.power_bi.recorded import publish_recorded

            companies = picked_partitions(
                context, "publish", "Pick companies", "publish to publish everything of every company"
            )
            done = publish_recorded(settings, tables=picked, companies=companies)
        context.log.info(in_short(done))
        for one in done.tables:
            yield dg.MaterializeResult(asset_key=power_bi_key(one.table), metadata=table_metadata(done, one))

    return publish_power_bi


def published_tables(
    done: "Publication", realm_ids: Sequence[str], instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    """The tables that a publication changed, for steps that are not the assets' own.

    Of each the companies whose rows changed, and those of which nothing was ever told: all of a hundred companies would
    take seconds of every run, and ten megabytes.
    """
    for one in done.tables:
        if one.kind is None:
            continue
        key = power_bi_key(one.table)
        unchanged = set() if one.companies is None else instance.get_materialized_partitions(key) - one.companies
        for realm_id in realm_ids:
            if realm_id not in unchanged:
                yield dg.AssetMaterialization(
                    key,
                    partition=realm_id,
                    metadata=table_metadata(done, one),
                    tags={"dagster/code_version": CODE_VERSION},
                )


def table_metadata(done: "Publication", one: "TablePublication") -> dict[str, Any]:
    """The figures of a table's publication."""
    return {
        "dataset": done.dataset,
        "dataset_id": done.dataset_id,
        "sent_as": "unchanged" if one.kind is None else one.kind.value,
        "rows_sent": one.rows,
        "rows_added": one.added,
        "rows_changed": one.changed,
        "rows_removed": one.removed,
        "rows_quarantined": one.quarantined,
        "batches_refused": one.refused,
        "batches": one.batches,
        "requests": one.posts,
        "seconds": round(one.seconds, 3),
        "seconds_waited_for_limits": round(one.waited, 3),
    }


def in_short(done: "Publication") -> str:
    """`Dataset QuickBooks Online: 1,234 rows of 5 tables in 6 requests; 90 totals compared, all equal`."""
    tables = sum(one.kind is not None for one in done.tables)
    unequal = sum(not one.equal for one in done.totals)
    compared = f"{len(done.totals):,} totals compared, {f'{unequal:,} differ' if unequal else 'all equal'}"
    quarantined = f"{done.quarantined:,} rows do not fit and were left out; " if done.quarantined else ""
    refused = f"Power BI refuses {done.refused:,} batches, whose rows are missing; " if done.refused else ""
    return (
        f"Dataset {done.dataset}: {done.rows:,} rows of {tables} tables in {done.posts:,} requests; "
        f"{quarantined}{refused}{compared if done.totals else 'no totals compared'}."
    )


def _spec(key: dg.AssetKey, table: Table) -> dg.AssetSpec:
    schema, _, relation = table.relation.partition(".")
    rows = relation_key(Relation(schema, relation))
    return dg.AssetSpec(
        key,
        deps=[rows],
        description=table.description,
        group_name=POWER_BI,
        kinds={"powerbi"},
        owners=OWNERS,
        code_version=CODE_VERSION,
        partitions_def=COMPANIES,
        metadata={
            "table": table.name,
            "delivery": table.delivery.value,
            "dagster/column_schema": dg.TableSchema([_column(one) for one in table.columns]),
            "dagster/column_lineage": dg.TableColumnLineage(
                {one.name: [dg.TableColumnDep(rows, one.source)] for one in table.columns}
            ),
        },
    )


def _column(column: Column) -> dg.TableColumn:
    return dg.TableColumn(column.name, column.type.value, column.description)
