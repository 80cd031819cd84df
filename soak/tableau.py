"""Publishers of a Tableau data source are killed and cut off at random; after each recovery every row is compared.

`python -m soak.tableau --rounds 500 --seed 7`: first a publisher is killed before and after each of its steps in turn,
in a whole publication and in an update. Then each round changes the books, lets some of the service's faults strike,
kills one to three publishers at any moment with SIGKILL, now and then has somebody else overwrite the data source or
`replay` send what was left, and publishes in peace; then the data source is downloaded and compared with DuckDB, and
row by row with the books. It ends at the first round after which they differ, or unchanged books are published again.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.tableau.crashing import Crashes, Outcome

_TOLD_EVERY = 10


def main() -> int:
    """Run it; 0 when every round ended right, else 1."""
    parser = argparse.ArgumentParser(prog="python -m soak.tableau", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500, help="default: 500")
    parser.add_argument("--seed", type=int, default=7, help="of changes, faults and kills (default: 7)")
    parser.add_argument("--no-steps", action="store_true", help="leave out the kills at each step")
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
        tempfile.TemporaryDirectory(prefix="soak-tableau-") as folder,
        LocalTableau(Path(folder) / "tableau") as service,
    ):
        service.switch(job_seconds=0.0, limits=False)
        crashes = Crashes(Path(folder), service, asked.seed)
        if not asked.no_steps:
            crashes.at_each_step()
            console.print(f"killed at each of {crashes.outcome.kills} steps", markup=False)
        outcome = crashes.run(asked.rounds, tell)
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.faults.items()))
    sent = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.kinds.items()))
    console.print(
        f"{outcome.rounds} rounds, {outcome.kills} kills -9, {outcome.finished} publishers that ended before; "
        f"published afterwards: {sent}; sent by replay: {outcome.replayed}; "
        f"overwritten by somebody else: {outcome.overwritten}; faults switched on: {faults}",
        markup=False,
    )
    for one in outcome.wrong:
        console.print(one, markup=False)
    console.print(
        "The published data source was equal to DuckDB after each recovery." if not outcome.wrong else "Wrong.",
        markup=False,
    )
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
