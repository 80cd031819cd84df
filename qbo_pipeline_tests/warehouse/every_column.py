"""A warehouse whose stored tables have every declared column, for tests that write rows by SQL."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from qbo_pipeline.quickbooks.catalogue import tables
from qbo_pipeline.quickbooks.catalogue.model import Entity
from qbo_pipeline.warehouse.schema import definitions
from qbo_pipeline.warehouse.storage import widen


def store_every_column(connection: duckdb.DuckDBPyConnection, entities: Iterable[Entity]) -> None:
    """Widen `stored.*` to all that is declared."""
    for entity in entities:
        for table in tables(entity):
            widen(connection, entity, table, [name for name, _, _ in definitions(entity, table)])
