"""Pages into batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from qbo_pipeline.lake.batch_files import BatchKeys, declaration, write_records, write_rejected, write_typed
from qbo_pipeline.lake.layout import MAX_RECORDS, Batch, BatchFolder, Manifest
from qbo_pipeline.lake.reader import RecordReader, Rows, raw_column
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.quickbooks.pages import Page

BATCH_BYTES = 16_000_000
"""JSON of one batch, about; keeps memory flat however long a scan is."""

CHUNK_RECORDS = 4000
"""Records typed at once: enough to spread the cost of looking at every column, few enough to stay small."""


class LakeWriter:
    """Writes the pages of one entity and company; hands out a batch whenever enough has come together."""

    def __init__(self, lake: Path, entity: Entity, realm_id: str, run_id: str) -> None:
        self._lake = lake
        self._entity = entity
        self._realm_id = realm_id
        self._run_id = run_id
        self._reader = RecordReader(entity)
        self._pages: list[Page] = []
        self._bytes = 0
        self._records = 0

    def add(self, page: Page) -> WrittenBatch | None:
        """Take a page; returns a batch when it completed one."""
        written = None
        if self._records + len(page.records) >= MAX_RECORDS:
            written = self.flush()
        self._pages.append(page)
        self._bytes += len(page.body)
        self._records += len(page.records)
        return written or (self.flush() if self._bytes >= BATCH_BYTES else None)

    def flush(self) -> WrittenBatch | None:
        """Write what came since the last batch; None when nothing did."""
        pages, self._pages, self._bytes, self._records = [p for p in self._pages if p.records], [], 0, 0
        if not pages:
            return None
        folder = BatchFolder(self._lake, self._realm_id, self._entity.table)
        try:
            return self._write(folder, pages)
        except BaseException:
            folder.discard()
            raise

    def _write(self, folder: BatchFolder, pages: list[Page]) -> WrittenBatch:
        source = pages[-1].source
        received_at = max(page.received_at for page in pages)
        rows, raws = _read(self._reader, pages)
        keys = BatchKeys(folder.number, self._realm_id, self._entity, source, self._run_id, received_at)
        written = write_typed(folder.path, rows, keys)
        if rows.rejected:
            write_rejected(folder.path, keys.rejections(rows.rejected))
        records = keys.records(rows, raws)
        write_records(folder.path, records)
        deleted = int(pc.sum(pc.equal(records["operation"], "deleted")).as_py() or 0)
        manifest = Manifest(
            batch=folder.number,
            realm_id=self._realm_id,
            entity=self._entity.name,
            source=source,
            run_id=self._run_id,
            received_at=received_at.isoformat(),
            records=records.num_rows,
            rejected=len(rows.rejected),
            deleted=deleted,
            unknown_fields=dict(rows.unknown_fields),
            rows=written,
            declaration=declaration(self._entity),
        )
        # Of every record, the quarantined ones too: a scan that received them did not miss them.
        return WrittenBatch(folder.commit(manifest), records["id"].chunks, records["created_at"].chunks)


@dataclass(frozen=True, slots=True)
class WrittenBatch:
    """A committed batch, with what tells whether a scan was complete."""

    batch: Batch
    ids: list[pa.Array]
    created_at: list[pa.Array]


def _read(reader: RecordReader, pages: list[Page]) -> tuple[Rows, list[pa.Array]]:
    """Type the records of the pages in chunks, numbered from 1."""
    total, raws, number = Rows(), [], 1
    chunk: list[msgspec.Raw] = []
    for index, page in enumerate(pages):
        chunk.extend(page.records)
        if len(chunk) < CHUNK_RECORDS and index + 1 < len(pages):
            continue
        texts = raw_column(chunk)
        raws.append(texts)
        total.extend(reader.read(texts, number))
        number += len(chunk)
        chunk = []
    return total, raws
