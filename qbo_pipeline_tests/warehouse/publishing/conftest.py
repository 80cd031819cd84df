"""Books, published on a file system that does not share blocks between files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.warehouse import publish as publish_module
from qbo_pipeline_tests.warehouse.publishing.books import Books


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    one = Books(tmp_path / "books")
    yield one
    one.connection.close()


@pytest.fixture(autouse=True)
def _without_clones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is for file systems that do not share blocks between files."""
    monkeypatch.setattr(publish_module, "_clone", lambda *_: False)
