"""A long scan is merged in pieces while it goes on; it waits for none but the piece before."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from qbo_pipeline.ingestion import landing, scans
from qbo_pipeline.ingestion.company_reader import CompanyReader
from qbo_pipeline.ingestion.known import KnownRecords
from qbo_pipeline.ingestion.reading import Merge, Reading
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

    async def counted_together(self, asked: Sequence[object]) -> list[Count]:
        return [Count(PAGES, None)] * len(asked)

    async def counted(self, *_: object) -> Count:
        return Count(PAGES, None)

    async def scan(self, of: Entity, **_: object) -> AsyncIterator[Page]:
        for number in range(PAGES):
            self.read += 1
            if self.read == PAGES:
                self.all_read.set()
            yield page(of.name, record(str(number)))


class NothingKnown:
    """A warehouse without records."""

    def ids(self, *_: object) -> set[str]:
        return set()


def pieces_of(records: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "next_piece_at", lambda merged, _: merged + records)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch a page, which has one record, and two batches a piece."""
    monkeypatch.setattr(writer, "BATCH_BYTES", 1)
    pieces_of(2, monkeypatch)


def scanned(company: Company, lake: Path, merge: Merge, names: Sequence[str] = ("Customer",)) -> list[Reading]:
    known: Any = NothingKnown()
    with CompanyReader(cast(CompanyApi, company), lake, "run", cast(KnownRecords, known), merge, None) as reader:
        return asyncio.run(reader.scan_all([entity(name) for name in names], None))


class Merger:
    """Takes every batch for a record inserted, and remembers what it was given together."""

    def __init__(self) -> None:
        self.together: list[Mapping[Entity, Sequence[Batch]]] = []

    def __call__(self, batches: Mapping[Entity, Sequence[Batch]]) -> Mapping[Entity, MergeOutcome]:
        self.together.append(batches)
        return {one: MergeOutcome(inserted=len(own)) for one, own in batches.items()}


def busy(_: object) -> NoReturn:
    raise WarehouseBusyError("another process is writing")


def test_pages_are_read_on_while_a_piece_is_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company()
    pieces_of(4, monkeypatch)
    merge = Merger()

    def merge_in_the_end(batches: Mapping[Entity, Sequence[Batch]]) -> Mapping[Entity, MergeOutcome]:
        assert company.all_read.wait(PATIENCE_SECONDS)
        return merge(batches)

    [reading] = scanned(company, tmp_path, merge_in_the_end)
    assert reading.merged() == MergeOutcome(inserted=4)
    assert len(reading.unmerged) == PAGES - 4


def test_every_batch_is_in_one_piece_and_pieces_follow_each_other(tmp_path: Path) -> None:
    merge = Merger()
    [reading] = scanned(Company(), tmp_path, merge)
    assert [one for piece in merge.together for own in piece.values() for one in own] == reading.batches
    assert reading.merged() == MergeOutcome(inserted=PAGES)


@pytest.fixture
def two_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entities that were read to their end are merged together, with as many records, and none in pieces."""
    pieces_of(100, monkeypatch)
    monkeypatch.setattr(scans, "ENTITIES_TOGETHER", 2)
    monkeypatch.setattr(scans, "RECORDS_TOGETHER", 2 * PAGES)


@pytest.mark.usefixtures("two_together")
def test_entities_read_to_their_end_are_merged_together_while_others_are_read(tmp_path: Path) -> None:
    merge = Merger()
    readings = scanned(Company(), tmp_path, merge, ("Account", "Class", "Customer", "Item", "Vendor"))
    assert [len(one) for one in merge.together] == [2, 2]
    assert sorted(one.merged().inserted for one in readings) == [0, PAGES, PAGES, PAGES, PAGES]


@pytest.mark.usefixtures("two_together")
def test_what_is_not_worth_opening_the_warehouse_for_is_merged_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "RECORDS_TOGETHER", 100 * PAGES)
    merge = Merger()
    scanned(Company(), tmp_path, merge, ("Account", "Class", "Customer", "Item", "Vendor"))
    assert merge.together == []


@pytest.mark.usefixtures("two_together")
def test_the_entities_read_last_are_left_to_whoever_merges_in_the_end(tmp_path: Path) -> None:
    merge = Merger()
    readings = scanned(Company(), tmp_path, merge, ("Account", "Class"))
    assert merge.together == []
    assert [len(one.unmerged) for one in readings] == [PAGES, PAGES]


def test_a_piece_that_cannot_be_merged_ends_the_scan_before_all_is_read(tmp_path: Path) -> None:
    company = Company()
    with pytest.raises(WarehouseBusyError):
        scanned(company, tmp_path, busy)
    assert company.read < PAGES


def test_the_last_piece_that_cannot_be_merged_is_not_taken_for_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces_of(PAGES, monkeypatch)
    [reading] = scanned(Company(), tmp_path, busy)
    with pytest.raises(WarehouseBusyError):
        reading.merged()
