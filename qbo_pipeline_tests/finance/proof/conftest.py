from __future__ import annotations

import pytest

from qbo_pipeline_tests.finance.proof.books import Books


@pytest.fixture(scope="session")
def books() -> Books:
    """The small company, built once; whoever falsifies it puts it right again."""
    return Books()
