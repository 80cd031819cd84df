"""What the service holds and does, as data: for the page, and as JSON at /control/status."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.fabric.replicator import MirroredTable
from qbo_pipeline.local.power_bi.parts import Service
from qbo_pipeline.local.power_bi.switches import DEFAULTS

BATCHES = 12


@dataclass(frozen=True, slots=True)
class TableStatus:
    """A table and its rows."""

    name: str
    rows: int
    columns: int
    measures: int


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """A POST of rows; `at` in seconds since 1970, by the service's clock."""

    number: int
    table: str
    at: float
    rows: int
    bytes: int
    sequence: int | None
    seen: bool
    """Whether queries see its rows."""


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """A dataset."""

    id: str
    name: str
    retention: str
    mode: str
    created: float
    tables: list[TableStatus]
    relationships: int
    batches: list[BatchStatus]
    """The newest first."""
    posts_last_minute: int
    rows_last_hour: int

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    now: float
    clock_ahead: float
    datasets: list[DatasetStatus]
    requests: list[tuple[str, int, int]]
    """Endpoint, status, how many."""
    refused: int
    """Requests that a window was too full for."""
    faults: list[dict[str, Any]]
    switches: dict[str, Any]
    """Those that are not as they are by default."""
    mirrored: list[dict[str, Any]]
    """Databases of open mirroring, with their tables."""


def current_status(service: Service) -> Status:
    """What is the case now."""
    counted = Counter((one.endpoint, one.status) for one in tuple(service.requests))
    default = asdict(DEFAULTS)
    return Status(
        now=service.clock.now(),
        clock_ahead=service.clock.ahead,
        datasets=[_dataset(service, one) for one in service.datasets.all()],
        requests=[(endpoint, status, count) for (endpoint, status), count in sorted(counted.items())],
        refused=service.windows.refused,
        faults=[one.shown() for one in service.faults.all()],
        switches={name: one for name, one in asdict(service.switches).items() if one != default[name]},
        mirrored=[
            {
                "name": one.name,
                "status": one.status,
                "tables": [_mirrored(table) for table in service.replicator.tables(one)],
            }
            for one in service.mirrored.all()
        ],
    )


def _mirrored(table: MirroredTable) -> dict[str, Any]:
    name = f"{table.schema}.{table.name}"
    return {"name": name, "status": table.status, "rows": table.rows, "error": table.error}


def _dataset(service: Service, dataset: Dataset) -> DatasetStatus:
    now = service.clock.now()
    batches = service.store.rows(
        "SELECT number, table_name, arrived, row_count, byte_count, sequence, visible_at FROM batch "
        "WHERE dataset = ? ORDER BY number DESC LIMIT ?",
        [dataset.id, BATCHES],
    )
    return DatasetStatus(
        id=dataset.id,
        name=dataset.name,
        retention=dataset.retention,
        mode=dataset.mode,
        created=dataset.created,
        tables=[
            TableStatus(table.name, service.rows.count(table), len(table.columns), len(table.measures))
            for table in dataset.tables
        ],
        relationships=len(dataset.relationships),
        batches=[
            BatchStatus(number, table, at, rows, size, sequence, visible is None or visible <= now)
            for number, table, at, rows, size, sequence, visible in batches
        ],
        posts_last_minute=service.windows.in_the_last_minute(dataset.id),
        rows_last_hour=service.windows.rows_in_the_last_hour(dataset.id),
    )
