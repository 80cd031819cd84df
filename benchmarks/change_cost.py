"""What it costs to apply a few changes, by how many records the company has."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
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


def change_costs(folders: Mapping[int, Path], changes: int) -> dict[int, ChangeCost]:
    """What applying `changes` edited invoices costs in data folders, by how many invoices each holds.

    They are other ones in every round and spread over all, so that every part of the tables is touched. Opening the
    build database, merging, looking for what others left in the lake, publishing and closing count; writing the changes
    to the lake does not. The folders take turns, so that what else the machine does touches all alike.
    """
    rounds: dict[int, list[tuple[float, ...]]] = {count: [] for count in folders}
    for turn in range(_ROUNDS):
        for count, data in folders.items():
            rounds[count].append(_applied(data, count, range(turn, count, max(1, count // changes))[:changes]))
    return {count: _median(spent[_FIRST:], folders[count]) for count, spent in rounds.items()}


def _applied(data: Path, count: int, chosen: Sequence[int]) -> tuple[float, ...]:
    """CPU and wall clock of all of it, and of publishing."""
    batches = edited(data / "lake", PreparedRecords("Invoice", count), chosen)
    began = _now()
    with open_warehouse(data / "build" / "warehouse.duckdb", data / "warehouse.duckdb", data / "lake") as warehouse:
        outcome = warehouse.merge(entity("Invoice"), batches)
        warehouse.catch_up()
        before = _now()
        warehouse.publish()
        published = _since(before)
    if outcome.updated != len(chosen):
        raise RuntimeError(f"{outcome.updated} of {len(chosen)} changes were merged")
    return *_since(began), *published


def _median(rounds: Sequence[tuple[float, ...]], data: Path) -> ChangeCost:
    cpu, wall, publish_cpu, publish_wall = (statistics.median(one) for one in zip(*rounds, strict=True))
    return ChangeCost(cpu, wall, publish_cpu, publish_wall, (data / "warehouse.duckdb").stat().st_size / 1e6)


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    cpu, wall = _now()
    return cpu - began[0], wall - began[1]
