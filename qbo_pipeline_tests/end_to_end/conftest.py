"""The product and the local QuickBooks, running together in one test."""

from __future__ import annotations

import functools
from collections.abc import Iterator
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


@pytest.fixture
def quickbooks(tmp_path: Path, small_company: GeneratedCompany) -> Iterator[LocalQuickBooks]:
    """A service that holds one small company, without limits."""
    with company_in(tmp_path, small_company) as service:
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
def session(quickbooks: LocalQuickBooks, realm_id: str, tmp_path: Path) -> Iterator[Session]:
    """A session connected to that company."""
    with session_of(quickbooks, realm_id, tmp_path) as opened:
        yield opened
