"""DAX queries over pushed tables, by DuckDB."""

from qbo_pipeline.local.power_bi.dax.failures import DaxError
from qbo_pipeline.local.power_bi.dax.model import Model, ModelTable
from qbo_pipeline.local.power_bi.dax.query import Result, evaluate

__all__ = ["DaxError", "Model", "ModelTable", "Result", "evaluate"]
