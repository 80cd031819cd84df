"""How much memory DuckDB may have, and whether it asks for more."""

from __future__ import annotations

import duckdb

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
"""As DuckDB tells sizes."""


def lacks_memory(error: duckdb.Error) -> bool:
    """Whether a statement would do with more memory; a commit says so in the words of another error."""
    return isinstance(error, duckdb.OutOfMemoryException) or "failed to pin block" in str(error)


def memory_limit(connection: duckdb.DuckDBPyConnection) -> int:
    """Bytes that DuckDB may keep in memory, so that setting them again changes nothing.

    DuckDB tells the limit without what comes after the first digit.
    """
    [(told,)] = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    number, unit = str(told).split(" ")
    return int((float(number) + (0.05 if "." in number else 0)) * _UNITS[unit])


def limit_memory(connection: duckdb.DuckDBPyConnection, limit: int) -> None:
    """Let DuckDB keep so many bytes in memory."""
    connection.execute(f"SET memory_limit = '{limit} bytes'")
