"""`python -m qbo_pipeline.local.tableau`: the service as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from qbo_pipeline.local.tableau.service import serve
from qbo_pipeline.local.tableau.store import FolderInUseError, Store
from qbo_pipeline.local.tableau.switches import Flavour


def main(arguments: list[str] | None = None) -> int:
    """Serve what a folder holds."""
    parser = argparse.ArgumentParser(prog="local-tableau", description="A local Tableau Server or Tableau Cloud.")
    parser.add_argument("--port", type=int, default=8730)
    parser.add_argument("--data", type=Path, required=True, help="folder of everything it holds")
    parser.add_argument("--flavour", choices=get_args(Flavour), help="what it stands in for, kept over restarts")
    asked = parser.parse_args(arguments)
    try:
        store = Store(asked.data)
    except FolderInUseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"Local Tableau on http://127.0.0.1:{asked.port}\n")
    serve(store, asked.port, asked.flavour)
    return 0


if __name__ == "__main__":
    sys.exit(main())
