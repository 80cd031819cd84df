"""Parquet to Hyper: the product beside hyperd's own CREATE TABLE AS over the same file.

`python -m benchmarks.hyper product|ctas PARQUET HYPER ROWS` does it once, in a process of its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measure import Cost, measured, median
from qbo_pipeline.model.columns import amount, day, instant, key, quantity, text, whole
from qbo_pipeline.model.definition import Kind, Table
from qbo_pipeline.tableau.extract.columns import relation
from qbo_pipeline.tableau.extract.hyper_file import FilledTable, new_hyper
from qbo_pipeline.tableau.extract.hyperd import database, hyperd
from qbo_pipeline.warehouse.schema import literal

LINES = Table(
    "Lines", "lines", Kind.FACT, "Ledger lines.",
    (
        key("Line Key", "line_key", ""), key("Company Key", "realm_id", ""), key("Account Key", "account_key", ""),
        day("Date", "date", ""), text("Memo", "memo", ""), amount("Amount", "amount", ""), amount("Tax", "tax", ""),
        quantity("Quantity", "quantity", ""), whole("Position", "position", ""),
        instant("Changed At", "changed_at", ""),
    ),
    key="Line Key",
)  # fmt: skip
_ROWS = """
SELECT
    '9341452000000001|Invoice|' || i || '|1' AS "Line Key", '9341452000000001' AS "Company Key",
    '9341452000000001|' || hash(i) % 200 AS "Account Key", DATE '2021-01-01' + (hash(i, 1) % 2000)::INTEGER AS "Date",
    CASE WHEN i % 3 > 0 THEN 'Memo of document ' || hash(i, 2) % 1000000 END AS "Memo",
    (((hash(i, 3) % 100000000)::BIGINT - 50000000) * 0.01)::DECIMAL(18, 4) AS "Amount",
    ((hash(i, 4) % 1000000) * 0.01)::DECIMAL(18, 4) AS "Tax", (hash(i, 5) % 1000) / 8 AS "Quantity",
    (i % 40)::BIGINT AS "Position",
    TIMESTAMP '2026-01-01' + to_microseconds((hash(i, 6) % 10000000000000)::BIGINT) AS "Changed At"
FROM range($rows) AS numbers (i)
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Both ways over the same rows, each in a process of its own that starts its own hyperd."""

    product: Cost
    ctas: Cost
    megabytes: float
    """Of the extract."""


class WrongExtractError(Exception):
    """A Hyper file does not hold what the Parquet file does."""


def compared(folder: Path, rows: int, runs: int) -> Compared:
    """Write the rows both ways by turns, so often, and see each time that rows and sums are right.

    Raises:
        WrongExtractError: they are not.
    """
    parquet, hyper = folder / "lines.parquet", folder / "lines.hyper"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({_ROWS}) TO {literal(str(parquet))}", {"rows": rows})
        [meant] = connection.execute(
            f'SELECT count(*), sum("Amount")::VARCHAR, sum("Tax")::VARCHAR FROM read_parquet({literal(str(parquet))})'
        ).fetchall()
    costs: dict[str, list[Cost]] = {"product": [], "ctas": []}
    for _ in range(runs):
        for way, found in costs.items():
            hyper.unlink(missing_ok=True)
            cost, told = measured(
                [sys.executable, "-m", "benchmarks.hyper", way, str(parquet), str(hyper), str(rows)]
            )  # fmt: skip
            if json.loads(told) != list(meant):
                raise WrongExtractError(f"{way}: {told.strip()} instead of {list(meant)}")
            found.append(cost)
    return Compared(median(costs["product"]), median(costs["ctas"]), hyper.stat().st_size / 1024 / 1024)


def main(way: str, parquet: Path, hyper: Path, rows: int) -> None:
    """Write the file and print what is in it."""
    name = relation(LINES.name)
    with hyperd() as process:
        if way == "product":
            with new_hyper(process, hyper) as file:
                file.add(FilledTable(LINES.name, LINES, parquet, rows))
        else:
            with database(process, hyper, create=True) as connection:
                connection.execute_command('CREATE SCHEMA "Extract"')
                connection.execute_command(f"CREATE TABLE {name} AS SELECT * FROM external({literal(str(parquet))})")
        with database(process, hyper) as connection:
            [found] = connection.execute_list_query(f'SELECT count(*), sum("Amount"), sum("Tax") FROM {name}')
    print(json.dumps([int(found[0]), *(str(amount) for amount in found[1:])]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
