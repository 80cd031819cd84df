"""`qbo-pipeline rebuild`: the warehouse made anew from the lake alone, without a request to QuickBooks."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import DataFolder, Settings
    from qbo_pipeline.warehouse.warehouse import Warehouse

_ABANDONED = timedelta(hours=1)
_CARRIED = ("sync_run", "api_call")
"""Tables of the audit trail that are not in the lake: they are taken over from the warehouse as it was."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    batches: int
    records: int
    """Record versions merged."""
    retyped: int
    """Batches typed anew, because their entity was declared differently when they came."""
    audit_kept: bool
    """Whether the trail of runs and requests could be taken over."""
    seconds: float


def show_rebuild(settings: Settings, *, as_json: bool) -> None:
    """Rebuild and tell what came of it.

    Raises:
        WarehouseBusyError: another process kept writing.
    """
    done = rebuild(settings.data)
    if as_json:
        print_json(done)
        return
    results().print(
        f"Rebuilt {settings.data.warehouse} from {done.batches:,} batches ({done.records:,} record versions) in "
        f"{done.seconds:.1f} s, without a request.",
        markup=False,
    )
    if done.retyped:
        results().print(f"{done.retyped:,} batches were typed anew, as their entities are declared today.")
    if not done.audit_kept:
        messages().print("[yellow]The trail of earlier runs and requests could not be read and starts anew.[/]")


def rebuild(data: DataFolder) -> Rebuilt:
    """Make the warehouse anew beside the old one, publish it, and put it in the old one's place.

    Readers are not disturbed; writers wait. Cut short, it has changed nothing.
    """
    from qbo_pipeline.lake.layout import sweep
    from qbo_pipeline.warehouse.lock import writer_lock
    from qbo_pipeline.warehouse.warehouse import open_warehouse

    began = time.monotonic()
    workshop = data.build.parent / "rebuild"
    fresh = workshop / data.build.name
    with writer_lock(data.build.with_name("writer.lock")):
        shutil.rmtree(workshop, ignore_errors=True)
        sweep(data.lake, datetime.now(UTC) - _ABANDONED)
        with open_warehouse(fresh, data.warehouse, data.lake) as warehouse:
            batches, records, retyped = _merge_all(warehouse, workshop)
            audit_kept = any(_carry_over(warehouse, old) for old in (data.build, data.warehouse))
            warehouse.publish()
        data.build.with_name(f"{data.build.name}.wal").unlink(missing_ok=True)  # it belongs to the old file
        os.replace(fresh, data.build)
        shutil.rmtree(workshop, ignore_errors=True)
    return Rebuilt(batches, records, retyped, audit_kept, time.monotonic() - began)


def _merge_all(warehouse: Warehouse, workshop: Path) -> tuple[int, int, int]:
    """Merge the whole lake; returns batches, record versions, and batches that were typed anew.

    One batch after the other, oldest first, so that memory stays what it is for one.
    """
    from rich.progress import track

    from qbo_pipeline.lake.writer import declaration, retype
    from qbo_pipeline.quickbooks.catalogue import entity

    console, folder = messages(), workshop / "retyped"
    waiting = warehouse.unmerged()
    retyped = 0
    for batch in track(waiting, "Merging the lake", console=console, disable=not console.is_terminal, transient=True):
        of = entity(batch.manifest.entity)
        if batch.manifest.declaration == declaration(of):
            warehouse.merge(of, [batch])
        else:
            warehouse.merge(of, [retype(batch, of, folder)])
            shutil.rmtree(folder)
            retyped += 1
    return len(waiting), sum(batch.manifest.records for batch in waiting), retyped


def _carry_over(warehouse: Warehouse, old: Path) -> bool:
    """Take the audit trail over from an earlier warehouse; False where there is none that opens."""
    import duckdb

    if not old.exists():
        return False
    path = str(old).replace("'", "''")
    try:
        warehouse.rows(f"ATTACH '{path}' AS old (READ_ONLY)")
    except duckdb.Error:
        return False
    try:
        for table in _CARRIED:
            warehouse.rows(f"INSERT INTO audit.{table} BY NAME SELECT * FROM old.audit.{table}")
    except duckdb.Error:
        return False
    finally:
        warehouse.rows("DETACH old")
    return True
