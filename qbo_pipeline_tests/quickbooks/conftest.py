from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from qbo_pipeline.quickbooks.calls import ApiCall
from qbo_pipeline.quickbooks.catalogue.model import Category, Entity
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import RequestLimits, StateStore, TokenGrant
from qbo_pipeline_tests.quickbooks.stub_service import Script, StubService

REALM = "9341452000000001"
INVOICE = Entity("Invoice", Category.TRANSACTION, "", (), date_field="TxnDate", deletable=True)
CUSTOMER = Entity("Customer", Category.LIST, "", (), active_flag=True)
TIME_ACTIVITY = Entity("TimeActivity", Category.TRANSACTION, "", (), change_data_capture=False, deletable=True)
PREFERENCES = Entity("Preferences", Category.SINGLETON, "", ())
UNLIMITED = RequestLimits(per_second=1_000_000, per_minute=1_000_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, encryption_key=Fernet.generate_key().decode())  # type: ignore[arg-type]


@pytest.fixture
def state(settings: Settings) -> Iterator[StateStore]:
    with StateStore(settings.state_url) as store:
        yield store


def grant(access: str = "access-1", refresh: str = "refresh-1", age: timedelta = timedelta(0)) -> TokenGrant:
    issued = datetime.now(UTC) - age
    return TokenGrant(access, refresh, issued, issued + timedelta(hours=1), issued + timedelta(days=100), None)


def at(settings: Settings, url: str) -> Settings:
    """The same settings, talking to `url`."""
    return settings.model_copy(
        update={
            "api_base_url_override": url,
            "token_url_override": f"{url}/oauth2/v1/tokens/bearer",
            "revoke_url_override": f"{url}/v2/oauth2/tokens/revoke",
        }
    )


@dataclass
class Talk:
    """A client and the service it talks to."""

    service: StubService
    client: QuickBooksClient
    company: CompanyApi
    state: StateStore
    calls: list[ApiCall] = field(default_factory=list)


class StartTalk(Protocol):
    async def __call__(
        self, script: Script, token: TokenGrant | None = None, limits: RequestLimits = UNLIMITED
    ) -> Talk: ...


@pytest_asyncio.fixture
async def talk(settings: Settings, state: StateStore) -> AsyncIterator[StartTalk]:
    """Start a service that answers with a script, and a client connected to it that retries at once."""
    async with AsyncExitStack() as stack:

        async def start(script: Script, token: TokenGrant | None = None, limits: RequestLimits = UNLIMITED) -> Talk:
            service = stack.enter_context(StubService(script))
            calls: list[ApiCall] = []
            client = await stack.enter_async_context(
                QuickBooksClient(
                    at(settings, service.url), state, on_call=calls.append, limits=limits, backoff_seconds=0.001
                )
            )
            client.vault.connect(REALM, token or grant())
            return Talk(service, client, client.company(REALM), state, calls)

        yield start
