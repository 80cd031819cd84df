"""What the finance models cost: a company of many invoices is made by SQL in the warehouse, and the models built on it.

Run as `python -m benchmarks.finance DATA INVOICES`; prints JSON. The company has four lines an invoice, a payment for
each, a bill, its payment, an expense and a journal entry for every tenth, and QuickBooks' reports of all of them.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from qbo_pipeline.finance.build import Build, BuiltModel, build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.warehouse.storage import columns_of, widen
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

_COMPANY = (Path(__file__).parent / "finance_company.sql").read_text(encoding="utf-8")
_TABLES = {table.name: (entity, table) for entity in ENTITIES for table in tables(entity)}
REALM = "9341450000000001"
CHANGES = 100
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What a build cost and did."""

    done: Build
    cpu_seconds: float
    """Of all threads, user and system: less than the clock does it depend on what else the machine does."""

    def slowest(self, digits: int) -> dict[str, float]:
        """The models that took longest, by the clock."""
        return {one.name: round(one.seconds, digits) for one in sorted(self.done.rebuilt, key=_seconds)[:8]}


def main(data: Path, invoices: int) -> None:
    """Make the company, build everything, then after every 100 changed invoices; print seconds and peak megabytes."""
    with _open(data) as warehouse:
        make_company(warehouse, invoices)
    with _open(data) as warehouse:
        whole = _built(warehouse)
        [(legs,)] = warehouse.rows("SELECT count(*) FROM posting.leg")
    few = []
    for turn in range(_ROUNDS):
        with _open(data) as warehouse:  # as every load does, which leaves a checkpoint
            few.append(_after_changes(warehouse, invoices, turn))
    with _open(data) as warehouse:
        nothing = _built(warehouse)
    print(
        json.dumps(
            {
                "legs": legs,
                "full_seconds": whole.done.seconds,
                "full_cpu_seconds": whole.cpu_seconds,
                "slowest_models": whole.slowest(2),
                "changed_seconds": statistics.median(one.done.seconds for one in few),
                "changed_cpu_seconds": statistics.median(one.cpu_seconds for one in few),
                "slowest_of_changed": few[-1].slowest(3),
                "touched_documents": few[-1].done.documents,
                "nothing_cpu_seconds": nothing.cpu_seconds,
                "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def _seconds(one: BuiltModel) -> float:
    return -one.seconds


def make_company(warehouse: Warehouse, invoices: int) -> None:
    """Put the company's rows into the tables that merges and pulls fill."""
    connection = warehouse.connection
    connection.execute("SET memory_limit = '4GB'; SET threads = 2")
    for part in _COMPANY.split("-- table: ")[1:]:
        name, _, select = part.partition("\n")
        rows = f"(SELECT '{REALM}' AS realm_id, * FROM ({_filled(select, invoices)}))"
        schema, _, table = name.partition(".")
        if schema == "quickbooks":
            of, its = _TABLES[table]
            if not its.array_path:
                stamp = "TIMESTAMP '2026-10-31 12:00'"
                rows = f"(SELECT *, false AS deleted, {stamp} AS updated_at, {stamp} AS synced_at FROM {rows})"
            widen(connection, of, its, columns_of(connection, rows))
            name = f"stored.{table}"
        connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM {rows}")
    connection.execute("SET memory_limit = '80MB'; SET threads = 1")


def _filled(select: str, invoices: int) -> str:
    """The statement with the company's figures: the day of an invoice, the amount of a line, the total of all."""
    amount = "(10 + (n * 7 + {0} * 13) % 9000 / 100)::DECIMAL(18, 2)"
    return (
        select.replace("$day", f"(DATE '2023-11-01' + (n * 1060 // {invoices})::INTEGER)")
        .replace("$total", f"({' + '.join(amount.format(line) for line in (1, 2, 3))})")
        .replace("$amount", amount.format("line"))
        .replace("$invoices", str(invoices))
    )


def _open(data: Path) -> AbstractContextManager[Warehouse]:
    return open_warehouse(data / "build" / "warehouse.duckdb", data / "warehouse.duckdb", data / "lake")


def _built(warehouse: Warehouse) -> Cost:
    before = _cpu_seconds()
    done = warehouse.transact(lambda connection: build(connection, shipped()))
    return Cost(done, _cpu_seconds() - before)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _after_changes(warehouse: Warehouse, invoices: int, turn: int) -> Cost:
    """After invoices of the last month were edited, as a merge leaves them."""
    first = invoices - CHANGES * (turn + 1)
    ids = f"SELECT (3 * n)::VARCHAR AS id FROM range({first}, {first + CHANGES}) AS numbers(n)"
    warehouse.rows(f"INSERT INTO audit.touched_record SELECT '{REALM}', 'Invoice', id FROM ({ids})")
    warehouse.rows(
        f"UPDATE stored.invoice SET doc_number = 'edited {turn}', updated_at = TIMESTAMP '2026-11-02 12:00' "
        f"WHERE id IN ({ids})"
    )
    return _built(warehouse)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
