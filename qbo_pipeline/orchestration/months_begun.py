"""The months that begin while Dagster runs.

The last month of a load holds everything dated later, too, and from then on changes are followed. So the month after it
is whole from its first day on, though no load ever was about it. Nobody else says so before the next complete load: its
partition would count as missing, its changes would only be observed, and the check that counts rows would leave it out.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.asset_identity import asset_key
from qbo_pipeline.orchestration.partitions import CompanyMonths, company_month, partition
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session

_NOTE = "This month began after everything had been loaded. What is dated in it is followed from its first day on."


def months_begun(
    session: "Session", instance: dg.DagsterInstance, entities: Sequence[Entity], months: CompanyMonths
) -> Iterator[dg.AssetMaterialization]:
    """The months of connected companies that are whole because the one before them was loaded to its end."""
    followed = {one.realm_id: session.changes.followed(one.realm_id) for one in session.companies()}
    every_month = months.every_month()
    for entity in entities:
        if entity.category is not Category.TRANSACTION:
            continue
        newest: dict[str, str] = {}
        for key in instance.get_materialized_partitions(asset_key(entity)):
            realm_id, _, month = key.partition("|")
            newest[realm_id] = max(month, newest.get(realm_id, month))
        for realm_id, last in newest.items():
            begun = [month for month in every_month if month > last]
            if (
                begun
                and entity.name in followed.get(realm_id, ())
                and _holds_what_follows(instance, entity, realm_id, last)
            ):
                for month in begun:
                    key = partition(company_month(realm_id, month))
                    yield dg.AssetMaterialization(asset_key(entity), partition=key, metadata={"note": _NOTE})


def _holds_what_follows(instance: dg.DagsterInstance, entity: Entity, realm_id: str, month: str) -> bool:
    """Whether a month was the last one there was when it was told of first. Otherwise it was loaded for itself."""
    about = dg.AssetRecordsFilter(asset_key(entity), asset_partitions=[company_month(realm_id, month)])
    first = instance.fetch_materializations(about, limit=1, ascending=True).records
    return bool(first) and f"{datetime.fromtimestamp(first[0].timestamp, UTC):%Y-%m-01}" <= month
