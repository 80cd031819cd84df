"""A build database of one table and its published file, without QuickBooks and without a lake."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.warehouse.publications import Publications, take_publications
from qbo_pipeline.warehouse.publish import publish
from qbo_pipeline.warehouse.written import log_writes, writes

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere everything is copied")

SUMS = "SELECT count(*), sum(number), sum(hash(text))::VARCHAR FROM held"


@dataclass
class Books:
    """A build database with one table, and its published file."""

    folder: Path
    connection: duckdb.DuckDBPyConnection = field(init=False)
    publications: Publications = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.open()
        self.connection.execute("CREATE TABLE IF NOT EXISTS held (number BIGINT, text VARCHAR)")

    @property
    def build(self) -> Path:
        return self.folder / "build.duckdb"

    @property
    def target(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def spare(self) -> Path:
        return self.folder / ".warehouse.duckdb.spare"

    def open(self) -> None:
        self.publications = take_publications(self.build)
        self.connection = duckdb.connect()
        log_writes(self.connection)
        self.connection.execute(f"ATTACH '{self.build}' AS build; USE build")

    def close(self, *, in_good_order: bool = True) -> None:
        self.checkpoint()
        self.connection.close()
        if in_good_order:
            self.publications.save(self.build)

    def checkpoint(self) -> None:
        self.connection.execute("CHECKPOINT")
        self.publications.written(writes(self.connection, self.build))

    def publish(self) -> None:
        self.checkpoint()
        publish(self.build, self.target, self.publications)

    def insert(self, rows: int, seed: int = 0) -> None:
        """Rows that compress badly, so that they fill blocks."""
        self.connection.execute(
            f"INSERT INTO held SELECT (hash(i + {seed}) % 1000000007)::BIGINT, md5((i + {seed})::VARCHAR) "
            f"FROM range({rows}) one(i)"
        )

    def sums(self) -> Any:
        return self.connection.execute(SUMS).fetchall()
