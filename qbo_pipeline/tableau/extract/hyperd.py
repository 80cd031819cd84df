"""hyperd, the process that reads and writes Hyper files: one for a step, with nothing told to Tableau and no log.

Facts (measured with hyperd 0.0.26963): it says nothing to the network with usage data switched off; it writes a log
into the working directory unless told otherwise; a process that was forked from one that had started it cannot start
another, and waits for a minute before it says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.tableau.errors import ExtractError, NotInstalledError

if TYPE_CHECKING:
    from tableauhyperapi import Connection, HyperProcess

_PARAMETERS = {"log_config": "", "default_database_version": "2"}
_started_in: set[int] = set()
"""Processes that started hyperd: this one, and those that it was forked from."""


@contextmanager
def hyperd() -> Iterator[HyperProcess]:
    """A hyperd that ends with the block.

    Raises:
        NotInstalledError: the library is not there.
        ExtractError: this process was forked from one that had started hyperd, or hyperd fails in the block.
    """
    try:
        from tableauhyperapi import HyperException, HyperProcess, Telemetry
    except ImportError:
        raise NotInstalledError("tableauhyperapi") from None
    if _started_in - {os.getpid()}:
        raise ExtractError(
            "Hyper was started in the process that this one was forked from, and does not start in a fork. Start "
            "worker processes by spawn or forkserver, as the shipped dagster.yaml does."
        )
    _started_in.add(os.getpid())
    try:
        with HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=_PARAMETERS) as process:
            yield process
    except HyperException as error:
        raise ExtractError(f"Hyper: {' '.join(_told(error).split())}.") from error


@contextmanager
def database(process: HyperProcess, path: Path, *, create: bool = False) -> Iterator[Connection]:
    """A connection to a Hyper file, made anew if wanted."""
    from tableauhyperapi import Connection, CreateMode

    mode = CreateMode.CREATE_AND_REPLACE if create else CreateMode.NONE
    with Connection(process.endpoint, str(path), mode) as connection:
        yield connection


def _told(error: Exception) -> str:
    """What happened, without the context that only Hyper's makers can read."""
    return str(getattr(error, "main_message", "") or error).rstrip(".")
