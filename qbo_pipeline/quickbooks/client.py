"""The QuickBooks client of one process: one connection pool, one limiter, one token vault for all companies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

from qbo_pipeline.quickbooks.calls import ApiCall
from qbo_pipeline.quickbooks.company import CompanyApi
from qbo_pipeline.quickbooks.errors import (
    AuthenticationError,
    AuthorizationError,
    NotAdmittedError,
    NotConnectedError,
)
from qbo_pipeline.quickbooks.limiter import Limiter
from qbo_pipeline.quickbooks.oauth import OAuthClient
from qbo_pipeline.quickbooks.requests import RequestSender
from qbo_pipeline.quickbooks.seen_through import all_seen_through
from qbo_pipeline.quickbooks.tokens import AccessTokens, FreshTokens, TokenSource
from qbo_pipeline.quickbooks.transport import open_http
from qbo_pipeline.quickbooks.writing import ReferenceWriter, WritingNotAllowedError
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.keys import EncryptionKeys
from qbo_pipeline.state.leases import Leases
from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import Connection, Vault


def _ignore(_: ApiCall) -> None:
    """Nobody listens."""


class QuickBooksClient:
    """Opens companies, connects and disconnects them. Use it as an async context manager, in one event loop.

    `on_call` is told of every request, retries included, from the event loop: it must be quick and must not raise.
    Its first request raises `EncryptionError` when the key of the stored credentials is not usable.
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
        self._limiter = Limiter(RequestWindows(state, limits or RequestLimits()))
        self._base_url = settings.api_base_url
        self._on_call = on_call
        self._may_write = settings.allow_reference_write
        self._backoff_seconds = backoff_seconds
        self._requests = self._sender(self._tokens)

    def company(self, realm_id: str) -> CompanyApi:
        """The API of one company; nothing is sent until it is used."""
        return CompanyApi(realm_id, self._requests, self._now)

    def reference_writer(self, realm_id: str) -> ReferenceWriter:
        """What changes the reference data of one company.

        Raises:
            WritingNotAllowedError: QBO_ALLOW_REFERENCE_WRITE is not true.
        """
        if not self._may_write:
            raise WritingNotAllowedError
        return ReferenceWriter(realm_id, self._requests)

    def _sender(self, tokens: TokenSource) -> RequestSender:
        return RequestSender(self._base_url, self._http, tokens, self._limiter, self._on_call, self._backoff_seconds)

    async def connect(self, realm_id: str, code: str, redirect_uri: str) -> Connection:
        """Finish an authorization: exchange the code of the redirect, see what the tokens open, store them.

        A connection that the company had before is replaced only when the new one is known to work.

        Raises:
            OAuthError: no tokens for this code, or the API does not take them (`NotAdmittedError`).
            RequestError: the company does not answer. EncryptionError: the tokens could not be kept.
            Nothing is stored then.
        """
        self.vault.check_key()
        grant = await self._oauth.exchange_code(realm_id, code, redirect_uri)
        try:
            company = await CompanyApi(realm_id, self._sender(FreshTokens(grant)), self._now).company_info()
        except (AuthenticationError, AuthorizationError) as error:
            raise NotAdmittedError(
                realm_id,
                f"QuickBooks gave tokens for the company, and its API does not take them in the environment "
                f"{self._oauth.environment}: {error.reason}; nothing was stored",
            ) from None
        name = str(company.get("CompanyName", realm_id))
        self.vault.connect(
            realm_id,
            grant,
            environment=self._oauth.environment,
            client_id=self._oauth.client_id,
            company_name=name,
        )
        self._tokens.forget(realm_id)
        connection = self.vault.connection(realm_id)
        if connection is None:
            raise NotConnectedError(realm_id, "the connection was removed while it was made")
        return connection

    async def disconnect(self, realm_id: str) -> None:
        """Revoke the tokens at Intuit and remove them here. Loaded data stays. Errors: see `AccessTokens.end`."""
        await self._tokens.end(realm_id)

    async def aclose(self) -> None:
        """Close the connection pool, once no token refresh waits for its answer: Ctrl-C ends clients as well."""
        await all_seen_through()
        await self._http.aclose()

    async def __aenter__(self) -> QuickBooksClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def encryption_keys(settings: Settings) -> EncryptionKeys:
    """Where the key of this installation's credentials is."""
    setting = settings.encryption_key
    return EncryptionKeys(
        None if setting is None else setting.get_secret_value(), settings.data.state / "encryption.key"
    )


def open_vault(settings: Settings, state: StateStore) -> Vault:
    """The vault of this installation, for commands that only look at connections."""
    return Vault(state, encryption_keys(settings))
