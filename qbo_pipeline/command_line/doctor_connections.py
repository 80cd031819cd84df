"""What `doctor` looks at between here and QuickBooks: the key, the state store, tokens, and whether anybody answers."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbo_pipeline.command_line.companies import connections
from qbo_pipeline.command_line.failures import describe
from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.command_line.terminal import instant

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.vault import Connection

_RECONNECT = "Connect the company again: qbo-pipeline connect"
_ROLLING_WARNING = timedelta(days=14)
_HARD_WARNING = timedelta(days=90)
_ANSWER_SECONDS = 5.0


def encryption_key(settings: Settings) -> Iterator[Finding]:
    """Where the key of the stored credentials comes from, and who can read it."""
    path = settings.data.state / "encryption.key"
    if path.exists() and os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(Level.FAIL, "encryption key", f"{path} can be read by other users", f"chmod 600 {path}")
    elif settings.encryption_key is not None:
        from qbo_pipeline.state.encryption import open_cipher

        open_cipher(settings.encryption_key.get_secret_value(), path)  # says what is wrong with a malformed one
        yield Finding(Level.OK, "encryption key", "from QBO_PIPELINE_ENCRYPTION_KEY")
    elif path.exists():
        yield Finding(Level.OK, "encryption key", f"{path}, readable by you alone")
    else:
        yield Finding(Level.OK, "encryption key", "in the OS keyring, or made with the first connection")


def state_store(settings: Settings) -> Iterator[Finding]:
    """Whether the store of tokens, cursors and request budgets answers."""
    path = settings.data.state / "state.sqlite"
    if settings.state_url_override is None and not path.exists():
        yield Finding(Level.OK, "state store", f"{path}, made with the first connection")
        return
    from sqlalchemy.engine import make_url

    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store, store.transaction():
        yield Finding(Level.OK, "state store", f"{make_url(settings.state_url)!r} answers")


def service(settings: Settings) -> Iterator[Finding]:
    """Whether QuickBooks, or the local service, can be reached at all."""
    import httpx

    from qbo_pipeline.settings import Environment

    local = settings.environment is Environment.LOCAL
    parts = {"API": settings.api_base_url, "token endpoint": settings.token_url}
    if urlsplit(settings.token_url).netloc == urlsplit(settings.api_base_url).netloc:
        del parts["token endpoint"]
    for part, url in parts.items():
        began = datetime.now(UTC)
        try:
            # Any answer will do: without a token and a company there is nothing but refusals to get.
            status = httpx.head(url, timeout=_ANSWER_SECONDS).status_code
        except httpx.HTTPError as error:
            mend = (
                "Start the local QuickBooks: qbo-pipeline local serve quickbooks"
                if local
                else "Check network, proxy and https://status.developer.intuit.com"
            )
            yield Finding(Level.FAIL, part, f"{url} cannot be reached ({type(error).__name__})", mend)
        else:
            milliseconds = (datetime.now(UTC) - began) / timedelta(milliseconds=1)
            yield Finding(Level.OK, part, f"{url} answers (HTTP {status} in {milliseconds:.0f} ms)")


def connected_companies(settings: Settings, *, ask: bool) -> Iterator[Finding]:
    """Each connection: status, age of its tokens, when it ends; with `ask`, whether the company answers (a request)."""
    found = connections(settings)
    if not found:
        yield Finding(Level.WARN, "companies", "none is connected", "Connect one: qbo-pipeline connect")
    known = {one.realm_id for one in found}
    for realm_id in settings.companies:
        if realm_id not in known:
            yield Finding(
                Level.FAIL, f"company {realm_id}", "is in QBO_COMPANIES but not connected",
                "Connect it: qbo-pipeline connect; or take it out of QBO_COMPANIES.",
            )  # fmt: skip
    for one in found:
        yield from _tokens(one, datetime.now(UTC))
        if ask and one.status == "connected":
            yield _answer(settings, one)


def _tokens(one: Connection, now: datetime) -> Iterator[Finding]:
    part = f"company {one.realm_id}" + (f" ({one.company_name})" if one.company_name else "")
    if one.status == "disconnected":
        yield Finding(Level.OK, part, "disconnected on purpose; loaded data stays")
        return
    if one.status != "connected" or one.grant is None:
        yield Finding(Level.FAIL, part, one.reason or str(one.status), _RECONNECT)
        return
    grant = one.grant
    told = f"connected {instant(one.authorized_at)}, token refreshed {instant(grant.issued_at)} UTC"
    for end, margin, name in (
        (grant.refresh_expires_at, _ROLLING_WARNING, "the refresh token ends"),
        (grant.refresh_hard_expires_at, _HARD_WARNING, "the authorization ends for good"),
    ):
        if end is None:
            continue
        told += f", {name} {end:%Y-%m-%d}"
        if end <= now:
            yield Finding(Level.FAIL, part, f"{name}: it did on {end:%Y-%m-%d}", _RECONNECT)
        elif end - now < margin:
            yield Finding(Level.WARN, part, f"{name} on {end:%Y-%m-%d}", f"{_RECONNECT} (a sync renews the 100 days).")
    if one.unanswered_refresh_at is not None:
        yield Finding(
            Level.WARN, part, f"a token refresh of {instant(one.unanswered_refresh_at)} UTC got no answer",
            "Run qbo-pipeline sync: it finds out whether the connection still holds.",
        )  # fmt: skip
    yield Finding(Level.OK, part, told)


def _answer(settings: Settings, one: Connection) -> Finding:
    part = f"company {one.realm_id}"
    try:
        name = asyncio.run(_company_name(settings, one.realm_id))
    except Exception as error:
        failure = describe(error)[0]
        return Finding(Level.FAIL, part, failure.what, failure.to_do or _RECONNECT)
    return Finding(Level.OK, part, f"answers as {name}")


async def _company_name(settings: Settings, realm_id: str) -> str:
    from qbo_pipeline.quickbooks.client import QuickBooksClient
    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store:
        async with QuickBooksClient(settings, store) as client:
            information = await client.company(realm_id).company_info()
            return str(information.get("CompanyName", realm_id))
