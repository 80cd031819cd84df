"""A star small enough to reckon by hand: two years of days, three accounts, six lines, one of them astray.

line  account       date        amount  quantity  class
1     Sales         2025-01-15  100.25     1      East
2     Sales         2025-02-15   50.00     1      West
3     Rent          2025-02-20  -30.10     2      (blank)
4     Sales         2026-01-10   10.00     1      East
5     none ("zz")   2026-01-11    7.00     1      West
6     Sales         2026-02-28    5.00     3      East
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from qbo_pipeline.local.power_bi.data_types import data_type
from qbo_pipeline.local.power_bi.dax import Model, ModelTable, Result, evaluate

NOW = datetime(2026, 11, 26, 12, 30)

MEASURES = {
    "Total": "SUM(Lines[Amount])",
    "Total YTD": "CALCULATE([Total], DATESYTD('Calendar'[Date]))",
    "Total PY": "CALCULATE([Total], SAMEPERIODLASTYEAR('Calendar'[Date]))",
    "Income": 'CALCULATE([Total], Account[Type] = "Income")',
    "Rows": "COUNTROWS(Lines)",
}
RELATIONSHIPS = (
    {"name": "account", "fromTable": "Lines", "fromColumn": "Account Key", "toTable": "Account", "toColumn": "Key"},
    {"name": "date", "fromTable": "Lines", "fromColumn": "Date", "toTable": "Calendar", "toColumn": "Date"},
)


def table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
    measures: Mapping[str, str] | None = None,
) -> ModelTable:
    """A table of the model, with these rows in it; columns as name and data type."""
    types = [data_type(kind) for kind in columns.values()]
    arrays = [
        pa.array([row[place] for row in rows], kind.arrow) for place, kind in enumerate(types) if kind is not None
    ]
    held = pa.table(arrays, names=[f"c{place}" for place in range(len(columns))])
    held = held.append_column("_row", pa.array(range(len(rows)), pa.int64()))
    connection.register("held", held)
    relation = f'"{name}"'
    connection.execute(f"CREATE TABLE {relation} AS SELECT * FROM held")
    connection.unregister("held")
    physical = {column: (f"c{place}", kind) for place, (column, kind) in enumerate(columns.items())}
    return ModelTable(name, relation, physical, measures or {})


def days(connection: duckdb.DuckDBPyConnection, first: int = 2025, last: int = 2026) -> ModelTable:
    """A calendar of whole years."""
    series = "generate_series(make_timestamp(?, 1, 1, 0, 0, 0), make_timestamp(?, 12, 31, 0, 0, 0), INTERVAL 1 DAY)"
    sql = f"SELECT unnest({series}) AS d"
    found = [row[0] for row in connection.execute(sql, [first, last]).fetchall()]
    rows = [(day, day.year, day.month, f"{day:%b %Y}") for day in found]
    return table(
        connection,
        "Calendar",
        {"Date": "DateTime", "Year": "Int64", "Month Number": "Int64", "Month Year": "String"},
        rows,
    )


class SmallStar:
    """The star above, and queries over it."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        accounts = [("a1", "Sales", "Income"), ("a2", "Rent", "Expense"), ("a3", "Cash", "Asset")]
        lines = [
            ("a1", datetime(2025, 1, 15), "100.25", 1, "East"),
            ("a1", datetime(2025, 2, 15), "50", 1, "West"),
            ("a2", datetime(2025, 2, 20), "-30.10", 2, None),
            ("a1", datetime(2026, 1, 10), "10", 1, "East"),
            ("zz", datetime(2026, 1, 11), "7", 1, "West"),
            ("a1", datetime(2026, 2, 28), "5", 3, "East"),
        ]
        held = "Account Key", "Date", "Amount", "Quantity", "Class"
        kinds = "String", "DateTime", "Decimal", "Int64", "String"
        self.model = Model(
            [
                days(self.connection),
                table(self.connection, "Account", {"Key": "String", "Name": "String", "Type": "String"}, accounts),
                table(
                    self.connection,
                    "Lines",
                    dict(zip(held, kinds, strict=True)),
                    [(*line[:2], Decimal(str(line[2])), *line[3:]) for line in lines],
                    MEASURES,
                ),
            ],
            RELATIONSHIPS,
        )

    def result(self, query: str) -> Result:
        """What a query gives."""
        cursor = self.connection.cursor()
        try:
            return evaluate(query, self.model, cursor, NOW)
        finally:
            cursor.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Its rows."""
        return self.result(query).rows

    def value(self, expression: str) -> Any:
        """The value of an expression without any filter."""
        [(value,)] = self.rows(f'EVALUATE ROW("v", {expression})')
        return value
