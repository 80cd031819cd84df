"""What DuckDB wrote into its file, by its own log of every write.

The checksums that begin DuckDB's blocks do not tell which blocks changed: they are a XOR over the words of a block
(src/common/checksum.cpp), so that the same words in another order, or two equal words that both change, leave them as
they were. The log of the file system knows every write with its place and length.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from qbo_pipeline.warehouse.memory import limit_memory, memory_limit

Range = tuple[int, int]
"""Of a file: the first byte, and the first one behind."""
Ranges = tuple[Range, ...]
"""In order, without overlap or touch."""

_WITHOUT_LIMIT = 10**12


def united(*several: Iterable[Range]) -> Ranges:
    """Every byte that is in any of them."""
    joined: list[Range] = []
    for start, end in sorted(one for ranges in several for one in ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def log_writes(connection: duckdb.DuckDBPyConnection) -> None:
    """Have every write logged of the databases that `connection` attaches from here on."""
    connection.execute("CALL enable_logging('FileSystem')")


def writes(connection: duckdb.DuckDBPyConnection, file: Path) -> Ranges:
    """What was written to a database file since the last time this was asked."""
    # Where memory is short DuckDB writes what it holds to its temporary file, and logs that as well; while it reads its
    # log it would wait for itself for ever. Reading takes little memory, so it may have it.
    limit = memory_limit(connection)
    limit_memory(connection, _WITHOUT_LIMIT)
    try:
        # By the name alone: DuckDB writes paths its own way, and what another file of that name got does no harm here.
        logged = connection.execute(
            "SELECT pos, pos + bytes FROM duckdb_logs_parsed('FileSystem') "
            "WHERE op = 'WRITE' AND parse_filename(path) = ?",
            [file.name],
        ).fetchall()
        connection.execute("CALL truncate_duckdb_logs()")
    finally:
        limit_memory(connection, limit)
    return united((int(start), int(end)) for start, end in logged)
