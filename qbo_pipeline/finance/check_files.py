"""Check files, read: `NN_name.sql`, each one SELECT of what offends, under a head that says which invariant it is.

    -- The debits of every transaction equal its credits.
    -- Invariant: 1
    -- Severity: error
    -- Blocking: yes
    -- Tolerance: 0.00
    -- On: finance.general_ledger
    -- Cost: one pass over the legs.
    -- Source: the ledger.
    -- Remedy: look at the legs of the transaction.
    -- Columns:
    --   realm_id: The company.

The statement says `$tolerance` for the tolerance. A head with `Each` stands for as many statements as it names; these
say `$table` and `$type` for a table of QuickBooks and the name of its entity, and `$number` for the column with its
number:

- `Each: invoice, bill` these tables;
- `Each: transaction` all tables of transactions;
- `Each: dimension key` every key of a model that points at a dimension, as `$relation`, `$key`, `$dimension` and
  `$dimension_key`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from string import Template

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.header import Header, read_header
from qbo_pipeline.finance.keys import dimension_keys
from qbo_pipeline.finance.model import Column
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity

_FACTS = (
    "Invariant", "Severity", "Blocking", "Tolerance", "On", "Each", "Cost", "Source", "Remedy", "Columns",
)  # fmt: skip


class Severity(StrEnum):
    """How bad it is that an invariant does not hold."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant of the books, as a statement of what offends against it."""

    name: str
    """`debits_equal_credits`."""
    invariant: int
    """Its number among the invariants; several checks may share one."""
    description: str
    severity: Severity
    blocking: bool
    """Whether nothing is to be published while it does not hold."""
    tolerance: Decimal
    on: str
    """The model that it is about: `finance.general_ledger`."""
    cost: str
    source: str
    remedy: str
    """What to do when it does not hold."""
    columns: tuple[Column, ...]
    """Of an offender; the first is `realm_id`."""
    statements: tuple[str, ...]
    """Each gives offenders, of all companies; no rows of any: it holds."""


def read_checks(folder: Path, models: Models) -> Iterator[Check]:
    """The checks of a folder in the order of their invariants.

    Raises:
        SqlFileError: a file is no check: which, where, and what is wrong.
    """
    for path in sorted(folder.glob("*.sql")):
        yield read_check(path, models)


def read_check(path: Path, models: Models) -> Check:
    """One check of a file.

    Raises:
        SqlFileError: naming file, line and what is wrong.
    """
    header = read_header(path, path.read_text(encoding="utf-8"), _FACTS)
    number, _, name = path.stem.partition("_")
    if header.fact("Invariant") != str(int(number) if number.isdigit() else 0):
        raise header.error("Invariant", f"The file's name begins with {number}.")
    if not header.columns or header.columns[0].name != "realm_id":
        raise header.error("Columns", "The first column is realm_id.")
    if header.fact("Blocking") not in ("yes", "no"):
        raise header.error("Blocking", "It is yes or no.")
    if models.named(header.fact("On")) is None:
        raise header.error("On", f"There is no model {header.fact('On')}.")
    try:
        severity, tolerance = Severity(header.fact("Severity")), Decimal(header.fact("Tolerance"))
    except (ValueError, InvalidOperation):
        raise header.error("Severity", "Severity is error or warn, Tolerance an amount.") from None
    return Check(
        name=name,
        invariant=int(number),
        description=header.description,
        severity=severity,
        blocking=header.fact("Blocking") == "yes",
        tolerance=tolerance,
        on=header.fact("On"),
        cost=header.fact("Cost"),
        source=header.fact("Source"),
        remedy=header.fact("Remedy"),
        columns=header.columns,
        statements=tuple(_statements(header, models, tolerance)),
    )


def _statements(header: Header, models: Models, tolerance: Decimal) -> Iterator[str]:
    template = Template(header.statement)
    for one in _each(header, models) if "Each" in header.facts else [{}]:
        yield template.substitute({"tolerance": str(tolerance), **one})


def _each(header: Header, models: Models) -> list[dict[str, str]]:
    asked = header.fact("Each")
    if asked == "dimension key":
        return [
            {"relation": one.relation, "key": one.key, "dimension": one.dimension, "dimension_key": one.dimension_key}
            for one in dimension_keys(models)
        ]
    if asked == "transaction":
        return [_of_table(entity) for entity in ENTITIES if entity.category is Category.TRANSACTION]
    by_table: Mapping[str, Entity] = {entity.table: entity for entity in ENTITIES}
    names = [name.strip() for name in asked.split(",")]
    unknown = [name for name in names if name not in by_table]
    if unknown:
        raise header.error("Each", f"QuickBooks has no table {', '.join(unknown)}.")
    return [_of_table(by_table[name]) for name in names]


def _of_table(entity: Entity) -> dict[str, str]:
    columns = {column.name for column in tables(entity)[0].columns}
    return {
        "table": entity.table,
        "type": entity.name,
        "number": "doc_number" if "doc_number" in columns else "NULL::VARCHAR",
    }
