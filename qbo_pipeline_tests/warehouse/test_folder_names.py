"""A data folder may be called as its user likes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.warehouse.as_of import open_as_of
from qbo_pipeline.warehouse.closed_periods import Closing, closed_period_edits
from qbo_pipeline.warehouse.edits import edits
from qbo_pipeline.warehouse.replay import known_ids, replay
from qbo_pipeline_tests.lake.pages import REALM, page, record
from qbo_pipeline_tests.warehouse.loading import Place

INVOICE = entity("Invoice")
LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["books [2026]", "a*b", "it's {ours}, 100 %"])
def test_everything_is_found_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path / name, (INVOICE,))
    place.root.mkdir()
    for version in range(2):
        stamp = f"2026-05-05T03:00:0{version}-07:00"
        line = {"Id": "1", "Amount": version}
        place.merge(page("Invoice", record("1", version, stamp, TxnDate="2026-01-15", TotalAmt=version, Line=[line])))

    for view in ("history.record", "history.invoice", "audit.record_event"):
        assert place.query(f"SELECT count(*) FROM {view}") == [(2,)]
    with open_as_of(place.target, place.lake, LATER, [INVOICE]) as books:
        assert books.execute("SELECT amount FROM quickbooks.invoice_line").fetchall() == [(1,)]
    assert [one.seen_before for one in edits(place.lake, LONG_AGO, LATER)] == [False, True]
    with duckdb.connect(str(place.target), read_only=True) as connection:
        assert len(
            closed_period_edits(
                lambda sql, values: connection.execute(sql, list(values)).fetchall(),
                place.lake, INVOICE, [Closing(REALM, date(2026, 1, 31), LONG_AGO)], LONG_AGO,
            )
        ) == 2  # fmt: skip
    with place.open() as warehouse:
        assert known_ids(warehouse.connection, place.lake, INVOICE, ["1"]) == {REALM: ["1"]}
        folder, workshop = place.lake / REALM / INVOICE.table, place.root / "workshop"
        done = replay(warehouse.connection, folder, INVOICE, REALM, ["1"], workshop, dry_run=False)
    assert (done.records, done.unchanged) == (1, 1)
    assert place.rebuild().batches == 2
