"""Putting pages into a lake and a warehouse, without QuickBooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from qbo_pipeline.lake.layout import Batch
from qbo_pipeline.lake.writer import LakeWriter
from qbo_pipeline.quickbooks.catalogue import Entity, entity
from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

ENTITIES = [entity("Invoice"), entity("Customer"), entity("Transfer")]
"""Enough for every case; forty take seconds to make."""


@dataclass(frozen=True)
class Place:
    """A data folder."""

    root: Path
    entities: Sequence[Entity] = tuple(ENTITIES)

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
        with open_warehouse(
            self.root / "build" / "warehouse.duckdb", self.target, self.lake, entities=self.entities, wait_seconds=5
        ) as warehouse:
            yield warehouse

    def merge(self, *pages: Page) -> None:
        """Write, merge and publish."""
        batch = self.write(*pages)
        with self.open() as warehouse:
            warehouse.merge(entity(batch.manifest.entity), [batch])
            warehouse.publish()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """On the published warehouse."""
        with duckdb.connect(str(self.target), read_only=True) as connection:
            return connection.execute(sql).fetchall()
