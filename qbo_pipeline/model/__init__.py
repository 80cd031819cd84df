"""ONE semantic model of the books: declared once, compiled to Power BI, Tableau and documentation."""

from __future__ import annotations

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.measures import MEASURES
from qbo_pipeline.model.relationships import RELATIONSHIPS
from qbo_pipeline.model.tables import TABLES

SEMANTIC_MODEL = SemanticModel(name="QuickBooks Online", tables=TABLES, relationships=RELATIONSHIPS, measures=MEASURES)
"""The books of QuickBooks Online companies."""

__all__ = ["SEMANTIC_MODEL"]
