from __future__ import annotations

from pathlib import Path

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.documentation import document

PAGE = Path(__file__).parents[2] / "docs" / "semantic-model.md"


def test_the_page_about_the_model_is_current() -> None:
    """After a change: python -m qbo_pipeline.model > docs/semantic-model.md."""
    assert document(SEMANTIC_MODEL) == PAGE.read_text(encoding="utf-8")
