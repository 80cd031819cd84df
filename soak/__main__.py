"""`make soak`: changes under faults and kills, then every row compared; see docs/soak.md.

`python -m soak --changes 20000 --seed 7`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from rich.console import Console

from soak.closing_table import show
from soak.course import Soak
from soak.outcome import Size


def main() -> int:
    """Run a soak; 0 when everything holds, else 1, with what does not."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--seed", type=int, default=7, help="of changes, faults and kills (default: 7)")
    parser.add_argument("--rate", type=float, default=30.0, help="changes a second (default: 30)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the companies' history (default: 1)")
    parser.add_argument("--folder", type=Path, help="where everything is kept; by default it is temporary")
    asked = parser.parse_args()
    console = Console(width=max(120, Console().width), highlight=False)

    def say(text: str) -> None:
        console.print(f"{datetime.now():%H:%M:%S} {text}", markup=False)  # noqa: DTZ005  for whoever looks on

    size = Size(asked.changes, asked.seed, asked.rate, scale=asked.scale)
    if asked.folder is not None:
        asked.folder.mkdir(parents=True)
        return show(console, size, Soak(size, asked.folder, say).run())
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return show(console, size, Soak(size, Path(folder), say).run())


if __name__ == "__main__":
    sys.exit(main())
