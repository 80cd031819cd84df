"""The measures of the model, by family, in the order in which they are shown."""

from __future__ import annotations

from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures import (
    cash,
    comparison,
    income,
    open_items,
    periods,
    position,
    proof,
    trade,
)

MEASURES: tuple[Measure, ...] = (
    *income.MEASURES,
    *comparison.MEASURES,
    *position.MEASURES,
    *cash.MEASURES,
    *open_items.MEASURES,
    *trade.MEASURES,
    *periods.MEASURES,
    *proof.MEASURES,
)
"""All of them."""
