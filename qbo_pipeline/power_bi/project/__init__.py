"""A Power BI project (PBIP) of the semantic model over Parquet files: no push dataset and no capacity needed."""

from __future__ import annotations

from qbo_pipeline.power_bi.project.errors import (
    FieldError,
    ProjectEditedError,
    ProjectError,
    TmdlError,
)
from qbo_pipeline.power_bi.project.parquet import write_tables
from qbo_pipeline.power_bi.project.writing import compiled, write_project

__all__ = [
    "FieldError",
    "ProjectEditedError",
    "ProjectError",
    "TmdlError",
    "compiled",
    "write_project",
    "write_tables",
]
