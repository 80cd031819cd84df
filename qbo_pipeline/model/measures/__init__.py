"""The measures of the model, by family, in the order in which they are shown."""

from __future__ import annotations

from qbo_pipeline.model.definition import Measure

MEASURES: tuple[Measure, ...] = ()
"""All of them."""
