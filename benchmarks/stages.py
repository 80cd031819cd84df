"""Where the CPU time of a load goes: the product run with a stopwatch around each of its stages.

Run instead of `benchmarks.product`, with the same arguments. A stage's time is its own, without the stages inside it.
Stages run side by side, so they are measured by thread; DuckDB works in its caller's.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections import defaultdict
from typing import Any

import pyarrow.parquet

from benchmarks import product
from qbo_pipeline.lake import reader, writer
from qbo_pipeline.quickbooks import company
from qbo_pipeline.warehouse import current_rows, warehouse

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("split answers into records", company, "split_query"),
    ("learn the shape of records", reader.RecordReader, "_learn"),
    ("parse JSON into Arrow", reader.RecordReader, "_parse"),
    ("read odd records one by one", reader.RecordReader, "_read_one_by_one"),
    ("free-form JSON columns", reader, "json_texts"),
    ("rows of every table", reader, "tabulate"),
    ("raw JSON column", writer, "raw_column"),
    ("write Parquet", pyarrow.parquet, "write_table"),
    ("rest of the lake", writer.LakeWriter, "_write"),
    ("make or check all tables", warehouse, "_prepare"),
    ("insert into DuckDB", current_rows, "_insert"),
    ("rest of the merge", warehouse, "merge"),
    ("checkpoint and publish", warehouse.Warehouse, "publish"),
    ("checkpoints between merges", warehouse.Warehouse, "close"),
)


class Stopwatch:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = threading.local()
        self._adding = threading.Lock()

    def around(self, label: str, owner: Any, name: str) -> None:
        """Measure every call of `owner.name` from now on."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            inner: list[float] = self._inner.__dict__.setdefault("stack", [])
            began = time.thread_time()
            inner.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                spent = time.thread_time() - began
                own = spent - inner.pop()
                if inner:
                    inner[-1] += spent
                with self._adding:
                    self.seconds[label] += own

        setattr(owner, name, measured)


def main() -> None:
    """Load as `benchmarks.product` does, then tell the stages as JSON on a line of their own."""
    imported = time.process_time()
    stopwatch = Stopwatch()
    for stage in STAGES:
        stopwatch.around(*stage)
    product.main()
    seconds = {"start Python and import": imported, **stopwatch.seconds}
    rest = time.process_time() - sum(seconds.values())
    seconds["HTTP, limits, event loop and all else"] = rest
    print()
    print(json.dumps({label: round(spent, 2) for label, spent in seconds.items()}))


if __name__ == "__main__":
    main()
