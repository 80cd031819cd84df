"""What a finance model is: one SELECT, what it is about, and how its rows are kept up to date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SCHEMAS = ("posting", "finance")
"""Schemas of models: how documents post, which is internal, and what users read."""
DOCUMENT_KEY = ("realm_id", "transaction_id")
"""The columns that say to which document a row of a `documents` model belongs."""
MONTH_KEY = ("realm_id", "basis", "month")
"""The columns that say to which month a row of a `months` model belongs."""


class Built(StrEnum):
    """How a model's rows come to be."""

    INLINE = "inline"
    """Part of the statements that name it; nothing of it is in the warehouse."""
    VIEW = "view"
    TABLE = "table"
    """Made whole when anything it is made from changed."""
    DOCUMENTS = "documents"
    """A table of which the rows of touched documents are replaced."""
    MONTHS = "months"
    """A table of which the rows of touched months are replaced."""
    MACRO = "macro"
    """A table macro of DuckDB: `FROM finance.ar_aging_as_of(DATE '2026-10-31')`."""


KEPT = frozenset({Built.TABLE, Built.DOCUMENTS, Built.MONTHS})
"""Those that have rows of their own in the warehouse."""


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A table, view or macro by its two names. The schema `changed` stands for what a build is about."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a statement that names a relation."""

    relation: Relation
    start: int
    end: int
    """Of the text: its first character and the one behind its last."""
    line: int
    """Of the file, counted from 1."""
    alias: str
    """What its statement calls it; empty where that is its own name."""
    is_call: bool
    """Whether it is called like a function, as macros are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a model."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model file, read."""

    relation: Relation
    path: Path
    folder: str
    """Where it lies below its schema's folder: `metrics`; empty at the top."""
    description: str
    grain: str
    key: tuple[str, ...]
    """Columns that are unique together; none of a macro without."""
    built: Built
    is_read_anew: bool
    """Whether what is inline is read again wherever a statement names it: to keep its rows would cost more."""
    source: str
    parameters: str
    """Of a macro, as DuckDB takes them: `as_of_day`."""
    sample: Relation | None
    """A model with the documents that this one is about: of their tables it reads no others. None: of all."""
    columns: tuple[Column, ...]
    statement: str
    references: tuple[Reference, ...]
    """Every relation it names, in the order of the text."""
    words: frozenset[str] | None
    """What can be columns of the tables of QuickBooks that it reads, in small letters; None where any column can."""

    @property
    def name(self) -> str:
        """`finance.profit_and_loss`."""
        return str(self.relation)

    @property
    def column_names(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(column.name for column in self.columns)

    @property
    def comment(self) -> str:
        """What DuckDB tells of it."""
        return f"{self.description} Grain: {self.grain.rstrip('.')}. Source: {self.source.rstrip('.')}."

    @property
    def told_digest(self) -> str:
        """Tells its descriptions from any others."""
        told = "\n".join([self.comment, *(f"{column.name}: {column.description}" for column in self.columns)])
        return hashlib.sha256(told.encode()).hexdigest()[:16]
