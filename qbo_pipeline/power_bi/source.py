"""The warehouse as what publishes to Power BI and Fabric reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from qbo_pipeline.power_bi.errors import NothingToPublishError
from qbo_pipeline.publishing.errors import NoWarehouseError
from qbo_pipeline.publishing.snapshot import attached
from qbo_pipeline.settings import Settings


@contextmanager
def warehouse_of(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The published warehouse, attached in one state as `warehouse`.

    Raises:
        NothingToPublishError: there is none yet.
    """
    try:
        with attached(settings.data.warehouse, connection):
            yield
    except NoWarehouseError as error:
        raise NothingToPublishError(str(error)) from None
