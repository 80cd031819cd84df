"""The warehouse as a reader sees it: read-only, and always the newest published state."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError

if TYPE_CHECKING:
    import duckdb


class WarehouseReader:
    """A read-only connection that moves on to a newly published file before the next statement.

    Publishing replaces the file, so whoever holds it open goes on seeing the state of then. Use it as a context
    manager.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection to the newest state.

        Raises:
            CommandError: nothing was published yet.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise CommandError(
                f"There is no warehouse yet: {self._path} does not exist.",
                "Load a company with: qbo-pipeline backfill (or see it all work with: qbo-pipeline demo)",
            ) from None
        identity = (status.st_ino, status.st_mtime_ns)
        if self._connection is None or identity != self._identity:
            import duckdb

            self.close()
            self._connection = duckdb.connect(str(self._path), read_only=True)
            self._identity = identity
        return self._connection

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> WarehouseReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
