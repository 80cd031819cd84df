"""Small books to publish: a model of a company, an account and lines, and a warehouse that holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from qbo_pipeline.model.definition import (
    Column,
    DataType,
    Delivery,
    Kind,
    Measure,
    Relationship,
    SemanticModel,
    Summary,
    Table,
)

HARBOUR, MERIDIAN = "9341452000000001", "9341452000000002"


def _text(name: str, source: str) -> Column:
    return Column(name, source, DataType.TEXT, name)


COMPANY = Table(
    "Company", "finance.company", Kind.DIMENSION, "Companies.",
    (_text("Company Key", "realm_id"), _text("Company", "name")), key="Company Key", company="Company Key",
)  # fmt: skip
ACCOUNT = Table(
    "Account", "finance.account", Kind.DIMENSION, "Accounts.",
    (_text("Account Key", "account_key"), _text("Company Key", "realm_id"), _text("Account", "name")),
    key="Account Key", company="Company Key",
)  # fmt: skip
LINES = Table(
    "Ledger Lines", "finance.line", Kind.FACT, "Lines.",
    (
        _text("Line Key", "line_key"),
        _text("Company Key", "realm_id"),
        _text("Account Key", "account_key"),
        Column("Line Date", "line_date", DataType.DATE, "Day."),
        _text("Memo", "memo"),
        Column("Quantity", "quantity", DataType.NUMBER, "Pieces."),
        Column("Amount", "amount", DataType.MONEY, "Amount.", summary=Summary.SUM),
        Column("Line Count", "line_count", DataType.WHOLE, "1.", summary=Summary.SUM),
    ),
    key="Line Key", company="Company Key", delivery=Delivery.SIGNED,
)  # fmt: skip
MEASURES = (
    Measure(
        "Total Amount", "Ledger Lines", "SUM('Ledger Lines'[Amount])",
        "SELECT sum(amount) FROM finance.line WHERE realm_id = $realm_id", "Sum.", "#,0.00",
    ),
    Measure(
        "Lines", "Ledger Lines", "SUM('Ledger Lines'[Line Count])",
        "SELECT sum(line_count)::BIGINT FROM finance.line WHERE realm_id = $realm_id", "Count.", "#,0",
    ),
)  # fmt: skip
MODEL = SemanticModel(
    "Books",
    (COMPANY, ACCOUNT, LINES),
    (
        Relationship("Ledger Lines", "Account Key", "Account", "Account Key"),
        Relationship("Ledger Lines", "Company Key", "Company", "Company Key"),
    ),
    MEASURES,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger."""

    key: str
    company: str
    account: str
    amount: Decimal
    memo: str | None = None
    quantity: Decimal = Decimal("1.25")
    day: date = date(2026, 1, 31)


@dataclass(slots=True)
class Books:
    """What the warehouse holds; `write` publishes it as the pipeline does, atomically."""

    companies: dict[str, str] = field(default_factory=lambda: {HARBOUR: "Harbour", MERIDIAN: "Meridian"})
    accounts: dict[str, str] = field(default_factory=lambda: {"1": "Sales", "2": "Rent"})
    lines: dict[str, Line] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    """Relation → the year in which its rows last became others, as the build of the models notes it."""
    failed: bool = False
    """Whether the models are not of the state of the tables."""
    _noted: dict[str, object] = field(default_factory=dict)

    def put(self, *lines: Line) -> None:
        """Add lines or put them in the place of those of the same key."""
        self.lines.update({line.key: line for line in lines})

    def total(self, company: str | None = None) -> Decimal:
        """The sum of the amounts."""
        return sum((line.amount for line in self.lines.values() if company in (None, line.company)), Decimal(0))

    def note_changes(self) -> None:
        """Note of which relations rows have become others since the last time."""
        now: dict[str, object] = {
            COMPANY.relation: dict(self.companies),
            ACCOUNT.relation: (dict(self.companies), dict(self.accounts)),
            LINES.relation: dict(self.lines),
        }
        for relation, rows in now.items():
            if self._noted.get(relation) != rows:
                self.versions[relation] = self.versions.get(relation, 0) + 1
        self._noted = now

    def write(self, path: Path) -> None:
        """Put it in the place of the published warehouse."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name("new.duckdb")
        new.unlink(missing_ok=True)
        with duckdb.connect(str(new)) as connection:
            connection.execute(_TABLES)
            _insert(connection, "company", self.companies.items())
            _insert(
                connection, "account",
                ((f"{company}|{number}", company, name)
                 for company in self.companies for number, name in self.accounts.items()),
            )  # fmt: skip
            _insert(
                connection, "line",
                ((one.key, one.company, f"{one.company}|{one.account}", one.day, one.memo, one.quantity, one.amount, 1)
                 for one in self.lines.values()),
            )  # fmt: skip
            for relation, year in self.versions.items():
                connection.execute("INSERT INTO audit.model_change VALUES (?, make_date(?, 1, 1))", [relation, year])
            if self.failed:
                connection.execute("INSERT INTO audit.model_failure VALUES ('finance.line')")
        os.replace(new, path)


def lines(company: str, count: int, start: int = 0) -> list[Line]:
    """Lines of a company, every amount another."""
    return [
        Line(f"{company}|{number}", company, str(1 + number % 2), Decimal(number * 101 - 5000) / 100, f"line {number}")
        for number in range(start, start + count)
    ]


def with_tables(model: SemanticModel, tables: Mapping[str, Table]) -> SemanticModel:
    """The model with some of its tables in another form."""
    return SemanticModel(
        model.name, tuple(tables.get(table.name, table) for table in model.tables), model.relationships, model.measures
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    values = [list(row) for row in rows]
    if values:
        marks = ", ".join("?" * len(values[0]))
        connection.executemany(f"INSERT INTO finance.{table} VALUES ({marks})", values)


_TABLES = """
CREATE SCHEMA audit;
CREATE TABLE audit.model_change (model VARCHAR, changed_at TIMESTAMP);
CREATE TABLE audit.model_failure (model VARCHAR);
CREATE SCHEMA finance;
CREATE TABLE finance.company (realm_id VARCHAR, name VARCHAR);
CREATE TABLE finance.account (account_key VARCHAR, realm_id VARCHAR, name VARCHAR);
CREATE TABLE finance.line (
    line_key VARCHAR, realm_id VARCHAR, account_key VARCHAR, line_date DATE, memo VARCHAR, quantity DECIMAL(28, 10),
    amount DECIMAL(28, 8), line_count INTEGER
);
"""
