"""One state of the published warehouse, for as long as it is read, whatever is published meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.publishing.scratch import scratch_folder
from qbo_pipeline.warehouse.publications import file_state
from qbo_pipeline.warehouse.published import undisturbed
from qbo_pipeline.warehouse.schema import literal


@dataclass(frozen=True, slots=True)
class WarehouseSnapshot:
    """The warehouse in one state, attached to a connection as `warehouse`."""

    connection: duckdb.DuckDBPyConnection
    state: str
    """Which one, as `warehouse_state` names it."""


def warehouse_state(path: Path) -> str | None:
    """Tells one published state of the warehouse from every other; None where nothing was published yet."""
    try:
        found = file_state(path)
    except FileNotFoundError:
        return None
    return f"{found.inode}-{found.size}-{found.modified_ns}"


@contextmanager
def attached(path: Path, connection: duckdb.DuckDBPyConnection) -> Iterator[WarehouseSnapshot]:
    """The warehouse attached to a connection while the block runs; statements name its relations `warehouse.…`.

    Raises:
        NoWarehouseError: there is none yet.
    """

    # In a process that was spawned DuckDB takes itself to be at a prompt, and draws bars among what is told.
    connection.execute("SET enable_progress_bar = false")

    def attach() -> str | None:
        connection.execute(f"ATTACH {literal(str(path))} AS warehouse (READ_ONLY)")
        return warehouse_state(path)

    try:
        state = undisturbed(path, attach, lambda _: connection.execute("DETACH warehouse"))
    except FileNotFoundError:
        raise NoWarehouseError(path) from None
    try:
        yield WarehouseSnapshot(connection, str(state))
    finally:
        connection.execute("DETACH warehouse")


@contextmanager
def open_snapshot(path: Path) -> Iterator[WarehouseSnapshot]:
    """The same, on a connection of its own. Errors: see `attached`."""
    with (
        scratch_folder() as spill,
        duckdb.connect(config={"temp_directory": str(spill)}) as connection,
        attached(path, connection) as snapshot,
    ):
        yield snapshot
