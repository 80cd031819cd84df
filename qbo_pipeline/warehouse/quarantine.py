"""Records in quarantine, and bringing in those that fit by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from qbo_pipeline.lake.layout import VERSION_BITS
from qbo_pipeline.lake.resolution import Quarantined, try_again, write_resolved
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Ward:
    """What is in quarantine of one entity of one company."""

    realm_id: str
    entity: Entity
    quarantined: tuple[Quarantined, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a second chance came to."""

    versions: int
    """Records that fit by now."""
    merged: MergeOutcome
    """What merging them did; nothing on a dry run."""
    reasons: tuple[str, ...]
    """What does not fit, of those that stay; with the id."""


def wards(
    warehouse: Warehouse,
    entity_name: str | None = None,
    ids: Sequence[str] | None = None,
    batches: Sequence[int] | None = None,
) -> list[Ward]:
    """What is in quarantine; only of an entity, of records or of batches of the lake where those are given."""
    rows = warehouse.connection.execute(
        f"""
        SELECT realm_id, entity, version_id, id, raw, received_at FROM audit.rejected_record
        WHERE resolved_at IS NULL
          AND ($entity::VARCHAR IS NULL OR entity = $entity)
          AND ($ids::VARCHAR[] IS NULL OR list_contains($ids::VARCHAR[], id))
          AND ($batches::BIGINT[] IS NULL OR list_contains($batches::BIGINT[], version_id >> {VERSION_BITS}))
        ORDER BY realm_id, entity, version_id
        """,
        {
            "entity": entity_name,
            "ids": None if ids is None else list(ids),
            "batches": None if batches is None else list(batches),
        },
    ).fetchall()
    found: dict[tuple[str, str], list[Quarantined]] = {}
    for realm_id, name, version_id, identity, raw, received_at in rows:
        one = Quarantined(version_id, identity, raw, received_at.replace(tzinfo=UTC))
        found.setdefault((realm_id, name), []).append(one)
    return [Ward(realm_id, entity(name), tuple(some)) for (realm_id, name), some in found.items()]


def resolve(warehouse: Warehouse, lake: Path, ward: Ward, run_id: str, *, dry_run: bool = False) -> Resolved:
    """Write what fits into the lake again and merge it, which marks it as resolved.

    Cut short after the lake has it, the next writer merges it.
    """
    chance = try_again(ward.quarantined, ward.entity)
    if dry_run or not chance.fitting:
        return Resolved(len(chance.fitting), MergeOutcome(), chance.reasons)
    batches = write_resolved(lake, ward.entity, ward.realm_id, run_id, chance.fitting, datetime.now(UTC))
    return Resolved(len(chance.fitting), warehouse.merge(ward.entity, batches), chance.reasons)
