from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings, TableauSettings, load_settings
from qbo_pipeline.state.deliveries import Deliveries, Entry
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.manner import JobPatience, Manner
from qbo_pipeline.tableau.publication import Publication
from qbo_pipeline.tableau.publish import publish
from qbo_pipeline.tableau.publisher import DESTINATION, open_client
from qbo_pipeline.tableau.requests import Patience
from qbo_pipeline_tests.tableau.books import MODEL, Books, starter

QUICK = Manner(
    patience=Patience(attempts=3, backoff_seconds=0.01),
    jobs=JobPatience(first=0.01, longest=0.05, within=5.0),
    backoff=0.01,
    visible_within=2.0,
    ask_every=0.02,
    unlisted_within=0.2,
    lock_wait_seconds=0.0,
)
"""The patience of tests."""

Publish = Callable[..., Publication]


@pytest.fixture(scope="package")
def running_tableau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTableau]:
    """One server for all tests."""
    with LocalTableau(tmp_path_factory.mktemp("service") / "tableau") as service:
        yield service


@pytest.fixture
def tableau(running_tableau: LocalTableau) -> LocalTableau:
    """As it was at first; jobs take no time."""
    running_tableau.reset()
    running_tableau.switch(job_seconds=0.0)
    return running_tableau


@pytest.fixture
def settings(tmp_path: Path, tableau: LocalTableau) -> Settings:
    return settings_of(tmp_path / "data", tableau.url)


@pytest.fixture
def configured(settings: Settings) -> TableauSettings:
    assert settings.tableau is not None
    return settings.tableau


@pytest.fixture
def store(settings: Settings) -> Iterator[StateStore]:
    with StateStore(settings.state_url) as opened:
        yield opened


@pytest.fixture
def client(settings: Settings, configured: TableauSettings, store: StateStore) -> Iterator[TableauClient]:
    with open_client(settings, configured, store, QUICK) as opened:
        yield opened


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def publishing(settings: Settings, books: Books) -> Publish:
    """Writes the books as the warehouse and publishes it."""

    def publish_books(manner: Manner = QUICK, **more: object) -> Publication:
        books.write(settings.data.warehouse)
        return publish(settings, model=MODEL, starter=starter, manner=manner, **more)  # type: ignore[arg-type]

    return publish_books


def entries(settings: Settings) -> list[Entry]:
    """Everything in the outbox."""
    with StateStore(settings.state_url) as state:
        return Deliveries(state, DESTINATION).entries()


def settings_of(data: Path, url: str, **more: object) -> Settings:
    """Settings of a data folder and a Tableau at `url`."""
    given = {"tableau_pat_name": "local", "tableau_pat_value": "local", "tableau_server_url": url, **more}
    return load_settings(data_dir=data, _env_file=None, **given)
