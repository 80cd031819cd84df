"""Charts of a dataset: declared with the measures and columns they need, drawn where a dataset has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qbo_pipeline.local.power_bi.datasets import Dataset
from qbo_pipeline.local.power_bi.dax import DaxError
from qbo_pipeline.local.power_bi.execute_queries import Queries
from qbo_pipeline.local.power_bi.page.drawing import Series, bars, columns, line

MONTHS = 18
LARGEST = 8

Shape = Literal["columns", "line", "bars"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of measures: by month, by the largest values of a column, or of several measures side by side.

    `by` is the table and column of what is compared; without it every measure is a bar.
    """

    title: str
    shape: Shape
    measures: tuple[str, ...]
    by: tuple[str, str] | None = None

    def query(self) -> str:
        """The DAX that it draws."""
        values = ", ".join(f'"{name}", [{name}]' for name in self.measures)
        if self.by is None:
            return f"EVALUATE ROW({values})"
        column = f"'{self.by[0]}'[{self.by[1]}]"
        if self.shape == "bars":
            groups = f"SUMMARIZECOLUMNS({column}, {values})"
            return f"EVALUATE TOPN({LARGEST}, {groups}, [{self.measures[0]}]) ORDER BY [{self.measures[0]}] DESC"
        past = f"FILTER(VALUES({column}), {column} <= TODAY())"
        return f"EVALUATE TOPN({MONTHS}, SUMMARIZECOLUMNS({column}, {past}, {values}), {column}) ORDER BY {column}"


_MONTH = ("Calendar", "Month Start")
_BUCKETS = ("Current", "1-30", "31-60", "61-90", "91+")

CHARTS = (
    Chart("Income and operating expenses by month", "columns", ("Total Income", "Operating Expenses"), _MONTH),
    Chart("Net income by month", "columns", ("Net Income",), _MONTH),
    Chart("Cash at the end of each month", "line", ("Cash Balance",), _MONTH),
    Chart("Sales by customer", "bars", ("Net Sales",), ("Customer", "Customer")),
    Chart("A/R aging", "bars", tuple(f"AR {bucket}" for bucket in _BUCKETS)),
    Chart("A/P aging", "bars", tuple(f"AP {bucket}" for bucket in _BUCKETS)),
)


def drawn(dataset: Dataset, queries: Queries) -> list[tuple[str, str]]:
    """Title and SVG of every chart that a dataset has the measures and columns for, and any value in."""
    measures = {one["name"] for table in dataset.tables for one in table.measures}
    known = {(table.name, column.name) for table in dataset.tables for column in table.columns}
    pictures = []
    for chart in CHARTS:
        if not measures.issuperset(chart.measures) or (chart.by is not None and chart.by not in known):
            continue
        try:
            rows = queries.evaluate(dataset, chart.query()).rows
        except DaxError:  # A dataset that is being filled may lack what a measure needs.
            continue
        picture = _picture(chart, rows)
        if picture is not None:
            pictures.append((chart.title, picture))
    return pictures


def _picture(chart: Chart, rows: list[tuple[object, ...]]) -> str | None:
    if chart.by is None:
        labels = [name.partition(" ")[2] for name in chart.measures]
        values = [_number(value) for value in rows[0]]
        return bars(labels, values) if any(values) else None
    if not rows:
        return None
    labels = [_label(row[0]) for row in rows]
    series = [Series(name, [_number(row[place + 1]) for row in rows]) for place, name in enumerate(chart.measures)]
    match chart.shape:
        case "bars":
            return bars(labels, series[0].values)
        case "line":
            return line(labels, series[0])
    return columns(labels, series)


def _number(value: object) -> float:
    return 0.0 if value is None else float(str(value))


def _label(value: object) -> str:
    return f"{value:%b %y}" if isinstance(value, datetime) else str(value if value is not None else "(blank)")
