"""Readers and the writer never meet: no error, no wait, one consistent state."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qbo_pipeline.quickbooks.pages import Page
from qbo_pipeline.warehouse.lock import WarehouseBusyError
from qbo_pipeline_tests.lake.pages import page, record
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.warehouse.loading import Place

READ = """
import sys, duckdb
held = duckdb.connect(sys.argv[1], read_only=True) if sys.argv[2] == "hold" else None
reads = 0
print("reading", flush=True)
while not sys.stdin.closed and reads < 100_000:
    connection = held or duckdb.connect(sys.argv[1], read_only=True)
    rows = connection.execute(
        "SELECT count(DISTINCT sync_token), (SELECT count(*) FROM quickbooks.invoice_line) - count(*) "
        "FROM quickbooks.invoice"
    ).fetchall()
    if held is None:
        connection.close()
    if rows != [(1, 0)]:
        sys.exit(f"mixed state: {rows}")
    reads += 1
    import os, select
    if select.select([sys.stdin], [], [], 0)[0]:
        break
print(reads)
"""


def test_two_readers_see_one_state_at_a_time_while_the_writer_publishes(place: Place) -> None:
    place.merge(_version(1))
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ, str(place.target), mode],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for mode in ("hold", "reopen")
    ]  # fmt: skip
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    for version in range(2, 14):
        place.merge(_version(version))
    for reader in readers:
        told, complaint = reader.communicate("stop\n", timeout=PATIENCE_SECONDS)
        assert reader.returncode == 0, complaint
        assert int(told) > 5
    assert place.query("SELECT DISTINCT sync_token FROM quickbooks.invoice") == [(13,)]


def test_a_second_writer_waits_and_then_is_told_who_writes(place: Place) -> None:
    held, release = threading.Event(), threading.Event()

    def write() -> None:
        with place.open():
            held.set()
            release.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(10)
    try:
        from qbo_pipeline.warehouse.lock import writer_lock

        with (
            pytest.raises(WarehouseBusyError, match=r"process \d+ since 20"),
            writer_lock(place.root / "build" / "writer.lock", wait_seconds=0.2),
        ):
            pass
    finally:
        release.set()
        writer.join()


def test_a_reader_that_stays_open_does_not_hold_up_a_load(place: Place) -> None:
    import duckdb

    place.merge(_version(1))
    with duckdb.connect(str(place.target), read_only=True) as reader:
        place.merge(_version(2))
        assert reader.execute("SELECT DISTINCT sync_token FROM quickbooks.invoice").fetchall() == [(1,)]
    assert place.query("SELECT DISTINCT sync_token FROM quickbooks.invoice") == [(2,)]


def test_publishing_leaves_nothing_beside_the_warehouse(place: Place) -> None:
    place.merge(_version(1))
    assert sorted(path.name for path in place.root.iterdir()) == ["build", "lake", "warehouse.duckdb"]
    assert Path(place.target).stat().st_size > 0


def _version(number: int) -> Page:
    at = f"2026-05-05T03:00:{number:02d}-07:00"
    return page("Invoice", *(record(str(n), number, at, Line=[{"Amount": 1}]) for n in range(300)))
