"""A row of the state store that only one process at a time works on, from its first use on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa


def locked_row(
    connection: sa.Connection, lock: sa.Select[Any], make: sa.TextClause, key: Mapping[str, object]
) -> sa.Row[Any]:
    """The row of a key, made where it is missing and kept from others until the transaction ends.

    Args:
        connection: in a transaction.
        lock: selects the row for update, by the parameters in `key`.
        make: inserts it, and does nothing where another process was faster.
        key: which row.
    """
    row = connection.execute(lock, key).one_or_none()
    if row is None:
        connection.execute(make, key)
        row = connection.execute(lock, key).one()
    return row
