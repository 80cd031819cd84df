"""DAX that is sent: names and texts quoted, and the questions that deliveries ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from qbo_pipeline.power_bi.push_schema import BATCH, ROW_SIGN


def table(name: str) -> str:
    """A table by name."""
    return "'" + name.replace("'", "''") + "'"


def column(table_name: str, name: str) -> str:
    """A column of a table."""
    return f"{table(table_name)}[{name.replace(']', ']]')}]"


def measure(name: str) -> str:
    """A measure."""
    return f"[{name.replace(']', ']]')}]"


def text(value: str) -> str:
    """A text literal."""
    return '"' + value.replace('"', '""') + '"'


def day(value: date) -> str:
    """A day."""
    return f"DATE({value.year}, {value.month}, {value.day})"


def rows_of_batch(table_name: str, batch: str, *, signed: bool, control: str | None) -> str:
    """How many rows a batch has in a table, the sum of their signs and of a column: one row `[Rows] [Signs] [Sum]`."""
    only = f"{column(table_name, BATCH)} = {text(batch)}"
    asked = [f'"Rows", CALCULATE(COUNTROWS({table(table_name)}), {only})']
    if signed:
        asked.append(f'"Signs", CALCULATE(SUM({column(table_name, ROW_SIGN)}), {only})')
    if control is not None:
        asked.append(f'"Sum", CALCULATE(SUM({column(table_name, control)}), {only})')
    return f"EVALUATE ROW({', '.join(asked)})"


def rows_of_batches(table_name: str, *, signed: bool, control: str | None) -> str:
    """The same for every batch of a table, a row each with the batch first."""
    asked = [column(table_name, BATCH), f'"Rows", COUNTROWS({table(table_name)})']
    if signed:
        asked.append(f'"Signs", SUM({column(table_name, ROW_SIGN)})')
    if control is not None:
        asked.append(f'"Sum", SUM({column(table_name, control)})')
    return f"EVALUATE SUMMARIZECOLUMNS({', '.join(asked)})"


def figures(measures: Sequence[str], filters: Sequence[str]) -> str:
    """Measures under filters: one row, a column `[M0]`, `[M1]` … each."""
    asked = ", ".join(
        f'"M{place}", CALCULATE({", ".join([measure(name), *filters])})' for place, name in enumerate(measures)
    )
    return f"EVALUATE ROW({asked})"


def value(row: Mapping[str, Any], name: str) -> Any:
    """A value of an answered row by its bare name, whether it is answered as `Table[Name]` or `[Name]`."""
    for key, found in row.items():
        if key == name or key.endswith(f"[{name}]"):
            return found
    return None


def same(one: Decimal, other: Decimal) -> bool:
    """Whether two sums are the same, as far as JSON numbers tell: Power BI may write them as doubles, of 15 digits."""
    return abs(one - other) <= abs(other) * Decimal("1e-15")


def number(found: Any) -> Decimal:
    """An answered number, exact; blank is zero."""
    if found is None or found == "":
        return Decimal(0)
    return Decimal(str(found))
