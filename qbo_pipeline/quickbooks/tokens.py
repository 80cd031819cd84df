"""Access tokens: fresh ones for everybody, from one refresh for all callers in all processes.

A refresh may replace the refresh token, and the one before is dead from then on. So there is one refresher at a time (a
lease in the state store), the attempt is recorded before it is sent, and the answer is on disk before it is used. What
is then known when QuickBooks says `invalid_grant`:

- an earlier attempt has no stored answer: the next token was in an answer that got lost (`RotationLostError`);
- no such attempt: the connection was revoked or expired (`ConnectionRevokedError`).

Either way the stored tokens stay, and the connection is marked until a person connects the company again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from qbo_pipeline.quickbooks.errors import (
    ClientCredentialsError,
    ConnectionRevokedError,
    NotConnectedError,
    OtherAppError,
    OtherEnvironmentError,
    ReconnectRequiredError,
    RotationLostError,
    TokenEndpointError,
)
from qbo_pipeline.quickbooks.oauth import (
    TOKEN_REQUEST_SECONDS,
    OAuthClient,
    RefusedGrantError,
    UnansweredError,
)
from qbo_pipeline.quickbooks.seen_through import see_through
from qbo_pipeline.state.connection_health import warnings
from qbo_pipeline.state.key_rotation import refresh_lease
from qbo_pipeline.state.leases import Lease, Leases
from qbo_pipeline.state.vault import Connection, ConnectionStatus, TokenGrant, Vault

logger = logging.getLogger(__name__)

MAXIMUM_AGE = timedelta(minutes=55)
"""Access tokens live an hour; a request that starts with one of 55 minutes still ends in time."""
_LEASE_POLL_SECONDS = 0.1
_WAITING_IS_TOLD_SECONDS = 2.0
"""A refresh takes less; whoever waits longer wants to know what for."""


class TokenSource(Protocol):
    """Whoever has access tokens."""

    async def get(self, realm_id: str, *, rejected: str | None = None) -> str:
        """An access token to send now, another one than `rejected` where there is one."""


class FreshTokens:
    """The tokens of an authorization that is not stored yet, to see first what they open."""

    def __init__(self, grant: TokenGrant) -> None:
        self._grant = grant

    async def get(self, realm_id: str, *, rejected: str | None = None) -> str:
        """The only one there is."""
        return self._grant.access_token


class AccessTokens:
    """Access tokens of all companies, for one process. Blocking work on the state store happens in threads."""

    def __init__(
        self,
        vault: Vault,
        leases: Leases,
        oauth: OAuthClient,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._vault = vault
        self._leases = leases
        self._oauth = oauth
        self._now = now
        self._grants: dict[str, TokenGrant] = {}
        self._warned: set[str] = set()
        """Companies whose end was told in this process."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, realm_id: str, *, rejected: str | None = None) -> str:
        """An access token to send now. `rejected` is one that QuickBooks did not accept: it will be another.

        Raises:
            NotConnectedError, OtherEnvironmentError, OtherAppError, ConnectionRevokedError, RotationLostError,
            ClientCredentialsError, TokenEndpointError; EncryptionError.
        """
        grant = self._grants.get(realm_id)
        if grant is None or not self._usable(grant, rejected):
            async with self._locks[realm_id]:
                grant = self._grants.get(realm_id)
                if grant is None or not self._usable(grant, rejected):
                    # Once begun it is seen through, even when this caller is cancelled: an answer must be stored.
                    task = asyncio.ensure_future(self._stored_or_refreshed(realm_id, rejected))
                    grant = await asyncio.shield(task)
                    self._grants[realm_id] = grant
        return grant.access_token

    def forget(self, realm_id: str) -> None:
        """Drop the token kept in memory; the next call reads the vault."""
        self._grants.pop(realm_id, None)

    async def end(self, realm_id: str) -> None:
        """Revoke the tokens at Intuit and remove them here, while nobody refreshes them.

        Raises:
            NotConnectedError, OtherEnvironmentError, OtherAppError, ClientCredentialsError, TokenEndpointError;
            EncryptionError. The tokens are as before then, and it can be tried again.
        """
        lease = await self._lease(realm_id)
        try:
            connection = await asyncio.to_thread(self._vault.connection, realm_id)
            grant = await asyncio.to_thread(self._vault.grant, realm_id)
            if connection is None or grant is None:
                raise NotConnectedError(realm_id, "there is no connection to end")
            self._check_issuer(connection)
            await self._oauth.revoke(realm_id, grant.refresh_token)
            await asyncio.to_thread(self._vault.disconnected, realm_id)
            self.forget(realm_id)
        finally:
            await asyncio.to_thread(self._leases.release, lease)

    def _usable(self, grant: TokenGrant, rejected: str | None) -> bool:
        # The lifetime is the server's to set; we leave before 55 of 60 minutes, and as early in a shorter one.
        lifetime = grant.access_expires_at - grant.issued_at
        age = self._now() - grant.issued_at
        return grant.access_token != rejected and age < min(MAXIMUM_AGE, lifetime * (55 / 60))

    async def _stored_or_refreshed(self, realm_id: str, rejected: str | None) -> TokenGrant:
        grant = await asyncio.to_thread(self._stored, realm_id)
        if self._usable(grant, rejected):
            return grant
        began, told = time.monotonic(), False
        while (lease := await self._try_lease(realm_id)) is None:
            if not told and time.monotonic() - began > _WAITING_IS_TOLD_SECONDS:
                told = True
                logger.warning(
                    "company %s: another process is refreshing the access token, or was killed while it did; waiting "
                    "for it, %.0f seconds at most",
                    realm_id,
                    TOKEN_REQUEST_SECONDS,
                )
            await asyncio.sleep(_LEASE_POLL_SECONDS)
            grant = await asyncio.to_thread(self._stored, realm_id)
            if self._usable(grant, rejected):
                return grant
        # From here on also when the whole loop is ended: an interruption must not cost the next refresh token.
        return await see_through(self._refreshed(realm_id, rejected, lease))

    async def _refreshed(self, realm_id: str, rejected: str | None, lease: Lease) -> TokenGrant:
        try:
            # Whoever held the lease before may have refreshed for us.
            grant = await asyncio.to_thread(self._stored, realm_id)
            return grant if self._usable(grant, rejected) else await self._refresh(realm_id, grant)
        finally:
            await asyncio.to_thread(self._leases.release, lease)

    async def _refresh(self, realm_id: str, old: TokenGrant) -> TokenGrant:
        connection = await asyncio.to_thread(self._connection, realm_id)
        await asyncio.to_thread(self._vault.refresh_begins, realm_id)
        try:
            new = await self._oauth.refresh(realm_id, old.refresh_token)
        except UnansweredError:
            logger.warning("company %s: the answer of a token refresh did not arrive", realm_id)
            raise
        except RefusedGrantError as error:
            raise await asyncio.to_thread(self._refused, connection, old, error) from None
        except (ClientCredentialsError, TokenEndpointError):  # not sent, or refused for something else than the token
            if connection.unanswered_refresh_at is None:
                await asyncio.to_thread(self._vault.refresh_changed_nothing, realm_id)
            raise
        if not await asyncio.to_thread(self._vault.refreshed, realm_id, old, new, client_id=self._oauth.client_id):
            return await asyncio.to_thread(self._stored, realm_id)
        rotated = "a new" if new.refresh_token != old.refresh_token else "the same"
        logger.info("company %s: access token refreshed, %s refresh token stored", realm_id, rotated)
        return new

    async def _lease(self, realm_id: str) -> Lease:
        while True:
            lease = await self._try_lease(realm_id)
            if lease is not None:
                return lease
            await asyncio.sleep(_LEASE_POLL_SECONDS)

    async def _try_lease(self, realm_id: str) -> Lease | None:
        return await asyncio.to_thread(self._leases.try_acquire, refresh_lease(realm_id), TOKEN_REQUEST_SECONDS)

    def _stored(self, realm_id: str) -> TokenGrant:
        """The stored tokens of a connection in good standing."""
        connection = self._connection(realm_id)
        grant = self._vault.grant(realm_id)
        if grant is None:
            raise NotConnectedError(realm_id, "the company is disconnected")
        if realm_id not in self._warned:
            self._warned.add(realm_id)
            for warning in warnings(connection, self._now()):
                logger.warning("%s", warning)
        return grant

    def _connection(self, realm_id: str) -> Connection:
        connection = self._vault.connection(realm_id)
        if connection is None:
            raise NotConnectedError(realm_id, "the company was never connected")
        self._check_issuer(connection)
        if connection.status is ConnectionStatus.REVOKED:
            raise ConnectionRevokedError(realm_id, connection.reason or "access was revoked")
        if connection.status is ConnectionStatus.ROTATION_LOST:
            raise RotationLostError(realm_id, connection.reason or "the answer of a refresh was lost")
        return connection

    def _check_issuer(self, connection: Connection) -> None:
        """Sent by another app, `invalid_grant` would mark a connection as revoked that is in good standing."""
        if not connection.belongs_to(self._oauth.environment):
            raise OtherEnvironmentError(
                connection.realm_id,
                f"it was connected with QBO_ENVIRONMENT={connection.environment}, "
                f"which is {self._oauth.environment} now",
            )
        if not connection.was_issued_to(self._oauth.client_id):
            raise OtherAppError(
                connection.realm_id,
                f"it was connected with QBO_CLIENT_ID={connection.client_id}, which is {self._oauth.client_id} now",
            )

    def _refused(self, connection: Connection, old: TokenGrant, error: RefusedGrantError) -> ReconnectRequiredError:
        """What `invalid_grant` means here: recorded, and as an error to raise."""
        lost_at = connection.unanswered_refresh_at
        kind: type[ReconnectRequiredError]
        if lost_at is not None:
            kind, status = RotationLostError, ConnectionStatus.ROTATION_LOST
            reason = (
                f"the refresh sent at {lost_at:%Y-%m-%d %H:%M:%S} UTC got no answer that could be stored, and "
                f"QuickBooks changed the refresh token in it; nobody revoked the connection ({error.reason})"
            )
        else:
            kind, status = ConnectionRevokedError, ConnectionStatus.REVOKED
            reason = f"access was revoked in QuickBooks or the refresh token expired ({error.reason})"
        self._vault.refused(connection.realm_id, old, status, reason)
        logger.error("company %s: %s", connection.realm_id, reason)
        return kind(connection.realm_id, reason)
