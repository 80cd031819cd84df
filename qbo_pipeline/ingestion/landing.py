"""Where pages land: one thread types and writes them into the lake, another merges what is there, requests go on."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from qbo_pipeline.ingestion.completeness import ScanRecord
from qbo_pipeline.ingestion.pieces import next_piece_at
from qbo_pipeline.ingestion.reading import Merge, Reading
from qbo_pipeline.lake.writer import LakeWriter, WrittenBatch
from qbo_pipeline.quickbooks.pages import Page

T = TypeVar("T")

_PATIENT = 10
"""A niceness: a tenth of a busy processor."""


class Landing:
    """The lake for what one company sends in one run; a context manager, for its threads."""

    def __init__(self, lake: Path, realm_id: str, run_id: str, merge: Merge) -> None:
        self._lake = lake
        self._realm_id = realm_id
        self._run_id = run_id
        self._merge = merge
        # One thread types and writes: it keeps up with the network, and every further one would keep memory of its own.
        self._typing = ThreadPoolExecutor(1, thread_name_prefix="lake")
        self._merging = ThreadPoolExecutor(1, thread_name_prefix="merge", initializer=_give_way)

    def __enter__(self) -> Landing:
        return self

    def __exit__(self, *_: object) -> None:
        self._typing.shutdown()
        self._merging.shutdown()

    def of(self, reading: Reading) -> EntityLanding:
        """Where the pages of a reading land."""
        return EntityLanding(self, reading, LakeWriter(self._lake, reading.entity, self._realm_id, self._run_id))

    async def aside(self, work: Callable[..., T], *arguments: object) -> T:
        """Run what computes in the typing thread, so that requests go on."""
        return await asyncio.get_running_loop().run_in_executor(self._typing, work, *arguments)

    def merge_ahead(self, readings: Sequence[Reading]) -> None:
        """Merge what is in the lake of them while others are read, in the merging thread."""
        merging = self._merging.submit(self._merge, {one.entity: one.unmerged for one in readings})
        for one in readings:
            one.merging.append(merging)
            one.merged_batches = len(one.batches)


class EntityLanding:
    """The lake for the pages of one reading, which notes every batch."""

    def __init__(self, landing: Landing, reading: Reading, writer: LakeWriter) -> None:
        self.reading = reading
        self._landing = landing
        self._writer = writer

    async def write(self, page: Page, record: ScanRecord | None = None) -> None:
        """Take a page; a scan whose completeness will be judged has a record of what is in it.

        Raises:
            WarehouseBusyError: an earlier piece could not be merged.
        """
        self._keep(await self._landing.aside(self._writer.add, page), record)
        reading = self.reading
        total = None if reading.counted is None else reading.counted.total
        if reading.records >= next_piece_at(reading.merged_records, total):
            if reading.merging:  # none gets far ahead of what is merged, and what cannot be merged ends the scan
                await asyncio.wrap_future(reading.merging[-1])
            self._landing.merge_ahead([reading])

    async def flush(self, record: ScanRecord | None = None) -> None:
        """Write what came since the last batch."""
        self._keep(await self._landing.aside(self._writer.flush), record)

    def _keep(self, written: WrittenBatch | None, record: ScanRecord | None) -> None:
        if written is None:
            return
        self.reading.batches.append(written.batch)
        if record is not None:
            for ids, created in zip(written.ids, written.created_at, strict=True):
                record.add(ids, created)


def _give_way() -> None:
    """Let the thread that calls this compute when others do not: a request that leaves late is too close to the next.

    Only Linux gives threads priorities of their own.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PATIENT)
