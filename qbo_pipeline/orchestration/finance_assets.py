"""One asset per finance model, all made anew by one step: a build is one transaction, readers see all of it or nothing.

The step can't be cut: models alone in a run would be a run for every layer of them, half a minute apart in a backfill.
"""

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.model import Built, Model
from qbo_pipeline.finance.state import built_since, failure
from qbo_pipeline.ingestion.results import Query
from qbo_pipeline.orchestration.asset_identity import FINANCE, OWNERS, WAREHOUSE_WRITER, relation_key
from qbo_pipeline.orchestration.failures import told_in_dagster
from qbo_pipeline.orchestration.finance_metadata import figures, model_metadata, open_shown
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.orchestration.source_assets import source_key

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session


def model_spec(models: Models, model: Model) -> dg.AssetSpec:
    """All that Dagster knows of a model before it is built."""
    in_warehouse = {} if model.built is Built.INLINE else {"dagster/table_name": model.name}
    return dg.AssetSpec(
        relation_key(model.relation),
        deps=sorted({key for one in models.upstream[model.name] if (key := source_key(one)) is not None}),
        description=f"{model.description}\n\nGrain: {model.grain}",
        group_name=FINANCE,
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        code_version=models.digest(model),
        tags={"finance/built": model.built.value},
        metadata={
            **in_warehouse,
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(one.name, type="", description=one.description) for one in model.columns]
            ),
            "key": ", ".join(model.key),
            "source": model.source,
        },
    )


def finance_assets(models: Models) -> dg.AssetsDefinition:
    """The assets of the models, each after those it is made from."""

    @dg.multi_asset(
        name="build_finance",
        specs=[model_spec(models, model) for model in models.ordered],
        can_subset=False,
        pool=WAREHOUSE_WRITER,
    )
    def build_finance(
        context: dg.AssetExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.MaterializeResult[None]]:
        session = books.session()
        with told_in_dagster("The finance models could not be built"):
            from qbo_pipeline.ingestion.publishing import rebuild_models

            done = rebuild_models(session.settings.data)
        context.log.info(f"{len(done.rebuilt)} models built in {done.seconds:.1f} s.")
        with open_shown(session) as shown:
            for model in models.ordered:
                metadata = model_metadata(models, model, shown)
                yield dg.MaterializeResult(asset_key=relation_key(model.relation), metadata=metadata)

    return build_finance


def all_models(models: Models, session: "Session") -> Iterator[dg.AssetMaterialization]:
    """Every model as it is in the warehouse, for steps that are not the assets' own; none where none was ever built."""
    with open_shown(session) as shown:
        for model in models.ordered if shown.remembered else ():
            yield _materialization(model, model_metadata(models, model, shown))


def rebuilt_models(
    models: Models, session: "Session", began: datetime
) -> Generator[dg.AssetMaterialization, None, str | None]:
    """The models that were built from an instant on.

    Gives back why the models are not of the state of the tables; None where they are.
    """
    if not session.settings.data.warehouse.exists():
        return None
    with session.reading() as query:
        return (yield from models_built_since(models, query, began))


def models_built_since(
    models: Models, query: Query, began: datetime
) -> Generator[dg.AssetMaterialization, None, str | None]:
    """The same of a warehouse that is open; with figures alone: there may be a run every second."""
    built, failed = built_since(query, began), failure(query)
    for one in built:
        model = models.named(one.model)
        if model is not None:
            yield _materialization(model, figures(one))
    return None if failed is None else failed.sentence


def stale_models(session: "Session") -> str | None:
    """Why the models are not of the state of the tables; None while they are."""
    if not session.settings.data.warehouse.exists():
        return None
    with session.reading() as query:
        found = failure(query)
    return None if found is None else found.sentence


def _materialization(model: Model, metadata: dict[str, Any]) -> dg.AssetMaterialization:
    # Without a code version: told of one, Dagster asks for the data versions of all that is upstream as well, and calls
    # unsynced what lacks them. Without, it goes by time, and the events come in the order of the graph.
    return dg.AssetMaterialization(relation_key(model.relation), metadata=metadata)
