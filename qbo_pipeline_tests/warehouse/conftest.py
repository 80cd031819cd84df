from pathlib import Path

import pytest

from qbo_pipeline_tests.warehouse.loading import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
