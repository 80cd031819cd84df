"""A long scan is merged in pieces while it goes on; it waits for none but the piece before."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from qbo_pipeline.ingestion import reading as reading_module
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.reading import CompanyReader, Merge, Reading
from qbo_pipeline.lake import writer
from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.quickbooks.catalogue import Entity, entity
from qbo_pipeline.quickbooks.company import CompanyApi, Count
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.lock import WarehouseBusyError
from qbo_pipeline.warehouse.merge import MergeOutcome
from qbo_pipeline_tests.lake.pages import REALM, page, record

PAGES = 6
PATIENCE_SECONDS = 20.0


class Company:
    """A company of six customers, a page each, that tells when the last was read."""

    realm_id = REALM

    def __init__(self) -> None:
        self.read = 0
        self.all_read = threading.Event()

    async def counted(self, *_: object) -> Count:
        return Count(PAGES, None)

    async def scan(self, *_: object, **__: object) -> AsyncIterator[Page]:
        for number in range(PAGES):
            self.read += 1
            if self.read == PAGES:
                self.all_read.set()
            yield page("Customer", record(str(number)))


class NothingKnown:
    """A warehouse without records."""

    def ids(self, *_: object) -> set[str]:
        return set()


def pieces_of(records: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "next_piece_at", lambda merged, _: merged + records)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch a page, which has one record, and two batches a piece."""
    monkeypatch.setattr(writer, "BATCH_BYTES", 1)
    pieces_of(2, monkeypatch)


def scanned(company: Company, lake: Path, merge: Merge) -> Reading:
    known: Any = NothingKnown()
    with CompanyReader(cast(CompanyApi, company), lake, "run", cast(KnownRecords, known), merge, None) as reader:
        [reading] = asyncio.run(reader.scan_all([entity("Customer")], None))
    return reading


def test_pages_are_read_on_while_a_piece_is_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company()
    pieces_of(4, monkeypatch)

    def merge(_: Entity, batches: Sequence[Batch]) -> MergeOutcome:
        assert company.all_read.wait(PATIENCE_SECONDS)
        return MergeOutcome(inserted=len(batches))

    reading = scanned(company, tmp_path, merge)
    assert reading.merged() == MergeOutcome(inserted=4)
    assert len(reading.batches[reading.merged_batches :]) == PAGES - 4


def test_every_batch_is_in_one_piece_and_pieces_follow_each_other(tmp_path: Path) -> None:
    pieces: list[Sequence[Batch]] = []

    def merge(_: Entity, batches: Sequence[Batch]) -> MergeOutcome:
        pieces.append(batches)
        return MergeOutcome(inserted=len(batches))

    reading = scanned(Company(), tmp_path, merge)
    assert [one for piece in pieces for one in piece] == reading.batches[: reading.merged_batches]
    assert reading.merged() == MergeOutcome(inserted=PAGES)


def test_a_piece_that_cannot_be_merged_ends_the_scan_before_all_is_read(tmp_path: Path) -> None:
    company = Company()

    def merge(*_: object) -> MergeOutcome:
        raise WarehouseBusyError("another process is writing")

    with pytest.raises(WarehouseBusyError):
        scanned(company, tmp_path, merge)
    assert company.read < PAGES


def test_the_last_piece_that_cannot_be_merged_is_not_taken_for_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces_of(PAGES, monkeypatch)

    def merge(*_: object) -> MergeOutcome:
        raise WarehouseBusyError("another process is writing")

    reading = scanned(Company(), tmp_path, merge)
    with pytest.raises(WarehouseBusyError):
        reading.merged()
