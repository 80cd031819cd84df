"""A ledger with a column of every type, and the extract of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from qbo_pipeline.model.columns import day, flag, instant, key, text
from qbo_pipeline.model.definition import Column, DataType, Kind, Relationship, SemanticModel, Table
from qbo_pipeline.publishing.snapshot import WarehouseSnapshot
from qbo_pipeline.tableau.extract.build import Extract, build_extract

HARBOUR, MERIDIAN = "9341452000000001", "9341452000000002"

MEASURES = Table(
    "_Measures", "finance.measure", Kind.MEASURES, "Measures.", (key("Measure Key", "k", ""),), "Measure Key"
)
CALENDAR = Table(
    "Calendar", "finance.calendar", Kind.DIMENSION, "Days.", (day("Date", "date", ""), text("Name", "name", "")), "Date"
)  # fmt: skip
LINES = Table(
    "Ledger Lines", "finance.line", Kind.FACT, "Lines.",
    (
        key("Line Key", "line_key", ""),
        key("Company Key", "realm_id", ""),
        day("Line Date", "line_date", ""),
        text("Customer's \"Memo\"", "memo", ""),
        Column("Amount", "amount", DataType.MONEY, ""),
        Column("Tax", "tax", DataType.MONEY, ""),
        Column("Quantity", "quantity", DataType.NUMBER, ""),
        Column("Position", "position", DataType.WHOLE, ""),
        flag("Is Open", "is_open", ""),
        instant("Changed At", "changed_at", ""),
    ),
    "Line Key", company="Company Key",
)  # fmt: skip
LINK = Relationship("Ledger Lines", "Line Date", "Calendar", "Date")
MODEL = SemanticModel("Ledger", (MEASURES, LINES, CALENDAR), (LINK,), ())
"""The fact before its dimension, as a model may have it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, in the order of the columns; the key is where it is kept."""

    company: str | None = HARBOUR
    day: date | None = date(2026, 1, 31)
    memo: str | None = "rent"
    amount: Any = Decimal("12.50")
    tax: Any = None
    quantity: float | None = 1.5
    position: int | None = 1
    is_open: bool | None = True
    changed_at: datetime | None = datetime(2026, 1, 31, 12, 0, 0, 123456)

    @property
    def values(self) -> tuple[Any, ...]:
        """All of them."""
        return tuple(getattr(self, name) for name in self.__slots__)


@dataclass(slots=True)
class Ledger:
    """What the warehouse has. `more` are lines with any key, one that another has or none."""

    lines: Mapping[str, Line] = field(default_factory=lambda: {"1": Line(), "2": Line(company=MERIDIAN)})
    days: Mapping[date, str] = field(default_factory=lambda: {date(2026, 1, 31): "the last"})
    more: tuple[tuple[str | None, Line], ...] = ()
    lines_of: int | None = None
    """The year in which lines last became others, as the build of the models notes it; None where it does not."""

    @contextmanager
    def warehouse(self) -> Iterator[WarehouseSnapshot]:
        """It as a snapshot of a warehouse."""
        with duckdb.connect() as connection, self.attached(connection) as warehouse:
            yield warehouse

    @contextmanager
    def attached(self, connection: duckdb.DuckDBPyConnection) -> Iterator[WarehouseSnapshot]:
        """The same on a connection that is there."""
        connection.execute(_TABLES)
        rows = [(name, *line.values) for name, line in (*self.lines.items(), *self.more)]
        if rows:
            connection.executemany(f"INSERT INTO warehouse.finance.line VALUES ({', '.join('?' * len(rows[0]))})", rows)
        if self.days:
            connection.executemany("INSERT INTO warehouse.finance.calendar VALUES (?, ?)", list(self.days.items()))
        if self.lines_of is not None:
            noted = "INSERT INTO warehouse.audit.model_change VALUES ('finance.line', make_date(?, 1, 1))"
            connection.execute(noted, [self.lines_of])
        try:
            yield WarehouseSnapshot(connection, "1")
        finally:
            connection.execute("DETACH warehouse")

    def extract(self, folder: Path, name: str = "Ledger", model: SemanticModel = MODEL) -> Extract:
        """The extract of it, built in a folder."""
        with self.warehouse() as warehouse:
            return build_extract(warehouse, model, folder / f"{name}.hyper", folder / f"work {name}")


_TABLES = """
ATTACH ':memory:' AS warehouse;
CREATE SCHEMA warehouse.audit;
CREATE TABLE warehouse.audit.model_change (model VARCHAR, changed_at TIMESTAMP);
CREATE TABLE warehouse.audit.model_failure (model VARCHAR);
CREATE SCHEMA warehouse.finance;
CREATE TABLE warehouse.finance.calendar (date DATE, name VARCHAR);
CREATE TABLE warehouse.finance.line (
    line_key VARCHAR, realm_id VARCHAR, line_date DATE, memo VARCHAR, amount DECIMAL(28, 8), tax DECIMAL(19, 4),
    quantity DOUBLE, position HUGEINT, is_open BOOLEAN, changed_at TIMESTAMP
);
"""
