"""Quarantined records that fit by now, because their declaration or its reader was mended: a batch of their own.

The lake never changes what it has, so a record that was quarantined stays that in its batch. The new batch says which
versions it resolves; the mark in `audit.rejected_record` is made from that, also when a warehouse is made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from qbo_pipeline.lake.batch_files import BatchKeys, declaration, write_records, write_typed
from qbo_pipeline.lake.layout import Batch, BatchFolder, Manifest
from qbo_pipeline.lake.retyping import read_rows
from qbo_pipeline.quickbooks.catalogue.model import Entity

SOURCE = "replay"
"""How these records came: not from QuickBooks anew."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record of one entity and company as it lies in quarantine."""

    version_id: int
    id: str | None
    """None where it was quarantined for having none."""
    raw: str
    received_at: datetime
    """UTC, with time zone."""


@dataclass(frozen=True, slots=True)
class SecondChance:
    """How quarantined records fare with the declaration of today."""

    fitting: tuple[Quarantined, ...]
    reasons: tuple[str, ...]
    """What does not fit, of the others; with the id."""


def try_again(quarantined: Sequence[Quarantined], entity: Entity) -> SecondChance:
    """Type quarantined records of an entity, writing nothing."""
    rows = read_rows([one.raw for one in quarantined], entity)
    unfit = {one.record_number: one.reason for one in rows.rejected}
    return SecondChance(
        tuple(one for number, one in enumerate(quarantined, start=1) if number not in unfit),
        tuple(f"{quarantined[number - 1].id or 'without an id'}: {reason}" for number, reason in unfit.items()),
    )


def write_resolved(
    lake: Path, entity: Entity, realm_id: str, run_id: str, fitting: Sequence[Quarantined], at: datetime
) -> list[Batch]:
    """Write records that `try_again` found fitting into the lake; a batch for each instant they were received at."""
    together: dict[datetime, list[Quarantined]] = {}
    for one in fitting:
        together.setdefault(one.received_at, []).append(one)
    return [
        _write(BatchFolder(lake, realm_id, entity.table), entity, realm_id, run_id, received_at, some, at)
        for received_at, some in sorted(together.items())
    ]


def _write(
    folder: BatchFolder, entity: Entity, realm_id: str, run_id: str,
    received_at: datetime, fitting: Sequence[Quarantined], at: datetime,
) -> Batch:  # fmt: skip
    try:
        keys = BatchKeys(folder.number, realm_id, entity, SOURCE, run_id, received_at)
        raws = [one.raw for one in fitting]
        rows = read_rows(raws, entity)
        written = write_typed(folder.path, rows, keys)
        records = keys.records(rows, [pa.array(raws, pa.large_string())])
        write_records(folder.path, records)
        return folder.commit(
            Manifest(
                batch=folder.number,
                realm_id=realm_id,
                entity=entity.name,
                source=SOURCE,
                run_id=run_id,
                received_at=received_at.isoformat(),
                records=records.num_rows,
                rejected=0,
                deleted=int(pc.sum(pc.equal(records["operation"], "deleted")).as_py()),
                unknown_fields=dict(rows.unknown_fields),
                rows=written,
                declaration=declaration(entity),
                resolves=[one.version_id for one in fitting],
                resolved_at=at.isoformat(),
            )
        )
    except BaseException:
        folder.discard()
        raise
