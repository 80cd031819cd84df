"""The table that measures are found in."""

from __future__ import annotations

from qbo_pipeline.model.columns import order
from qbo_pipeline.model.definition import Kind, Table

MEASURES = Table(
    name="_Measures",
    relation="finance.semantic_measure",
    kind=Kind.MEASURES,
    description="All measures. Its one column is hidden; a table needs one.",
    key="Measure Key",
    columns=(order("Measure Key", "id", "Always 1."),),
)
TABLES = (MEASURES,)
