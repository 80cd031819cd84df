from __future__ import annotations

import asyncio
import logging
import threading
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.client import QuickBooksClient, open_vault
from qbo_pipeline.quickbooks.oauth import HARD_EXPIRY_HEADER, authorize_url
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import Connection, ConnectionStatus, Lease, Leases, StateStore
from qbo_pipeline.state.key_rotation import refresh_lease
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.quickbooks.conftest import INVOICE, REALM, UNLIMITED, StartTalk, Talk, at, grant
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply, StubService

COUNT = Reply({"QueryResponse": {"totalCount": 3}})
REFUSED = Reply('{"error":"invalid_grant"}', 400, {"intuit_tid": "1-token"})
OLD = timedelta(minutes=56)


def tokens(access: str, refresh: str) -> Reply:
    return Reply(
        {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": 3600,
            "x_refresh_token_expires_in": 8726400,
            "x_refresh_token_hard_expires_in": 156032154,
        }
    )


class Rotation:
    """A token endpoint that gives another refresh token each time and refuses the ones before."""

    def __init__(self, delay: float = 0.05, lose_answers: int = 0) -> None:
        self.generation = 1
        self.delay = delay
        self.lose_answers = lose_answers
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Reply:
        if "tokens/bearer" not in received.path:
            return COUNT
        with self._lock:
            if received.form["refresh_token"] != f"refresh-{self.generation}":
                return REFUSED
            self.generation += 1
            answer = tokens(f"access-{self.generation}", f"refresh-{self.generation}")
            if self.lose_answers > 0:
                self.lose_answers -= 1
                return Reply(answer.body, reset=True)
            return Reply(answer.body, delay=self.delay)


def stored(talk: Talk) -> Connection:
    connection = talk.client.vault.connection(REALM)
    assert connection is not None
    return connection


def tokens_of(talk: Talk) -> tuple[str, str]:
    """Access and refresh token as they are stored."""
    grant = talk.client.vault.grant(REALM)
    assert grant is not None
    return grant.access_token, grant.refresh_token


async def test_a_token_of_55_minutes_is_refreshed_before_the_request_and_stored(talk: StartTalk) -> None:
    t = await talk(Rotation(), token=grant(age=OLD))
    assert await t.company.count(INVOICE) == 3
    [refresh], [query] = t.service.requests_to("tokens"), t.service.requests_to("/query")
    assert refresh.form == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    assert refresh.headers["authorization"].startswith("Basic ")
    assert refresh.headers[HARD_EXPIRY_HEADER] == "true"
    assert query.headers["authorization"] == "Bearer access-2"
    assert tokens_of(t) == ("access-2", "refresh-2")
    connection = stored(t)
    assert connection.unanswered_refresh_at is None
    assert connection.refresh_hard_expires_at is not None
    assert connection.refresh_hard_expires_at.year == (datetime.now(UTC) + timedelta(seconds=156032154)).year


async def test_a_token_of_54_minutes_is_used_as_it_is(talk: StartTalk) -> None:
    t = await talk(Rotation(), token=grant(age=timedelta(minutes=54)))
    await t.company.count(INVOICE)
    assert t.service.requests_to("tokens") == []


async def test_the_rotated_token_is_in_the_store_before_it_is_used(talk: StartTalk, settings: Settings) -> None:
    rotation = Rotation()
    seen: list[str] = []

    def script(received: Received) -> Reply:
        if "/query" in received.path:
            with StateStore(settings.state_url) as other:
                stored_now = open_vault(settings, other).grant(REALM)
            assert stored_now is not None
            seen.append(stored_now.access_token)
        return rotation(received)

    t = await talk(script, token=grant(age=OLD))
    await t.company.count(INVOICE)
    assert seen == ["access-2"]


async def test_fifty_callers_cause_one_refresh(talk: StartTalk) -> None:
    t = await talk(Rotation(), token=grant(age=OLD))
    assert await asyncio.gather(*(t.company.count(INVOICE) for _ in range(50))) == [3] * 50
    assert len(t.service.requests_to("tokens")) == 1


async def test_who_gets_the_lease_late_uses_what_the_holder_before_stored(
    settings: Settings, state: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire, before = Leases.try_acquire, grant(age=OLD)

    def after_somebody_refreshed(self: Leases, name: str, seconds: float) -> Lease | None:
        open_vault(settings, state).refreshed(REALM, before, grant("access-9", "refresh-9"))
        return acquire(self, name, seconds)

    monkeypatch.setattr(Leases, "try_acquire", after_somebody_refreshed)
    with StubService(Rotation()) as service:
        async with QuickBooksClient(at(settings, service.url), state, limits=UNLIMITED) as client:
            client.vault.connect(REALM, before)
            await client.company(REALM).count(INVOICE)
    [query] = service.received
    assert query.headers["authorization"] == "Bearer access-9"


async def test_a_long_wait_for_a_process_that_was_killed_while_it_refreshed_is_told_and_ends(
    talk: StartTalk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("qbo_pipeline.quickbooks.tokens._WAITING_IS_TOLD_SECONDS", 0.15)
    t = await talk(Rotation(), token=grant(age=OLD))
    assert Leases(t.state).try_acquire(refresh_lease(REALM), 1.0) is not None  # by one that is dead by now

    assert await t.company.count(INVOICE) == 3

    told = [one.getMessage() for one in caplog.records if "another process" in one.getMessage()]
    assert len(told) == 1
    assert "75 seconds at most" in told[0]


async def test_invalid_grant_marks_the_connection_revoked_and_keeps_what_is_stored(talk: StartTalk) -> None:
    t = await talk(lambda _: REFUSED, token=grant(age=OLD))
    for _ in range(2):
        with pytest.raises(errors.ConnectionRevokedError, match="qbo-pipeline connect") as raised:
            await t.company.count(INVOICE)
        assert raised.value.realm_id == REALM
    assert len(t.service.received) == 1  # once marked, QuickBooks is not asked again
    connection = stored(t)
    assert connection.status is ConnectionStatus.REVOKED
    assert "invalid_grant (intuit_tid 1-token)" in (connection.reason or "")
    assert tokens_of(t) == ("access-1", "refresh-1")


async def test_tokens_are_not_sent_by_another_app_to_which_they_would_look_revoked(
    settings: Settings, state: StateStore
) -> None:
    def quickbooks(received: Received) -> Reply:
        if "tokens/bearer" not in received.path:
            return COUNT
        ours = received.headers["authorization"] == "Basic " + b64encode(b"app-1:secret-1").decode()
        return tokens("access-2", "refresh-2") if ours else REFUSED

    def of_app(number: int) -> Settings:
        app = {"client_id": f"app-{number}", "client_secret": SecretStr(f"secret-{number}")}
        return at(settings, service.url).model_copy(update=app)

    with StubService(quickbooks) as service:
        async with QuickBooksClient(of_app(1), state, limits=UNLIMITED) as client:
            client.vault.connect(REALM, grant(age=OLD))
            await client.company(REALM).count(INVOICE)  # by now it is known which app the tokens are of
            known = client.vault.grant(REALM)
            assert known is not None
            assert client.vault.refreshed(REALM, known, grant(age=OLD))
        asked = len(service.received)
        async with QuickBooksClient(of_app(2), state, limits=UNLIMITED) as client:
            with pytest.raises(errors.OtherAppError, match="QBO_CLIENT_ID=app-1, which is app-2 now"):
                await client.company(REALM).count(INVOICE)
            with pytest.raises(errors.OtherAppError):
                await client.disconnect(REALM)
        assert len(service.received) == asked
        async with QuickBooksClient(of_app(1), state, limits=UNLIMITED) as client:
            assert await client.company(REALM).count(INVOICE) == 3


async def test_a_rotation_whose_answer_is_lost_is_not_called_revoked(talk: StartTalk) -> None:
    t = await talk(Rotation(lose_answers=1), token=grant(age=OLD))
    with pytest.raises(errors.RotationLostError, match="nobody revoked the connection"):
        await t.company.count(INVOICE)
    assert len(t.service.received) == 2
    assert stored(t).status is ConnectionStatus.ROTATION_LOST
    assert tokens_of(t) == ("access-1", "refresh-1")


async def test_a_lost_answer_without_rotation_heals_by_itself(talk: StartTalk) -> None:
    replies = [Reply(tokens("access-x", "refresh-1").body, reset=True), tokens("access-2", "refresh-1")]
    t = await talk(lambda received: replies.pop(0) if "tokens" in received.path else COUNT, token=grant(age=OLD))
    assert await t.company.count(INVOICE) == 3
    assert stored(t).unanswered_refresh_at is None


async def test_a_refresh_that_never_left_is_not_held_against_the_connection(
    settings: Settings, state: StateStore
) -> None:
    with StubService(lambda _: COUNT) as gone:
        pass
    async with QuickBooksClient(at(settings, gone.url), state, limits=UNLIMITED, backoff_seconds=0.001) as client:
        client.vault.connect(REALM, grant(age=OLD))
        with pytest.raises(errors.TokenEndpointError, match="cannot be reached"):
            await client.company(REALM).count(INVOICE)
        connection = client.vault.connection(REALM)
    assert connection is not None
    assert connection.unanswered_refresh_at is None


async def test_a_connection_that_is_not_secure_is_told_as_that(settings: Settings, state: StateStore) -> None:
    with StubService(lambda _: COUNT) as service:
        insecure = at(settings, service.url.replace("http", "https"))
        async with QuickBooksClient(insecure, state, limits=UNLIMITED, backoff_seconds=0.001) as client:
            client.vault.connect(REALM, grant(age=OLD))
            with pytest.raises(errors.TokenEndpointError, match=r"cannot be reached \(ConnectError: \[SSL"):
                await client.company(REALM).count(INVOICE)


async def test_what_a_proxy_refused_did_not_reach_quickbooks(
    settings: Settings, state: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StubService(lambda _: Reply(b"", 407)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        elsewhere = at(settings, "https://quickbooks.invalid")
        async with QuickBooksClient(elsewhere, state, limits=UNLIMITED, backoff_seconds=0.001) as client:
            client.vault.connect(REALM, grant(age=OLD))
            with pytest.raises(errors.TokenEndpointError, match=r"cannot be reached \(ProxyError: "):
                await client.company(REALM).count(INVOICE)
            connection = client.vault.connection(REALM)
    assert connection is not None
    assert connection.unanswered_refresh_at is None


@pytest.mark.parametrize("status", [400, 401])
async def test_a_wrong_client_secret_makes_no_revoked_connection_a_lost_one(talk: StartTalk, status: int) -> None:
    replies = [Reply('{"error":"invalid_client"}', status)]
    t = await talk(lambda _: replies[-1], token=grant(age=OLD))
    with pytest.raises(errors.ClientCredentialsError):
        await t.company.count(INVOICE)
    assert stored(t).unanswered_refresh_at is None

    replies.append(REFUSED)
    with pytest.raises(errors.ConnectionRevokedError, match="access was revoked"):
        await t.company.count(INVOICE)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply('{"error":"invalid_client"}', 401), errors.ClientCredentialsError),
        (Reply('{"error":"invalid_client"}', 400), errors.ClientCredentialsError),
        (Reply(b"<html>", 503), errors.TokenEndpointError),
        (Reply(b"{}", 200), errors.TokenEndpointError),
        (tokens("", ""), errors.TokenEndpointError),
        (Reply('{"error":"unsupported"}', 400), errors.TokenEndpointError),
    ],
)
async def test_other_answers_of_the_token_endpoint_are_typed_and_change_nothing(
    talk: StartTalk, reply: Reply, error: type[errors.OAuthError]
) -> None:
    t = await talk(lambda _: reply, token=grant(age=OLD))
    with pytest.raises(error):
        await t.company.count(INVOICE)
    assert stored(t).status is ConnectionStatus.CONNECTED
    assert tokens_of(t) == ("access-1", "refresh-1")


@pytest.mark.parametrize("lifetime", ["3600", 3600.5, "", "never", None, {}, 99999999999999, 1e300])
async def test_no_lifetime_that_cannot_be_read_costs_the_tokens_that_come_with_it(
    talk: StartTalk, lifetime: object
) -> None:
    answer = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": lifetime}
    answer |= dict.fromkeys(("x_refresh_token_expires_in", "x_refresh_token_hard_expires_in"), lifetime)
    t = await talk(lambda received: Reply(answer) if "tokens" in received.path else COUNT, token=grant(age=OLD))
    assert await t.company.count(INVOICE) == 3
    assert await t.company.count(INVOICE) == 3
    assert tokens_of(t) == ("access-2", "refresh-2")
    assert len(t.service.requests_to("tokens")) == 1


async def test_a_company_that_was_never_connected_is_named(talk: StartTalk) -> None:
    t = await talk(lambda _: COUNT)
    with pytest.raises(errors.NotConnectedError, match=r"company 999: .*qbo-pipeline connect"):
        await t.client.company("999").count(INVOICE)


async def test_a_company_connected_again_during_a_refresh_keeps_the_tokens_of_the_new_authorization(
    talk: StartTalk,
) -> None:
    t = await talk(Rotation(delay=0.3), token=grant(age=OLD))
    counting = asyncio.ensure_future(t.company.count(INVOICE))
    await asyncio.to_thread(wait_until, lambda: t.service.requests_to("tokens"))
    t.client.vault.connect(REALM, grant("access-9", "refresh-9"))
    assert await counting == 3
    assert tokens_of(t) == ("access-9", "refresh-9")
    assert t.service.received[-1].headers["authorization"] == "Bearer access-9"


async def test_a_cancelled_caller_does_not_lose_the_rotated_token(talk: StartTalk) -> None:
    t = await talk(Rotation(delay=1), token=grant(age=OLD))
    caller = asyncio.ensure_future(t.company.count(INVOICE))
    await asyncio.to_thread(wait_until, lambda: t.service.requests_to("tokens"))
    caller.cancel()  # the answer is under way
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert tokens_of(t)[1] == "refresh-1"
    await asyncio.to_thread(wait_until, lambda: tokens_of(t)[1] != "refresh-1")
    assert tokens_of(t)[1] == "refresh-2"
    assert len(t.service.requests_to("tokens")) == 1


def company_script(received: Received) -> Reply:
    if "tokens/bearer" in received.path:
        return tokens("access-1", "refresh-1")
    if "companyinfo" in received.path:
        return Reply({"CompanyInfo": {"CompanyName": "Larkspur Advisory", "Id": "1"}, "time": "2026-05-05T05:16:21Z"})
    return Reply(b"")


async def test_a_refresh_under_way_is_stored_before_an_interrupted_client_closes(
    settings: Settings, state: StateStore
) -> None:
    with StubService(Rotation(delay=0.5)) as service:

        async def ask() -> int:
            async with QuickBooksClient(at(settings, service.url), state, limits=UNLIMITED) as client:
                return await client.company(REALM).count(INVOICE)

        open_vault(settings, state).connect(REALM, grant(age=OLD))
        asking = asyncio.ensure_future(ask())
        await asyncio.to_thread(wait_until, lambda: service.requests_to("tokens"))
        asking.cancel()  # as Ctrl-C does
        with pytest.raises(asyncio.CancelledError):
            await asking
    found = open_vault(settings, state).grant(REALM)
    assert found is not None
    assert found.refresh_token == "refresh-2"


async def test_connecting_exchanges_the_code_and_learns_the_name(settings: Settings, state: StateStore) -> None:
    with StubService(company_script) as service:
        async with QuickBooksClient(at(settings, service.url), state) as client:
            connection = await client.connect(REALM, "code-1", "http://127.0.0.1:9/callback")
            assert connection.company_name == "Larkspur Advisory"
            assert connection.client_id == settings.client_id
            assert service.requests_to("tokens")[0].form == {
                "grant_type": "authorization_code",
                "code": "code-1",
                "redirect_uri": "http://127.0.0.1:9/callback",
            }
            await client.disconnect(REALM)
            assert service.requests_to("revoke")[0].form == {"token": "refresh-1"}
            [connection] = client.vault.connections()
            assert connection.status is ConnectionStatus.DISCONNECTED
            assert client.vault.grant(REALM) is None
            with pytest.raises(errors.NotConnectedError):
                await client.company(REALM).count(INVOICE)


def test_the_authorize_url_carries_what_intuit_asks_for(settings: Settings) -> None:
    url = httpx.URL(authorize_url(settings, "http://127.0.0.1:9/callback", "state-1"))
    assert dict(url.params) == {
        "client_id": "local-client-id",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "state": "state-1",
    }


def state_files(settings: Settings) -> list[bytes]:
    return [file.read_bytes() for file in settings.data.state.iterdir()]


async def test_no_token_is_in_the_log_the_repr_or_the_state_file(
    talk: StartTalk, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    with caplog.at_level(logging.DEBUG):
        t = await talk(Rotation(), token=grant("secret-access", "refresh-1", OLD))
        await t.company.count(INVOICE)
    for secret in ("secret-access", "refresh-1", "refresh-2", "access-2", "local-client-secret"):
        assert secret not in caplog.text.replace("a new refresh token", "")
        assert secret not in repr(stored(t))
        for content in state_files(settings):
            assert secret.encode() not in content
