"""Which asset a relation of the warehouse belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import dagster as dg

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.orchestration.asset_identity import asset_key, relation_key
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables


def source_key(relation: Relation) -> dg.AssetKey | None:
    """The asset that a relation belongs to; None for the trail and what is derived from it."""
    if relation.schema == "quickbooks":
        return _entity_keys().get(relation.name)
    return relation_key(relation) if relation.schema in ("reports", "posting", "finance") else None


@cache
def _entity_keys() -> Mapping[str, dg.AssetKey]:
    """By table: those of arrays belong to their entity's asset."""
    return {table.name: asset_key(entity) for entity in ENTITIES for table in tables(entity)}
