from __future__ import annotations

from qbo_pipeline_tests.model.conftest import warehouse

__all__ = ["warehouse"]
