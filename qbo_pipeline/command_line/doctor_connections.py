"""What `doctor` looks at between here and QuickBooks: the key, the state store, tokens, and whether anybody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbo_pipeline.command_line.companies import connections
from qbo_pipeline.command_line.failures import describe
from qbo_pipeline.command_line.file_permissions import too_open
from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.command_line.terminal import instant

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.vault import Connection

_RECONNECT = "Connect the company again: qbo-pipeline connect"
_ANSWER_SECONDS = 5.0
_COMPANY_SECONDS = 15.0
"""Seconds that a company has to answer: QuickBooks may let it wait for minutes, and what is told next waits with it."""


def encryption_key(settings: Settings) -> Iterator[Finding]:
    """Where the key of the stored credentials is, and whether it opens them."""
    from qbo_pipeline.quickbooks.client import encryption_keys, open_vault
    from qbo_pipeline.state.store import StateStore

    keys = encryption_keys(settings)
    if any(one.guarded.path == keys.key_file for one in too_open(settings)):
        return  # told among the permissions; until it is closed the key is not used
    cipher = keys.cipher()  # says what is wrong with a malformed one
    if connections(settings):
        with StateStore(settings.state_url) as store:
            open_vault(settings, store).check_key()  # says whose tokens it does not open
    if cipher is None:
        yield Finding(Level.OK, "encryption key", "made with the first connection")
    elif keys.is_rotation_unfinished:
        yield Finding(
            Level.WARN, "encryption key", f"{cipher.origin} holds {len(cipher.keys)}: a rotation was interrupted",
            "All tokens are readable. Finish it: qbo-pipeline vault rotate-key",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, "encryption key", f"from {cipher.origin}")


def state_store(settings: Settings) -> Iterator[Finding]:
    """Whether the store of tokens, cursors and request budgets answers."""
    path = settings.data.state / "state.sqlite"
    if settings.state_url_override is None and not path.exists():
        yield Finding(Level.OK, "state store", f"{path}, made with the first connection")
        return
    from sqlalchemy.engine import make_url

    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store, store.transaction():
        # Postgres takes a password as a parameter too: ?user=…&password=…
        named = make_url(settings.state_url).set(query={})
        yield Finding(Level.OK, "state store", f"{named!r} answers")


def service(settings: Settings) -> Iterator[Finding]:
    """Whether QuickBooks, or the local service, can be reached at all."""
    import httpx

    from qbo_pipeline.proxies import ProxyVariablesError, proxies_explained
    from qbo_pipeline.settings import Environment
    from qbo_pipeline.tls import tls_context

    local = settings.environment is Environment.LOCAL
    parts = {"API": settings.api_base_url, "token endpoint": settings.token_url}
    if urlsplit(settings.token_url).netloc == urlsplit(settings.api_base_url).netloc:
        del parts["token endpoint"]
    for part, url in parts.items():
        began = datetime.now(UTC)
        try:
            # Any answer will do: without a token and a company there is nothing but refusals to get.
            with proxies_explained():
                status = httpx.head(url, verify=tls_context(), timeout=_ANSWER_SECONDS).status_code
        except ProxyVariablesError as error:
            yield Finding(Level.FAIL, part, f"{url} cannot be asked", str(error))
        except httpx.HTTPError as error:
            mend = (
                "Start the local QuickBooks: qbo-pipeline local serve quickbooks"
                if local
                else "Check network, proxy and https://status.developer.intuit.com"
            )
            why = f"{type(error).__name__}: {error}".removesuffix(": ")
            yield Finding(Level.FAIL, part, f"{url} cannot be reached ({why})", mend)
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
        yield from _connection(settings, one, datetime.now(UTC))
        if ask and one.status == "connected" and one.belongs_to(settings.environment.value):
            yield _answer(settings, one)


def _connection(settings: Settings, one: Connection, now: datetime) -> Iterator[Finding]:
    from qbo_pipeline.state.connection_health import Standing, authorization_ends, remarks, token_ends

    part = f"company {one.realm_id}" + (f" ({one.company_name})" if one.company_name else "")
    if one.status == "disconnected":
        yield Finding(Level.OK, part, "disconnected on purpose; loaded data stays")
        return
    if not one.belongs_to(settings.environment.value):
        told = f"connected with QBO_ENVIRONMENT={one.environment}, so it is left alone now"
        yield Finding(Level.OK, part, told)
        return
    found = remarks(one, now)
    for remark in found:
        level = Level.FAIL if remark.standing is Standing.ENDED else Level.WARN
        yield Finding(level, part, remark.told, remark.to_do)
    if not found:
        yield Finding(
            Level.OK,
            part,
            f"connected {instant(one.authorized_at)}, token refreshed {instant(one.refreshed_at)} UTC, the refresh "
            f"token ends {token_ends(one):%Y-%m-%d}, the authorization for good {authorization_ends(one):%Y-%m-%d}",
        )


def _answer(settings: Settings, one: Connection) -> Finding:
    part = f"company {one.realm_id}"
    try:
        name = asyncio.run(_company_name(settings, one.realm_id))
    except TimeoutError:
        return Finding(
            Level.FAIL, part, f"gave no answer within {_COMPANY_SECONDS:.0f} seconds, or QuickBooks lets requests wait",
            "Run it again later. Where it stays so, another program uses this company's request limit, or QuickBooks "
            "is slow: https://status.developer.intuit.com shows outages.",
        )  # fmt: skip
    except Exception as error:
        failure = describe(error)[0]
        return Finding(Level.FAIL, part, failure.what, failure.to_do or _RECONNECT)
    return Finding(Level.OK, part, f"answers as {name}")


async def _company_name(settings: Settings, realm_id: str) -> str:
    from qbo_pipeline.quickbooks.client import QuickBooksClient
    from qbo_pipeline.state.store import StateStore

    with StateStore(settings.state_url) as store:
        async with QuickBooksClient(settings, store) as client:
            company = client.company(realm_id)
            async with asyncio.timeout(_COMPANY_SECONDS):
                information = await company.company_info()
            return str(information.get("CompanyName", realm_id))
