"""What `doctor` looks at in the data folder: the published warehouse and the lake it comes from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import opened_elsewhere
from qbo_pipeline.command_line.finance_models import TO_DO, are_of_another_version, stale_models
from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.command_line.warehouse_reader import SHOW_IT_HERE, WarehouseReader, lake_elsewhere
from qbo_pipeline.lake.layout import MAKING
from qbo_pipeline.state.process_lock import held

if TYPE_CHECKING:
    from pathlib import Path

    from qbo_pipeline.settings import Settings

_ABANDONED_SECONDS = 3600.0
"""No batch takes longer to write; an unfinished one that old belongs to a process that died."""
_MEGABYTE = 1 << 20


def warehouse_file(settings: Settings) -> Iterator[Finding]:
    """Whether the published file opens, what is in it, where its history is, and what is in quarantine."""
    import duckdb

    path = settings.data.warehouse
    if not path.exists():
        yield Finding(Level.OK, "warehouse", f"{path}, made with the first load")
        return
    try:
        with WarehouseReader(path) as reader:
            connection = reader.connection()
            [(tables,)] = connection.execute(
                "SELECT count(*) FROM duckdb_views() WHERE schema_name = 'quickbooks'"
            ).fetchall()
            [(rejected,)] = connection.execute(
                "SELECT count(*) FROM audit.rejected_record WHERE resolved_at IS NULL"
            ).fetchall()
            elsewhere = lake_elsewhere(connection, settings.data.lake)
    except duckdb.Error as error:
        yield Finding(
            Level.FAIL, "warehouse", f"{path} does not open: {str(error).strip()}",
            opened_elsewhere(error) or "Make it anew from the lake, without a request: qbo-pipeline rebuild",
        )  # fmt: skip
        return
    size = path.stat().st_size / _MEGABYTE
    yield Finding(Level.OK, "warehouse", f"{path}, {tables} tables, {size:,.1f} MB")
    if elsewhere:
        yield Finding(Level.WARN, "history", elsewhere, SHOW_IT_HERE)
    if rejected:
        yield Finding(
            Level.WARN, "quarantine", f"{rejected:,} records do not fit their declaration",
            'qbo-pipeline sql "SELECT entity, id, field, value, reason FROM audit.rejected_record WHERE resolved_at IS '
            'NULL"; what fits since an upgrade comes in with: qbo-pipeline replay --rejected',
        )  # fmt: skip


def build_database(settings: Settings) -> Iterator[Finding]:
    """Whether the database that loads write into opens; nobody is kept from it meanwhile for longer than that takes."""
    import duckdb

    build = settings.data.build
    if not build.exists():
        return
    try:
        with held(build.with_name("writer.lock")) as alone:
            if alone is not None:  # whoever writes it has opened it
                duckdb.connect(str(build), read_only=True).close()
    except OSError:
        return  # the data folder's own finding
    except duckdb.Error as error:
        yield Finding(
            Level.FAIL, "build database", f"{build} does not open, so that nothing is loaded: {str(error).strip()}",
            opened_elsewhere(error) or "Make it anew from the lake, without a request: qbo-pipeline rebuild",
        )  # fmt: skip


def finance_models(settings: Settings) -> Iterator[Finding]:
    """Whether the finance models are of the state of the tables and of this version; if not, which one failed."""
    import duckdb

    try:
        found = stale_models(settings)
        others = found is None and are_of_another_version(settings)
    except duckdb.Error:
        return  # the warehouse's own finding
    if found is not None:
        yield Finding(Level.FAIL, "finance models", found.sentence, TO_DO)
    elif others:
        yield Finding(
            Level.WARN, "finance models", "another version of qbo-pipeline made them, or none did",
            "The next sync makes them: qbo-pipeline sync",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, "finance models", "up to date with the tables")


def lake(settings: Settings) -> Iterator[Finding]:
    """Whether every batch of the lake is in the warehouse, and none was left half written."""
    from qbo_pipeline.lake.report_batches import report_lake

    root = settings.data.lake
    if not root.exists():
        yield Finding(Level.OK, "lake", f"{root}, made with the first load")
        return
    committed = {
        (int(path.name), path.parts[-3])
        for path in root.glob("*/*/*")
        if path.name.isdigit() and not path.parts[-3].startswith("_")
    }
    yield Finding(Level.OK, "lake", f"{root}, {len(committed):,} batches")
    if waiting := len(committed - _merged(settings.data.warehouse)):
        yield Finding(
            Level.WARN, "lake", f"{waiting:,} batches are not in the warehouse: a run ended before its merge",
            "The next sync or backfill merges them too: qbo-pipeline sync",
        )  # fmt: skip
    oldest = time.time() - _ABANDONED_SECONDS
    making = [path for one in (root, report_lake(root)) for path in one.glob(f"{MAKING}/*")]
    if abandoned := sum(path.stat().st_mtime < oldest for path in making):
        yield Finding(
            Level.WARN, "lake", f"{abandoned:,} half-written batches of processes that died",
            "They are ignored and take room only: qbo-pipeline rebuild removes them.",
        )  # fmt: skip


def _merged(warehouse: Path) -> set[tuple[int, str]]:
    import duckdb

    if not warehouse.exists():
        return set()
    try:
        with WarehouseReader(warehouse) as reader:
            rows = reader.connection().execute("SELECT batch, realm_id FROM audit.lake_batch").fetchall()
    except duckdb.Error:
        return set()  # the warehouse's own finding
    return {(int(batch), str(realm_id)) for batch, realm_id in rows}
