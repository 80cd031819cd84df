"""Building the finance models in the build database: all of them, or what changes in the tables made due.

A build is one transaction: whoever looks sees all of it or nothing, and one cut short has not happened. The statement
of a model makes the same rows for a document whether it is run for all or for some, so that any sequence of builds ends
in the rows of a full one.
"""

from __future__ import annotations

import duckdb

from qbo_pipeline.finance.builder import Builder
from qbo_pipeline.finance.catalogue import Models, shipped
from qbo_pipeline.finance.outcome import Build, BuiltModel, How
from qbo_pipeline.finance.running import Running
from qbo_pipeline.finance.state import prepare
from qbo_pipeline.warehouse.memory import lacks_memory
from qbo_pipeline.warehouse.transaction import transaction

__all__ = ["Build", "BuiltModel", "How", "build"]


def build(connection: duckdb.DuckDBPyConnection, models: Models | None = None, *, full: bool = False) -> Build:
    """Bring the models up to date with the tables, in one transaction.

    Args:
        connection: the build database; no transaction is open.
        models: the shipped ones, if none are given.
        full: make everything anew.

    Raises:
        ModelError: a model cannot be built; nothing of this build is in the database.
        duckdb.OutOfMemoryException: more memory is needed.
    """
    running = Running(connection, models or shipped())
    builder = Builder(running, full)
    prepare(connection)
    try:
        with transaction(connection):
            done = builder.build()
    except duckdb.Error as error:
        if lacks_memory(error):
            raise
        raise running.explained(error) from error
    finally:
        builder.rows.give_back()
        running.give_back()
    return done
