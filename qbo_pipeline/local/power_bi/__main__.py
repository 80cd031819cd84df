"""`python -m qbo_pipeline.local.power_bi`: the service as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qbo_pipeline.local.power_bi.service import serve
from qbo_pipeline.local.power_bi.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Serve what a file holds."""
    parser = argparse.ArgumentParser(prog="local-power-bi", description="A local Power BI.")
    parser.add_argument("--port", type=int, default=8720)
    parser.add_argument("--data", type=Path, required=True, help="DuckDB file of everything it holds")
    asked = parser.parse_args(arguments)
    store = Store(asked.data)
    sys.stderr.write(f"Local Power BI on http://127.0.0.1:{asked.port}\n")
    serve(store, asked.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
