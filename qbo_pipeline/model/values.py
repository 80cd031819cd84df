"""The value of a measure in the warehouse: what a dashboard has to show for a company and a period."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from qbo_pipeline.model.definition import Measure


def value(
    connection: duckdb.DuckDBPyConnection, measure: Measure, realm_id: str, first_day: date, last_day: date
) -> Any:
    """What a measure's SQL gives: an exact Decimal for money, None where there is nothing.

    DAX shows nothing, or zero, where this is None: neither tells the two apart in a sum.
    """
    bound = {"realm_id": realm_id, "first_day": first_day, "last_day": last_day}
    used = {name: one for name, one in bound.items() if f"${name}" in measure.sql}
    [[found]] = connection.execute(measure.sql, used).fetchall()
    return found
