"""What went to destinations, as the audit trail has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from qbo_pipeline.ingestion.delivery_trail import record_deliveries
from qbo_pipeline.state.deliveries import Batch, Deliveries, Kind
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.warehouse.warehouse import open_warehouse


def test_what_a_clock_noted_that_was_ahead_hides_nothing_that_comes_after_it(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    next_year = now + timedelta(days=365)
    build, target = tmp_path / "build" / "warehouse.duckdb", tmp_path / "warehouse.duckdb"
    with (
        StateStore(f"sqlite:///{tmp_path}/state.sqlite") as store,
        open_warehouse(build, target, tmp_path / "lake") as warehouse,
    ):
        for name, at in (("ahead", next_year), ("after", now)):
            Publications(store, "power_bi", at.timestamp).record(at, dataset=name)
            deliveries = Deliveries(store, "power_bi", at.timestamp)
            deliveries.plan([Batch(name, 1, "dataset", "Customer", None, Kind.APPEND, "", 1, 10, None)])
            record_deliveries(warehouse, store)

        assert warehouse.rows("SELECT dataset_id FROM audit.publication ORDER BY 1") == [("after",), ("ahead",)]
        assert warehouse.rows("SELECT batch FROM audit.delivery ORDER BY 1") == [("after",), ("ahead",)]
