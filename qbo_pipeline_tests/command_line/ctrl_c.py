"""Ctrl-C while DuckDB is in the middle of a statement."""

from __future__ import annotations

import os
import signal
import threading

import duckdb


def press_within_a_statement() -> None:
    """Run a statement of days, with one thread as writers do, and press Ctrl-C while DuckDB is at it."""
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SELECT count(*) FROM range(1_000_000_000_000_000) AS numbers(one) WHERE one % 7 = 3")
