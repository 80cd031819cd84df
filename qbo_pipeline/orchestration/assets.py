"""One asset per entity of the catalogue, all loaded by one step.

One step, and not forty, because a step is what shares questions: the entities of a run are read side by side through
one connection pool, the change-data-capture call that closes the gap behind a scan is asked once for all of them, and
the warehouse is published once. Any subset can be picked.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from qbo_pipeline.orchestration.asset_identity import CODE_VERSION, GROUP, OWNERS, WAREHOUSE_WRITER, asset_key
from qbo_pipeline.orchestration.connections import warn_of_endings
from qbo_pipeline.orchestration.failures import raise_in_dagster
from qbo_pipeline.orchestration.loading import load, loaded_tables, materializations
from qbo_pipeline.orchestration.metadata import column_schema
from qbo_pipeline.orchestration.partitions import CompanyMonths, picked_partitions
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.quickbooks.catalogue.model import Entity


def asset_spec(entity: Entity, months: CompanyMonths) -> dg.AssetSpec:
    """All that Dagster knows of an entity before anything is loaded."""
    return dg.AssetSpec(
        asset_key(entity),
        description=entity.description,
        group_name=GROUP,
        kinds={"quickbooks", "parquet", "duckdb"},
        owners=OWNERS,
        code_version=CODE_VERSION,
        partitions_def=months.of(entity),
        tags={
            "quickbooks/category": entity.category.value,
            "quickbooks/change_data_capture": str(entity.change_data_capture).lower(),
        },
        metadata={
            "dagster/table_name": f"quickbooks.{entity.table}",
            "dagster/column_schema": column_schema(entity),
            "quickbooks_entity": entity.name,
        },
    )


def quickbooks_assets(entities: Sequence[Entity], months: CompanyMonths) -> dg.AssetsDefinition:
    """The assets of the entities, in load order."""
    entity_of = {asset_key(entity): entity for entity in entities}

    @dg.multi_asset(
        name="load_quickbooks",
        specs=[asset_spec(entity, months) for entity in entities],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WAREHOUSE_WRITER,
    )
    def load_quickbooks(
        context: dg.AssetExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
        picked = [entity for key, entity in entity_of.items() if key in context.selected_asset_keys]
        partition_keys = picked_partitions(
            context, "load", "Pick companies (and months)", "full_refresh to load everything of every company"
        )
        step = context.op_execution_context
        shares = months.shares(partition_keys)
        warn_of_endings(step.log, books.session(), {share.realm_id for share in shares})
        outcome = load(step, books, picked, shares)
        keys_of = {entity.name: outcome.whole(entity, partition_keys) for entity in picked}
        for table in loaded_tables(books.session(), picked, outcome.loads, keys_of, months):
            if table.entity.name in outcome.missed:
                # Its result would stand for every partition of the run; tell those that are whole.
                yield from materializations(table)
                continue
            key = asset_key(table.entity)
            for partition_key, metadata in table.metadata.items():
                context.add_asset_metadata(metadata, asset_key=key, partition_key=partition_key)
            yield dg.MaterializeResult(
                asset_key=key, metadata={"dagster/row_count": table.rows}, data_version=table.data_version
            )
        if outcome.errors:
            raise_in_dagster(
                "Not everything could be loaded", outcome.errors, context.op_execution_context.retry_number
            )

    return load_quickbooks
