"""The QuickBooks client of one process: one connection pool, one limiter, one token vault for all companies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

from qbo_pipeline.quickbooks.calls import ApiCall
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import NotConnectedError
from qbo_pipeline.quickbooks.limiter import Limiter
from qbo_pipeline.quickbooks.oauth import OAuthClient
from qbo_pipeline.quickbooks.requests import RequestSender
from qbo_pipeline.quickbooks.tokens import AccessTokens
from qbo_pipeline.quickbooks.transport import open_http
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.encryption import open_cipher
from qbo_pipeline.state.leases import Leases
from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import Connection, Vault


def _ignore(_: ApiCall) -> None:
    """Nobody listens."""


class QuickBooksClient:
    """Opens companies, connects and disconnects them. Use it as an async context manager, in one event loop.

    `on_call` is told of every request, retries included, from the event loop: it must be quick and must not raise.
    Opening it raises `EncryptionError` when the key of the stored credentials is not usable.
    """

    def __init__(
        self,
        settings: Settings,
        state: StateStore,
        *,
        on_call: Callable[[ApiCall], None] = _ignore,
        limits: RequestLimits | None = None,
        backoff_seconds: float = 0.5,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.vault = open_vault(settings, state)
        """The stored connections."""
        self._http = open_http()
        self._now = now
        self._oauth = OAuthClient(settings, self._http)
        self._tokens = AccessTokens(self.vault, Leases(state), self._oauth, now)
        limiter = Limiter(RequestWindows(state, limits or RequestLimits()))
        self._sender = RequestSender(settings.api_base_url, self._http, self._tokens, limiter, on_call, backoff_seconds)

    def company(self, realm_id: str) -> CompanyApi:
        """The API of one company; nothing is sent until it is used."""
        return CompanyApi(realm_id, self._sender, self._now)

    async def connect(
        self, realm_id: str, code: str, redirect_uri: str, code_verifier: str | None = None
    ) -> Connection:
        """Finish an authorization: exchange the code of the redirect, store the tokens, ask the company its name.

        Raises:
            OAuthError: no tokens for this code; RequestError: tokens are stored, but the company does not answer.
        """
        grant = await self._oauth.exchange_code(realm_id, code, redirect_uri, code_verifier)
        self.vault.connect(realm_id, grant)
        self._tokens.forget(realm_id)
        company = await self.company(realm_id).company_info()
        self.vault.name(realm_id, str(company.get("CompanyName", realm_id)))
        connection = self.vault.connection(realm_id)
        if connection is None:
            raise NotConnectedError(realm_id, "the connection was removed while it was made")
        return connection

    async def disconnect(self, realm_id: str) -> None:
        """Revoke the tokens at Intuit and remove them here. Loaded data stays."""
        connection = self.vault.connection(realm_id)
        if connection is None or connection.grant is None:
            raise NotConnectedError(realm_id, "there is no connection to end")
        await self._oauth.revoke(realm_id, connection.grant.refresh_token)
        self.vault.disconnected(realm_id)
        self._tokens.forget(realm_id)

    async def aclose(self) -> None:
        """Close the connection pool."""
        await self._http.aclose()

    async def __aenter__(self) -> QuickBooksClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def open_vault(settings: Settings, state: StateStore) -> Vault:
    """The vault of this installation, for commands that only look at connections."""
    key = settings.encryption_key
    cipher = open_cipher(None if key is None else key.get_secret_value(), settings.data.state / "encryption.key")
    return Vault(state, cipher)
