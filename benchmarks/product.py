"""The product, loading one company from a server: run as a process of its own, so that it can be measured whole.

The finance models, which a load builds in the end, are left out unless asked for: they have figures of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qbo_pipeline.ingestion import open_session, publishing
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state.request_windows import RequestLimits
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import TokenGrant

REALM = "1000"
UNLIMITED = RequestLimits(per_second=100_000, per_minute=1_000_000)


def main() -> None:
    """`python -m benchmarks.product --url http://127.0.0.1:8000 --data /tmp/data Invoice Payment`"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limited", action="store_true", help="keep QuickBooks' limits")
    parser.add_argument("--models", action="store_true", help="build the finance models too")
    parser.add_argument("entities", nargs="+")
    arguments = parser.parse_args()
    if not arguments.models:
        setattr(publishing, "build_models", lambda _: None)  # noqa: B010  # a function is not assigned to, says mypy
    settings = load_settings(
        data_dir=arguments.data,
        api_base_url_override=arguments.url,
        token_url_override=f"{arguments.url}/oauth2/v1/tokens/bearer",
    )
    now = datetime.now(UTC)
    with StateStore(settings.state_url) as state:
        hour, months = now + timedelta(hours=1), now + timedelta(days=100)
        open_vault(settings, state).connect(REALM, TokenGrant("stand-in", "stand-in", now, hour, months, None))
    with open_session(settings, None if arguments.limited else UNLIMITED) as session:
        loads = session.backfill(REALM, [entity(name) for name in arguments.entities], None, "benchmark")
    json.dump({load.entity: {"rows": load.rows, "requests": load.api_calls} for load in loads}, sys.stdout)


if __name__ == "__main__":
    main()
