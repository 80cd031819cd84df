"""Where the CPU time of a load goes: the product run with a stopwatch around each of its stages.

Run instead of `benchmarks.product`, with the same arguments. A stage's time is its own, without the stages inside it.
Stages of the lake run side by side in threads, so they are measured by thread; DuckDB works in threads of its own, so
the warehouse's are measured by process (nothing else runs then).
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pyarrow.parquet

from benchmarks import product
from qbo_pipeline.lake import reader, writer
from qbo_pipeline.quickbooks import company
from qbo_pipeline.warehouse import merge, warehouse

Clock = Callable[[], float]

STAGES: tuple[tuple[str, Any, str, Clock], ...] = (
    ("split answers into records", company, "split_query", time.thread_time),
    ("learn the shape of records", reader.RecordReader, "_learn", time.thread_time),
    ("parse JSON into Arrow", reader.RecordReader, "_parse", time.thread_time),
    ("read odd records one by one", reader.RecordReader, "_read_one_by_one", time.thread_time),
    ("free-form JSON columns", reader, "json_texts", time.thread_time),
    ("rows of every table", reader, "tabulate", time.thread_time),
    ("raw JSON column", writer, "raw_column", time.thread_time),
    ("write Parquet", pyarrow.parquet, "write_table", time.thread_time),
    ("rest of the lake", writer.LakeWriter, "_write", time.thread_time),
    ("make or check all tables", warehouse, "_prepare", time.process_time),
    ("insert into DuckDB", merge, "_insert", time.process_time),
    ("rest of the merge", warehouse, "merge", time.process_time),
    ("checkpoint and publish", warehouse.Warehouse, "publish", time.process_time),
)


class Stopwatch:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = threading.local()
        self._adding = threading.Lock()

    def around(self, label: str, owner: Any, name: str, clock: Clock) -> None:
        """Measure every call of `owner.name` from now on."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            inner: list[float] = self._inner.__dict__.setdefault("stack", [])
            began = clock()
            inner.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                spent = clock() - began
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
