"""Publishers of a Power BI dataset are killed and cut off at random; after each recovery every row is counted.

`python -m soak.power_bi --rounds 1000 --seed 7`: first a publisher is killed before and after each of its steps in
turn. Then each round changes the books, lets some of the service's faults strike, kills one to three publishers at any
moment with SIGKILL, and publishes in peace. It ends at the first round after which a row is missing, is there twice, or
a sum is not that of the books.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline_tests.power_bi.crashing import Crashes, Outcome

_TOLD_EVERY = 25


def main() -> int:
    """Run it; 0 when every round ended right, else 1."""
    parser = argparse.ArgumentParser(prog="python -m soak.power_bi", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="default: 1000")
    parser.add_argument("--seed", type=int, default=7, help="of changes, faults and kills (default: 7)")
    asked = parser.parse_args()
    console = Console(highlight=False)
    began = time.monotonic()

    def tell(outcome: Outcome) -> None:
        if outcome.rounds % _TOLD_EVERY == 0:
            seconds = time.monotonic() - began
            console.print(f"{outcome.rounds} rounds, {outcome.kills} kills, {seconds:,.0f} s", markup=False)

    # Every fault is told as a warning; what counts is told below.
    logging.disable(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory(prefix="soak-power-bi-") as folder,
        LocalPowerBI(Path(folder) / "power_bi.duckdb") as service,
        Crashes(Path(folder), service.url, asked.seed) as crashes,
    ):
        service.switch(limits=False)
        crashes.at_each_step()
        console.print(f"killed at each of {crashes.outcome.kills} steps", markup=False)
        outcome = crashes.run(asked.rounds, tell)
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.faults.items()))
    console.print(
        f"{outcome.rounds} rounds, {outcome.kills} kills -9, {outcome.finished} publishers that ended before; "
        f"faults switched on: {faults}",
        markup=False,
    )
    for one in outcome.wrong:
        console.print(one, markup=False)
    console.print("Every row was there once after each recovery." if not outcome.wrong else "Wrong.", markup=False)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
