"""`python -m qbo_pipeline.local.quickbooks`: the service as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qbo_pipeline.local.companies import DEMO_COMPANIES, REALM_IDS, generate
from qbo_pipeline.local.quickbooks.one_server import StateInUseError, serving_alone
from qbo_pipeline.local.quickbooks.service import serve
from qbo_pipeline.local.quickbooks.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Load the companies that are missing, then serve."""
    parser = argparse.ArgumentParser(prog="local-quickbooks", description="A local QuickBooks Online.")
    parser.add_argument("--port", type=int, default=8710)
    parser.add_argument("--state", type=Path, required=True, help="SQLite file of everything it holds")
    parser.add_argument("--companies", default=",".join(DEMO_COMPANIES), help="demo companies to load; empty for none")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--no-limits", action="store_true", help="answer as many requests as come")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every API request takes")
    parser.add_argument("--note-served", action="store_true", help="tell at /control/served what clients were shown")
    asked = parser.parse_args(arguments)
    asked.state.parent.mkdir(parents=True, exist_ok=True)
    try:
        with serving_alone(asked.state):
            _serve(asked)
    except StateInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(asked: argparse.Namespace) -> None:
    store = Store(asked.state)
    known = {realm for realm, _ in store.companies()}
    for name in filter(None, asked.companies.split(",")):
        if REALM_IDS.get(name) not in known:
            sys.stderr.write(f"Loading {name} ...\n")
            store.add_company(generate(name, seed=asked.seed, scale=asked.scale))
    sys.stderr.write(f"Local QuickBooks on http://127.0.0.1:{asked.port}\n")
    serve(store, asked.port, not asked.no_limits, asked.latency, asked.note_served)


if __name__ == "__main__":
    sys.exit(main())
