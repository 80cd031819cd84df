"""How the pipeline's assets are named, owned and versioned in Dagster."""

from __future__ import annotations

import dagster as dg

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.quickbooks.catalogue.model import Entity

GROUP = "quickbooks"
REPORTS = "reports"
FINANCE = "finance"
OWNERS = ("team:finance-data",)
WAREHOUSE_WRITER = "warehouse_writer"
"""The pool of every step that writes the warehouse; one place."""
CODE_VERSION = "1"
"""Counts up when loaded tables would come out differently; Dagster then marks what is loaded as out of date."""


def asset_key(entity: Entity) -> dg.AssetKey:
    """`quickbooks/invoice`."""
    return dg.AssetKey([GROUP, entity.table])


def relation_key(relation: Relation) -> dg.AssetKey:
    """`finance/profit_and_loss`, `posting/leg`, `reports/posted_leg`: of a relation that is an asset by itself."""
    return dg.AssetKey([relation.schema, relation.name])
