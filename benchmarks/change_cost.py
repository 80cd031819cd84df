"""What it costs to apply a few changes, by how many records the company has."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.merging import edited
from benchmarks.prepared import PreparedRecords
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.warehouse import open_warehouse

_ROUNDS = 11
_FIRST = 3
"""Rounds that do not count: the first publications have no former file to bring up to date."""


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """From changes in the lake to changes that readers see; medians of several rounds."""

    cpu_seconds: float
    wall_seconds: float
    publish_cpu_seconds: float
    """Of these, showing them to readers."""
    publish_wall_seconds: float
    megabytes: float
    """Size of the published file."""


def change_cost(data: Path, count: int, changes: int) -> ChangeCost:
    """What applying `changes` edited invoices costs in a data folder that holds `count`: other ones in every round.

    They are spread over all, so that every part of the tables is touched. Opening the build database, merging, looking
    for what others left in the lake, publishing and closing count; writing the changes to the lake does not.
    """
    prepared, invoice = PreparedRecords("Invoice", count), entity("Invoice")
    build, target, lake = data / "build" / "warehouse.duckdb", data / "warehouse.duckdb", data / "lake"
    rounds = []
    for turn in range(_ROUNDS):
        batches = edited(lake, prepared, range(turn, count, max(1, count // changes))[:changes])
        began, published = _now(), (0.0, 0.0)
        with open_warehouse(build, target, lake) as warehouse:
            outcome = warehouse.merge(invoice, batches)
            warehouse.catch_up()
            before = _now()
            warehouse.publish()
            published = _since(before)
        rounds.append((*_since(began), *published))
        if outcome.updated != changes:
            raise RuntimeError(f"{outcome.updated} of {changes} changes were merged")
    cpu, wall, publish_cpu, publish_wall = (statistics.median(one) for one in zip(*rounds[_FIRST:], strict=True))
    return ChangeCost(cpu, wall, publish_cpu, publish_wall, target.stat().st_size / 1e6)


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    cpu, wall = _now()
    return cpu - began[0], wall - began[1]
