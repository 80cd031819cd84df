"""The whole graph as Dagster sees it, and what loading it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster as dg

from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.quickbooks.catalogue import ENTITIES

SNAPSHOT = Path(__file__).with_name("definitions.snapshot.txt")
HEAVY = ("pyarrow", "polars", "sqlglot", "httpx", "cryptography", "keyring", "pandas", "uvicorn", "typer")


WORKBOOK = dg.AssetKey(["tableau", "quickbooks_online_workbook"])
"""It shows sheets, not columns."""


def graph(definitions: dg.Definitions) -> str:
    """One line for each thing Dagster knows of."""
    assets = definitions.resolve_asset_graph()
    repository = definitions.get_repository_def()
    lines = []
    for key in sorted(assets.get_all_asset_keys()):
        node = assets.get(key)
        partitions = type(node.partitions_def).__name__ if node.partitions_def else "unpartitioned"
        checks = sorted(check.name for check in assets.get_check_keys_for_assets({key}))
        # A model's version is the digest of its statement, which tells of itself whether it was changed.
        code = "its statement's" if node.group_name == "finance" else node.code_version
        lines.append(
            f"asset {key.to_user_string()} [{node.group_name}] by {partitions}, one run a backfill: "
            f"{node.backfill_policy == dg.BackfillPolicy.single_run()}, kinds {', '.join(sorted(node.kinds))}, "
            f"owners {', '.join(node.owners)}, code {code}, checks {', '.join(checks)}"
        )
    lines += [
        f"job {job.name}: {', '.join(sorted(node.name for node in job.graph.nodes))}"
        for job in sorted(repository.get_all_jobs(), key=lambda job: job.name)
        if not job.name.startswith("__")
    ]
    lines += [f"sensor {one.name}: {one.default_status.value}" for one in repository.sensor_defs]
    lines += [f"schedule {one.name}: {one.cron_schedule}" for one in repository.schedule_defs]
    lines += [f"resource {name}" for name in sorted(repository.get_top_level_resources())]
    return "\n".join(lines) + "\n"


def test_the_graph_is_as_it_was_agreed() -> None:
    """After a wanted change: RENEW_SNAPSHOTS=1 pytest qbo_pipeline_tests/orchestration/test_definitions.py."""
    now = graph(build_definitions(ENTITIES, date(2024, 1, 1)))
    if os.environ.get("RENEW_SNAPSHOTS"):
        SNAPSHOT.write_text(now)

    assert now == SNAPSHOT.read_text()


def test_the_definitions_validate() -> None:
    dg.Definitions.validate_loadable(build_definitions(ENTITIES, date(2024, 1, 1)))


def test_every_asset_is_described_and_shows_its_columns() -> None:
    assets = build_definitions(ENTITIES, date(2024, 1, 1)).resolve_asset_graph()

    for key in assets.get_all_asset_keys():
        node = assets.get(key)
        assert node.description, key
        if key == WORKBOOK:
            continue
        columns = node.metadata["dagster/column_schema"].columns
        assert columns, key
        assert all(column.description for column in columns), key
        in_warehouse = node.tags.get("finance/built") != "inline" and node.group_name not in ("power_bi", "tableau")
        assert node.metadata.get("dagster/table_name") == (".".join(key.path) if in_warehouse else None)


def test_loading_the_definitions_imports_nothing_heavy() -> None:
    program = (
        f"import sys, qbo_pipeline.definitions; print(','.join(name for name in {HEAVY!r} if name in sys.modules))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == ""
