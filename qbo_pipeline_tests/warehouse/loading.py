"""Putting pages into a lake and a warehouse, without QuickBooks."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

import duckdb

from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import Entity, entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse import rebuild as rebuilding
from qbo_pipeline.warehouse.rebuild import Rebuilt
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

ENTITIES = [entity("Invoice"), entity("Customer"), entity("Transfer")]
"""Enough for every case; forty take seconds to make."""


@cache
def empty_warehouse(entities: tuple[Entity, ...]) -> Path:
    """A build database with every table of these entities and no row: making it takes a second, copying it none."""
    folder = Path(mkdtemp(prefix="empty-warehouse-"))
    atexit.register(shutil.rmtree, folder)
    build = folder / "warehouse.duckdb"
    with open_warehouse(build, folder / "published.duckdb", folder / "lake", entities=entities):
        pass
    return build


@dataclass(frozen=True)
class Place:
    """A data folder."""

    root: Path
    entities: tuple[Entity, ...] = tuple(ENTITIES)

    @property
    def build(self) -> Path:
        return self.root / "build" / "warehouse.duckdb"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def target(self) -> Path:
        return self.root / "warehouse.duckdb"

    def write(self, *pages: Page) -> Batch:
        """Pages of one entity and company, as one batch."""
        writer = LakeWriter(self.lake, pages[0].entity, pages[0].realm_id, "run")
        for page in pages:
            writer.add(page)
        written = writer.flush()
        assert written is not None
        return written.batch

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        self.lake.mkdir(parents=True, exist_ok=True)
        if not self.build.exists():
            self.build.parent.mkdir(exist_ok=True)
            shutil.copy(empty_warehouse(self.entities), self.build)
        with open_warehouse(self.build, self.target, self.lake, entities=self.entities, wait_seconds=5) as warehouse:
            yield warehouse

    def merge(self, *pages: Page) -> None:
        """Write, merge and publish."""
        batch = self.write(*pages)
        with self.open() as warehouse:
            warehouse.merge(entity(batch.manifest.entity), [batch])
            warehouse.publish()

    def rebuild(self) -> Rebuilt:
        """Make the warehouse of these entities anew from the lake."""
        with patch.object(rebuilding, "open_warehouse", partial(open_warehouse, entities=self.entities)):
            return rebuilding.rebuild(self.build, self.target, self.lake, lambda *_: None)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """On the published warehouse."""
        with duckdb.connect(str(self.target), read_only=True) as connection:
            return connection.execute(sql).fetchall()
