"""Killed anywhere and run again, a load gives the same warehouse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.loading import Place

LOAD = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.lake import layout
from qbo_pipeline.warehouse import merge, publish
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.warehouse.loading import Place

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def before(module, name):
    setattr(module, name, die)

def after(module, name):
    original = getattr(module, name)
    def wrapped(*arguments, **named):
        original(*arguments, **named)
        die()
    setattr(module, name, wrapped)

exec(sys.argv[2])
records = [record(str(n), 2, "2026-05-05T03:00:02-07:00", Line=[{"Amount": n}]) for n in range(50)]
Place(Path(sys.argv[1])).merge(page("Invoice", *records))
"""

POINTS = {
    "before the files of the batch are durable": "before(layout, 'sync')",
    "before the batch has its name": "before(Path, 'rename')",
    "after the batch has its name, before the merge": "before(merge, 'apply')",
    "in the merge, rows replaced and nothing noted": "before(merge, '_note')",
    "at the end of the merge, not committed": "after(merge, '_note')",
    "before the next state for readers is made": "before(publish, '_clone')",
    "with it made and not swapped in": "before(publish, 'put_in_place')",
}


@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_and_run_again(place: Place, point: str) -> None:
    place.merge(
        page("Invoice", *(record(str(n), 1, "2026-05-05T03:00:01-07:00", Line=[{"Amount": 1}]) for n in range(40)))
    )
    before = place.query("SELECT count(*), sum(sync_token) FROM quickbooks.invoice")
    killed = _load(place.root, POINTS[point])
    assert killed == -signal.SIGKILL
    assert place.query("SELECT count(*), sum(sync_token) FROM quickbooks.invoice") == before
    assert _load(place.root, "pass") == 0
    with place.open() as warehouse:
        warehouse.catch_up()
        warehouse.publish()
    assert place.query("SELECT count(*), sum(sync_token) FROM quickbooks.invoice") == [(50, 100)]
    assert place.query("SELECT count(*), sum(amount) FROM quickbooks.invoice_line") == [(50, sum(range(50)))]


MERGED_AWAY = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.warehouse import warehouse
from qbo_pipeline_tests.lake.pages import deletion, page, record
from qbo_pipeline_tests.warehouse.loading import Place

warehouse.settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
at = "2026-05-05T00:00:10+00:00"
Place(Path(sys.argv[1])).merge(page("Customer", record("2", 1, at), deletion("1", at), source="cdc"))
"""


def test_which_customer_took_over_a_merged_one_is_known_though_killed_once_both_are_in(place: Place) -> None:
    """The next process finds both in the warehouse, and by and by the time at which the survivor changed is another."""
    place.merge(page("Customer", record("1", 0, "2026-05-04T00:00:01Z"), record("2", 0, "2026-05-04T00:00:02Z")))
    killed = subprocess.run([sys.executable, "-c", MERGED_AWAY, str(place.root)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with place.open() as warehouse:
        warehouse.catch_up()
        warehouse.publish()

    place.merge(page("Customer", record("2", 2, "2026-05-06T00:00:00Z"), source="cdc"))

    assert place.query("SELECT id, surviving_id FROM quickbooks.surviving_record") == [("1", "2")]


MUCH = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline_tests.warehouse.loading import Place

with Place(Path(sys.argv[1])).open() as warehouse:
    warehouse.connection.execute(
        "CREATE TABLE stored.much AS SELECT range AS number, repeat(md5(range::VARCHAR), 20) AS text FROM range(0)"
    )
    for _ in range(3):  # each too little for DuckDB to write it anywhere but to its log
        warehouse.connection.execute(
            "INSERT INTO stored.much SELECT range, repeat(md5(range::VARCHAR), 20) FROM range(50_000)"
        )
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_more_than_fits_in_memory_is_read_again_from_the_log_of_a_killed_process(place: Place) -> None:
    killed = subprocess.run([sys.executable, "-c", MUCH, str(place.root)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with place.open() as warehouse:
        assert warehouse.rows("SELECT count(*), count(DISTINCT text) FROM stored.much") == [(150_000, 50_000)]


def _load(root: Path, sabotage: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", LOAD, str(root), sabotage], env=dict(os.environ), check=False
    ).returncode
