"""The product and the local QuickBooks, running together in one test."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from qbo_pipeline.command_line.connect import REDIRECT_URI
from qbo_pipeline.ingestion import Session, access, open_session, publishing
from qbo_pipeline.local.companies import GeneratedCompany, generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.request_windows import RequestLimits

UNLIMITED = RequestLimits(per_second=10_000, per_minute=1_000_000)


def settings_for(quickbooks: LocalQuickBooks, data_dir: Path, **more: object) -> Settings:
    """The settings of a pipeline that talks to this service."""
    return load_settings(
        **more,
        data_dir=data_dir,
        api_base_url_override=quickbooks.url,
        token_url_override=f"{quickbooks.url}/oauth2/v1/tokens/bearer",
        authorize_url_override=f"{quickbooks.url}/connect/oauth2",
        revoke_url_override=f"{quickbooks.url}/v2/oauth2/tokens/revoke",
    )


def connect(quickbooks: LocalQuickBooks, session: Session, realm_id: str) -> None:
    """Click Connect, as a person would."""
    form = {"realm": realm_id, "redirect_uri": REDIRECT_URI, "state": "state"}
    redirect = httpx.post(f"{quickbooks.url}/connect/oauth2", data=form).headers["location"]
    session.connect(realm_id, parse_qs(urlsplit(redirect).query)["code"][0], REDIRECT_URI)


@pytest.fixture(autouse=True)
def retried_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets no answer is sent again after a hundredth of a second, and not after half of one, and then longer."""
    monkeypatch.setattr(access, "QuickBooksClient", functools.partial(QuickBooksClient, backoff_seconds=0.01))


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads build no finance models, for tests of what is loaded: most loads of a test take less than a build."""
    monkeypatch.setattr(publishing, "build_models", lambda _: None)


@pytest.fixture(scope="session")
def small_company() -> GeneratedCompany:
    return generate("ironbark", scale=0.05)


@contextmanager
def company_in(folder: Path, company: GeneratedCompany) -> Iterator[LocalQuickBooks]:
    """A service that holds one company, without limits."""
    with LocalQuickBooks(folder / "quickbooks.sqlite") as service:
        service.add_company(company)
        yield service


class Start:
    """Where the tests of a file start: a company that is connected, and what the file loads of it at first.

    Each is made once and put in place for every test, which may do to it what it likes. Always in the same place, as a
    warehouse that finds itself in another one is made to look there.
    """

    def __init__(self, folder: Path, company: GeneratedCompany) -> None:
        self._folder, self._kept = folder / "here", folder / "kept"
        self._folder.mkdir()
        self._kept.mkdir()
        self._data, self._service = self._folder / "data", self._folder / "quickbooks.sqlite"
        with company_in(self._folder, company) as quickbooks, session_of(quickbooks, company.realm_id, self._folder):
            pass
        shutil.copy(self._service, self._kept)
        self._keep("connected")

    @contextmanager
    def service(self) -> Iterator[LocalQuickBooks]:
        """The service that holds the company."""
        for path in self._folder.glob(f"{self._service.name}*"):
            path.unlink()
        shutil.copy(self._kept / self._service.name, self._service)
        with LocalQuickBooks(self._service) as service:
            yield service

    @contextmanager
    def connected(self, quickbooks: LocalQuickBooks) -> Iterator[Session]:
        """A session connected to the company, without any data."""
        self._put("connected")
        with open_session(settings_for(quickbooks, self._data), UNLIMITED) as session:
            yield session

    @contextmanager
    def loaded(self, quickbooks: LocalQuickBooks, load: Callable[[Session], object]) -> Iterator[Session]:
        """The same after `load`, of which a file has one."""
        if not (self._kept / "loaded").exists():
            with self.connected(quickbooks) as session:
                load(session)
            self._keep("loaded")
        self._put("loaded")
        with open_session(settings_for(quickbooks, self._data), UNLIMITED) as session:
            yield session

    def _keep(self, name: str) -> None:
        shutil.copytree(self._data, self._kept / name)

    def _put(self, name: str) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(self._kept / name, self._data)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, small_company: GeneratedCompany) -> Start:
    return Start(tmp_path_factory.mktemp("start"), small_company)


@pytest.fixture
def quickbooks(start: Start) -> Iterator[LocalQuickBooks]:
    """A service that holds one small company, without limits."""
    with start.service() as service:
        yield service


@pytest.fixture
def realm_id(small_company: GeneratedCompany) -> str:
    return small_company.realm_id


@contextmanager
def session_of(quickbooks: LocalQuickBooks, realm_id: str, folder: Path) -> Iterator[Session]:
    """A session connected to a company, with its data in a folder."""
    with open_session(settings_for(quickbooks, folder / "data"), UNLIMITED) as opened:
        connect(quickbooks, opened, realm_id)
        yield opened


@pytest.fixture
def session(start: Start, quickbooks: LocalQuickBooks) -> Iterator[Session]:
    """A session connected to that company."""
    with start.connected(quickbooks) as opened:
        yield opened
