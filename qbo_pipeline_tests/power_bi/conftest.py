from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.publication import Publication
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import DESTINATION, Manner
from qbo_pipeline.power_bi.timing import Timing
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.deliveries import Deliveries, Entry
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.power_bi.books import MODEL, Books

QUICK = Manner(timing=Timing(attempts=4, backoff=0.01, visible_within=0.3, ask_every=0.05), lock_wait_seconds=0.0)
"""The patience of tests."""

Publish = Callable[..., Publication]


@pytest.fixture
def power_bi(tmp_path: Path) -> Iterator[LocalPowerBI]:
    with LocalPowerBI(tmp_path / "power_bi.duckdb") as service:
        yield service


@pytest.fixture
def settings(tmp_path: Path, power_bi: LocalPowerBI) -> Settings:
    return settings_of(tmp_path / "data", power_bi.url)


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def publishing(settings: Settings, books: Books) -> Publish:
    """Writes the books as the warehouse and publishes it."""

    def publish_books(
        model: SemanticModel = MODEL, manner: Manner = QUICK, settings: Settings = settings, **more: object
    ) -> Publication:
        books.write(settings.data.warehouse)
        return publish(settings, model=model, manner=manner, **more)  # type: ignore[arg-type]

    return publish_books


def entries(settings: Settings) -> list[Entry]:
    """Everything in the outbox."""
    with StateStore(settings.state_url) as state:
        return Deliveries(state, DESTINATION).entries()


def settings_of(data: Path, url: str, **more: object) -> Settings:
    """Settings of a data folder and a Power BI at `url`."""
    return load_settings(
        **more,
        data_dir=data,
        power_bi_workspace_id=None,
        power_bi_api_base_url_override=f"{url}/v1.0/myorg",
        power_bi_authority_url_override=url,
        _env_file=None,
    )
