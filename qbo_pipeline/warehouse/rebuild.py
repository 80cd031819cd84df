"""The warehouse made anew from the lake alone, without a request to QuickBooks."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from qbo_pipeline.lake.batch_files import declaration
from qbo_pipeline.lake.layout import Batch, sweep
from qbo_pipeline.lake.report_batches import report_lake
from qbo_pipeline.lake.retyping import retype
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.lock import writer_lock
from qbo_pipeline.warehouse.merge import together
from qbo_pipeline.warehouse.publications import take_publications
from qbo_pipeline.warehouse.quarantine import resolve, wards
from qbo_pipeline.warehouse.trail import carry_over
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

_ABANDONED = timedelta(hours=1)
_RUN = "rebuild"
"""The run by which records left the quarantine."""

Progress = Callable[[int, int], None]
"""Batches merged, batches in all."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did."""

    batches: int
    records: int
    """Record versions merged."""
    retyped: int
    """Batches typed anew, because their entity was declared differently when they came."""
    resolved: int
    """Records that left the quarantine, because they fit what is declared today."""
    audit_kept: bool
    """Whether the trail of runs and requests could be taken over."""
    seconds: float


def rebuild(
    build: Path,
    target: Path,
    lake: Path,
    on_progress: Progress,
    publish: Callable[[Warehouse], None] = Warehouse.publish,
) -> Rebuilt:
    """Make the warehouse anew beside the old one, publish it, and put it in the old one's place.

    `publish`: builds on what was merged and shows it to readers.

    Readers are not disturbed; writers wait. Cut short, it has changed nothing.

    Raises:
        WarehouseBusyError: another process kept writing.
        duckdb.IOException: somebody has open for writing what alone has the audit trail.
    """
    began = time.monotonic()
    workshop = build.parent / "rebuild"
    fresh = workshop / build.name
    with writer_lock(build.with_name("writer.lock")):
        shutil.rmtree(workshop, ignore_errors=True)
        for one in (lake, report_lake(lake)):
            sweep(one, datetime.now(UTC) - _ABANDONED)
        _close_log(build)
        take_publications(build)  # batches merged here alone are not in the old one: whoever opens it next has to look
        try:
            with open_warehouse(fresh, target, lake, keep_trail=False) as warehouse:
                # First what was told of merges: what is known is not inferred again.
                audit_kept = any(carry_over(warehouse, old) for old in (build, target))
                waiting = warehouse.unmerged()
                retyped = _merge_all(warehouse, waiting, workshop / "retyped", on_progress)
                warehouse.merge_reports(warehouse.unmerged_reports())
                resolved = sum(resolve(warehouse, lake, ward, _RUN).versions for ward in wards(warehouse))
                publish(warehouse)
            # What is left of a log belongs to a file that does not open any more; the new one must not replay it.
            build.with_name(f"{build.name}.wal").unlink(missing_ok=True)
            os.replace(fresh, build)
        finally:  # where the disk is full, half a warehouse must not keep what a load would need
            shutil.rmtree(workshop, ignore_errors=True)
    records = sum(batch.manifest.records for batch in waiting)
    return Rebuilt(len(waiting), records, retyped, resolved, audit_kept, time.monotonic() - began)


def _close_log(build: Path) -> None:
    """Bring what is still in the old database's log into its file: the log cannot be swapped together with it."""
    if build.exists():
        with contextlib.suppress(duckdb.Error), duckdb.connect(str(build)) as connection:
            connection.execute("CHECKPOINT")


def _merge_all(warehouse: Warehouse, waiting: Sequence[Batch], folder: Path, on_progress: Progress) -> int:
    """Merge the whole lake; returns how many batches were typed anew."""
    merged = retyped = 0
    for group in together(waiting):
        of = entity(group[0].manifest.entity)
        current = []
        for batch in group:
            if batch.manifest.declaration == declaration(of):
                current.append(batch)
            else:
                current.append(retype(batch, of, folder / str(batch.manifest.batch)))
                retyped += 1
        warehouse.merge(of, current)
        shutil.rmtree(folder, ignore_errors=True)
        merged += len(group)
        on_progress(merged, len(waiting))
    return retyped
