from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qbo_pipeline.state.store import StateStore


@dataclass
class Clock:
    """Epoch seconds, as a test sets them."""

    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateStore]:
    """A state store without a Tableau."""
    with StateStore(f"sqlite:///{tmp_path / 'alone.sqlite'}") as opened:
        yield opened
