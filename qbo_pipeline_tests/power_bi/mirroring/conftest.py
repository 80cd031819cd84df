from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.mirroring.publish import Mirroring, mirror
from qbo_pipeline.power_bi.mirroring.publisher import MirrorManner
from qbo_pipeline.power_bi.requests import Patience
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, MERIDIAN, MODEL, Books, lines

QUICK = MirrorManner(
    patience=Patience(attempts=3, backoff_seconds=0.01), lock_wait_seconds=0.0, started_within=2.0,
    replicated_within=2.0, ask_every=0.05, pause=0.01,
)  # fmt: skip
"""The patience of tests."""

Mirrored = Callable[..., Mirroring]


@pytest.fixture
def power_bi(tmp_path: Path) -> Iterator[LocalPowerBI]:
    with LocalPowerBI(tmp_path / "power_bi.duckdb") as service:
        yield service


@pytest.fixture
def settings(tmp_path: Path, power_bi: LocalPowerBI) -> Settings:
    return settings_of(tmp_path / "data", power_bi.url)


@pytest.fixture
def books() -> Books:
    found = Books()
    found.put(*lines(HARBOUR, 30), *lines(MERIDIAN, 10))
    return found


@pytest.fixture
def mirrored(settings: Settings, books: Books) -> Mirrored:
    """Writes the books as the warehouse and mirrors it."""

    def mirror_books(model: SemanticModel = MODEL, manner: MirrorManner = QUICK, **more: Any) -> Mirroring:
        books.write(settings.data.warehouse)
        return mirror(settings, model=model, manner=manner, **more)

    return mirror_books


def settings_of(data: Path, url: str) -> Settings:
    """Settings of a data folder and a Fabric at `url`."""
    return load_settings(
        data_dir=data,
        power_bi_workspace_id=None,
        power_bi_api_base_url_override=f"{url}/v1.0/myorg",
        power_bi_authority_url_override=url,
        fabric_api_base_url_override=f"{url}/v1",
        onelake_url_override=f"{url}/onelake",
        _env_file=None,
    )


def amounts(power_bi: LocalPowerBI, database_id: str) -> dict[str, Decimal]:
    """The ledger lines as Fabric has them, each once."""
    rows = power_bi.mirrored_rows(database_id, "Ledger Lines")
    found = {row["Line Key"]: row["Amount"] for row in rows}
    assert len(found) == len(rows)
    return found


def meant(books: Books) -> dict[str, Decimal]:
    """The ledger lines as the books have them."""
    return {key: line.amount for key, line in books.lines.items()}
