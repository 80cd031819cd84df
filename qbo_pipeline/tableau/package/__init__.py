"""Tableau's files of the semantic model: the packaged data source and the starter workbook."""

from __future__ import annotations

from qbo_pipeline.tableau.package.connections import PublishedSource
from qbo_pipeline.tableau.package.errors import PackageError
from qbo_pipeline.tableau.package.writing import definition_digest, write_data_source, write_workbook

__all__ = ["PackageError", "PublishedSource", "definition_digest", "write_data_source", "write_workbook"]
