"""`make bench`: every figure of docs/performance.md, beside its target.

`python -m benchmarks --quick` takes a tenth of the records and no peer; scenarios can be named to run them alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.scenarios import PEER_PYTHON, SCENARIOS, Figure, Size

RESULTS = Path(__file__).resolve().parent / "results"
_MARKS = {None: "", True: "[green]reached[/]", False: "[red]missed[/]"}


def main() -> int:
    """Run the scenarios, print a table, keep it as JSON; 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the records, one run each, no peer")
    parser.add_argument("--runs", type=int, default=3, help="measure so often and take the median (default: 3)")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)}; default: all")
    arguments = parser.parse_args()
    unknown = set(arguments.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    size = Size(0.1, 1, peer=False) if arguments.quick else Size(1, arguments.runs, peer=PEER_PYTHON.exists())
    console = Console(width=max(130, Console().width))
    figures: list[Figure] = []
    for name in arguments.scenarios or SCENARIOS:
        for figure in SCENARIOS[name](size):
            figures.append(figure)
            console.print(f"{figure.what}: {figure.value:,.3g} {figure.unit}", style="dim", highlight=False)
    console.print(_table(figures, size))
    console.print(f"Kept in {_keep(figures, size)}")
    return 1 if any(figure.reached is False for figure in figures) else 0


def _table(figures: list[Figure], size: Size) -> Table:
    table = Table(title=f"Scale {size.scale:g}, median of {size.runs}, {os.cpu_count()} CPUs, {platform.machine()}")
    for heading, side in (("figure", "left"), ("measured", "right"), ("target", "right"), ("", "left"), ("", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left")
    for figure in figures:
        target = "" if figure.target is None else f"≤ {figure.target:g} {figure.unit}"
        table.add_row(figure.what, f"{figure.value:,.3g} {figure.unit}", target, _MARKS[figure.reached], figure.note)
    return table


def _keep(figures: list[Figure], size: Size) -> Path:
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    told = {
        "at": now.isoformat(timespec="seconds"),
        "on": machine,
        "size": asdict(size),
        "figures": [asdict(figure) | {"reached": figure.reached} for figure in figures],
    }
    path.write_text(json.dumps(told, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
