"""How long it takes to bring changes into a warehouse that holds many records already."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.prepared import PreparedRecords
from benchmarks.product import REALM
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.warehouse import open_warehouse

_ROUNDS = 5
_EDITS = itertools.count(1)
"""Every edit is newer than all before it."""


def merge_seconds(data: Path, count: int, changes: int) -> float:
    """Median wall clock of merging `changes` edited invoices, spread over all, into `count` of them.

    From batches in the lake to the committed transaction; publishing comes on top once a run.
    """
    prepared = PreparedRecords("Invoice", count)
    invoice = entity("Invoice")
    spent = []
    for turn in range(_ROUNDS):
        chosen = range(turn, count, max(1, count // changes))[:changes]
        batches = edited(data / "lake", prepared, chosen)
        with open_warehouse(data / "build" / "warehouse.duckdb", data / "warehouse.duckdb", data / "lake") as warehouse:
            began = time.perf_counter()
            outcome = warehouse.merge(invoice, batches)
            spent.append(time.perf_counter() - began)
        if outcome.updated != len(chosen):
            raise RuntimeError(f"{outcome.updated} of {len(chosen)} changes were merged")
    return statistics.median(spent)


def edited(lake: Path, prepared: PreparedRecords, chosen: Sequence[int]) -> list[Batch]:
    """The invoices at some positions, edited and written to the lake; newer than all that were edited before."""
    edit = next(_EDITS)
    return _written(lake, [_edited(bytes(prepared[index]), edit) for index in chosen])


def _edited(text: bytes, edit: int) -> msgspec.Raw:
    record = msgspec.json.decode(text)
    record["SyncToken"] = str(int(record["SyncToken"]) + edit)
    record["MetaData"]["LastUpdatedTime"] = f"2026-11-01T10:{edit // 60:02}:{edit % 60:02}-07:00"
    return msgspec.Raw(json.dumps(record, separators=(",", ":")).encode())


def _written(lake: Path, records: list[msgspec.Raw]) -> list[Batch]:
    invoice = entity("Invoice")
    writer = LakeWriter(lake, invoice, REALM, "benchmark-changes")
    now = datetime.now(UTC)
    batches = []
    for start in range(0, len(records), 1000):
        part = records[start : start + 1000]
        body = b"[" + b",".join(bytes(record) for record in part) + b"]"
        written = writer.add(Page(REALM, invoice, part, body, now, now, "cdc", "changes", None))
        batches += [written.batch] if written else []
    last = writer.flush()
    return batches + ([last.batch] if last else [])
