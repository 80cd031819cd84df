"""DAX queries over pushed tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb


class DaxError(Exception):
    """A query that does not parse or does not run; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ModelTable:
    name: str
    relation: str
    columns: dict[str, tuple[str, str]]
    measures: dict[str, str]
    unseen: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    tables: list[ModelTable]
    relationships: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Result:
    columns: list[str]
    rows: list[tuple[Any, ...]]


def evaluate(query: str, model: Model, connection: duckdb.DuckDBPyConnection, now: datetime) -> Result:
    raise DaxError("not yet")
