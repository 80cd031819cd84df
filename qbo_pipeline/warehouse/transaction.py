"""What takes effect together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All statements of the block, or none of them where it raises. No transaction is open before.

    Raises:
        duckdb.Error: it cannot be committed. That is told, not that there is nothing to roll back any more.
    """
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # interrupts too: the connection is used again
        with suppress(duckdb.Error):  # what failed to commit is rolled back already
            connection.execute("ROLLBACK")
        raise
