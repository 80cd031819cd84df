"""Recorded traffic and specifications beside the checkout; tests that need them skip where they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.quickbooks.catalogue import ENTITIES, Entity

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def required(name: str) -> Path:
    """A file or folder of the shared data; skips the test when it is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is not there; recordings and specifications are kept outside the project")
    return path


def recorded_records() -> Iterator[tuple[Entity, dict[str, Any]]]:
    """Every record of every recorded answer of the real service."""
    for path in sorted(required("quickbooks_recordings").glob("*__*.json")):
        recording = json.loads(path.read_text())
        yield from _records(recording.get("body") if isinstance(recording, dict) else recording)


def _records(node: Any) -> Iterator[tuple[Entity, dict[str, Any]]]:
    by_key = {entity.response_key: entity for entity in ENTITIES}
    if isinstance(node, dict):
        for key, value in node.items():
            for one in value if isinstance(value, list) else [value]:
                if key in by_key and isinstance(one, dict) and "Id" in one and "SyncToken" in one:
                    yield by_key[key], one
                else:
                    yield from _records(one)
    elif isinstance(node, list):
        for one in node:
            yield from _records(one)
