"""A loaded company whose reports are pulled, over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.local.companies import GeneratedCompany
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for


class Places:
    """A loaded company, once without and once with its reports: made once, and put in place for every test."""

    def __init__(self, folder: Path, company: GeneratedCompany) -> None:
        self.data, self.service = folder / "data", folder / "quickbooks.sqlite"
        self._kept = folder / "kept"
        self._kept.mkdir()
        for name in ("loaded", "pulled"):
            with LocalQuickBooks(self.service) as service, open_session(self.settings(service), UNLIMITED) as session:
                if name == "loaded":
                    service.add_company(company)
                    connect(service, session, company.realm_id)
                    session.backfill(company.realm_id, ENTITIES, None, "load")
                else:
                    session.reports.pull(company.realm_id, "first")
            shutil.copytree(self.data, self._kept / name)
            shutil.copy(self.service, self._kept / f"{name}.sqlite")

    def settings(self, service: LocalQuickBooks) -> Settings:
        return settings_for(service, self.data)

    def put(self, name: str) -> None:
        shutil.rmtree(self.data)
        shutil.copytree(self._kept / name, self.data)

    def put_service(self) -> None:
        for path in self.service.parent.glob(f"{self.service.name}*"):
            path.unlink()
        shutil.copy(self._kept / "pulled.sqlite", self.service)


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Places:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbo_pipeline.ingestion.publishing.build_models", lambda _: None)
        return Places(tmp_path_factory.mktemp("reports"), small_company)


@pytest.fixture
def quickbooks(places: Places) -> Iterator[LocalQuickBooks]:
    """The service that holds the company."""
    places.put_service()
    with LocalQuickBooks(places.service) as service:
        yield service


@pytest.fixture
def loaded(places: Places, quickbooks: LocalQuickBooks) -> Iterator[Session]:
    """Every record is in the warehouse, and no report."""
    places.put("loaded")
    with open_session(places.settings(quickbooks), UNLIMITED) as session:
        yield session


@pytest.fixture
def pulled(places: Places, quickbooks: LocalQuickBooks) -> Iterator[Session]:
    """The reports are there, too."""
    places.put("pulled")
    with open_session(places.settings(quickbooks), UNLIMITED) as session:
        yield session
