"""Which records went over into which others: as webhooks tell, and as deletions let us infer.

People merge customers, vendors, accounts, items, classes …; the one record is no more then, and QuickBooks writes the
other one into whatever referred to it. Documents and histories of before go on naming the former, so its row stays,
marked deleted, and `quickbooks.merged_record` and `quickbooks.surviving_record` say where it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template

import duckdb

from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.warehouse.schema import literal, sql

_TOLD_WITHIN = "60 seconds"
"""How far apart a webhook of a merge and the deletion that it does not name may lie."""
_CHANGED_WITHIN = "2 seconds"
"""How far apart a deletion and the change of the surviving record may be stamped; stamps have whole seconds."""


@dataclass(frozen=True, slots=True)
class MergedRecord:
    """What a webhook says of a merge."""

    into_id: str
    """The record that lives on."""
    deleted_id: str | None
    """The one that is no more; None where the event does not say."""
    merged_at: datetime | None
    """With time zone; None where the event does not say."""


def are_merged(entity: Entity) -> bool:
    """Whether records of an entity are: a list of which records can be made inactive and not deleted loses them by
    nothing else."""
    return entity.category is Category.LIST and entity.active_flag and not entity.deletable


def create_views(connection: duckdb.DuckDBPyConnection, entities: Iterable[Entity]) -> None:
    """Make `quickbooks.merged_record` and `quickbooks.surviving_record`."""
    lists = [
        f'SELECT realm_id, {literal(one.name)} AS entity, id, deleted, updated_at FROM stored."{one.table}"'
        for one in entities
        if are_merged(one)
    ]
    nothing = "SELECT NULL::VARCHAR realm_id, NULL::VARCHAR entity, NULL::VARCHAR id, true deleted, now() updated_at"
    listed = " UNION ALL ".join(lists) or f"{nothing} WHERE false"
    connection.execute(Template(sql("merged_record.sql")).substitute(listed=listed) + sql("surviving_record.sql"))


def record_merges(
    connection: duckdb.DuckDBPyConnection, realm_id: str, entity: Entity, told: Iterable[MergedRecord], run_id: str
) -> None:
    """Note what webhooks tell of merges of one company; what is known already changes nothing."""
    rows = [
        {
            "realm_id": realm_id,
            "entity": entity.name,
            "deleted_id": one.deleted_id,
            "into_id": one.into_id,
            "merged_at": one.merged_at and one.merged_at.astimezone(UTC).replace(tzinfo=None),
            "run_id": run_id,
        }
        for one in told
    ]
    if not rows:
        return
    connection.executemany(
        """
        INSERT INTO audit.merged_record
        SELECT realm_id, entity, deleted_id, into_id, merged_at, 'webhook', $run_id
        FROM (SELECT $realm_id AS realm_id, $entity AS entity, $deleted_id::VARCHAR AS deleted_id, $into_id AS into_id,
                     $merged_at::TIMESTAMP AS merged_at) AS new
        WHERE NOT EXISTS (
            FROM audit.merged_record AS known
            WHERE known.realm_id = new.realm_id AND known.entity = new.entity AND known.into_id = new.into_id
              AND known.source = 'webhook' AND known.merged_at IS NOT DISTINCT FROM new.merged_at
              AND (new.deleted_id IS NULL OR known.deleted_id IS NOT DISTINCT FROM new.deleted_id)
        )
        """,
        rows,
    )
    infer_merges(connection, entity)


def infer_merges(connection: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Note what the deletions in the table of an entity say of merges; call it when records were merged in."""
    if are_merged(entity):
        connection.execute(
            Template(sql("inferred_merges.sql")).substitute(
                table=entity.table,
                entity=literal(entity.name),
                told=literal(_TOLD_WITHIN),
                changed=literal(_CHANGED_WITHIN),
            )
        )
