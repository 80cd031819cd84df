"""The audit trail of another warehouse: what is in no lake, and so is taken over where a warehouse is made anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from qbo_pipeline.warehouse.lock import is_opened_elsewhere
from qbo_pipeline.warehouse.schema import literal
from qbo_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from qbo_pipeline.warehouse.warehouse import Warehouse

_CARRIED = ("sync_run", "api_call", "merged_record", "webhook_event", "reference_change", "delivery",
            "publication", "pruning")  # fmt: skip
"""Tables of the audit trail that are not in the lake: they are taken over from the warehouse as it was."""


def is_empty(warehouse: Warehouse) -> bool:
    """Whether nothing was ever written into a warehouse: it was made just now, maybe by a process that was killed."""
    written = " OR ".join(f"EXISTS (FROM audit.{table})" for table in ("lake_batch", "report_batch", *_CARRIED))
    return warehouse.rows(f"SELECT {written}") == [(False,)]


def carry_over(warehouse: Warehouse, old: Path) -> bool:
    """Take the audit trail over from an earlier warehouse, all or nothing; False where there is none to be read.

    Raises:
        duckdb.IOException: somebody has it open for writing. Whoever went on would replace it, and its trail with it.
    """
    if not old.exists():
        return False
    try:
        warehouse.rows(f"ATTACH {literal(str(old))} AS old (READ_ONLY)")
    except duckdb.Error as error:
        if is_opened_elsewhere(error):
            raise
        return False
    try:
        # What was read before a damage would be there twice once another warehouse is asked for all of it; and of an
        # interrupt nobody would hear, as nothing is detached in the middle of a transaction.
        with transaction(warehouse.connection):
            names = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' AND schema_name = 'audit'"
            found = {name for (name,) in warehouse.rows(names)}
            for table in _CARRIED:
                if table in found:  # not so in a warehouse made before there was such a table
                    warehouse.rows(f"INSERT INTO audit.{table} BY NAME SELECT * FROM old.audit.{table}")
    except duckdb.Error:
        return False
    finally:
        warehouse.rows("DETACH old")
    return True
