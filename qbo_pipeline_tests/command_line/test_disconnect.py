from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.command_line.companies import connections
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state import StateStore
from qbo_pipeline_tests.command_line.conftest import REALM, Books, Run, join
from qbo_pipeline_tests.quickbooks.stub_service import Reply, StubService


def status() -> tuple[str, bool]:
    """What is stored of a connection, and whether its tokens are."""
    settings = load_settings()
    [connection] = [one for one in connections(settings) if one.realm_id == REALM]
    with StateStore(settings.state_url) as store, store.transaction() as transaction:
        query = "SELECT tokens IS NOT NULL FROM connection WHERE realm_id = ?"
        kept = transaction.exec_driver_sql(query, (REALM,)).scalar()
    return connection.status.value, bool(kept)


@pytest.fixture
def revoking(monkeypatch: pytest.MonkeyPatch, connected: Callable[..., None]) -> StubService:
    """A connected company, and a revoke endpoint that is down."""
    connected()
    service = StubService(lambda _: Reply(b"", 503))
    monkeypatch.setenv("QBO_REVOKE_URL", f"{service.url}/revoke")
    return service


def test_disconnecting_revokes_at_quickbooks_and_then_removes_the_tokens(run: Run, quickbooks: LocalQuickBooks) -> None:
    quickbooks.add_company(
        Books(REALM, "Larkspur Advisory", (("CompanyInfo", {"Id": "1", "CompanyName": "Larkspur Advisory"}),))
    )
    join(quickbooks, REALM)
    settings = load_settings()
    with StateStore(settings.state_url) as store:
        grant = open_vault(settings, store).grant(REALM)
    assert grant is not None
    assert quickbooks.oauth.accepts(REALM, grant.access_token) is None

    answer = run("disconnect", REALM, "--yes")

    assert answer.exit_code == 0, answer.told
    assert quickbooks.oauth.accepts(REALM, grant.access_token) is not None
    assert status() == ("disconnected", False)
    assert f"Disconnected Larkspur Advisory ({REALM})." in answer.output
    assert run("companies", "--json").json[0]["to_do"] == []


def test_a_person_is_asked_first_and_no_changes_nothing(run: Run, connected: Callable[..., None]) -> None:
    connected()

    answer = run("disconnect", "larkspur advisory", typed="n\n")

    assert answer.exit_code == 1
    assert "Loaded data stays" in answer.told
    assert status() == ("connected", True)


def test_a_revocation_that_fails_is_told_keeps_the_tokens_and_can_be_repeated(run: Run, revoking: StubService) -> None:
    with revoking:
        answer = run("disconnect", REALM, "--yes")
        assert answer.exit_code == 1
        assert "Larkspur Advisory (9341452000000001) is still connected" in answer.told
        assert "HTTP 503" in answer.told
        assert "--local-only" in answer.told
        assert status() == ("connected", True)

        revoking.script = lambda _: Reply(b"", 200)
        assert run("disconnect", REALM, "--yes", "--json").json["revoked"] is True

    assert [sent.form for sent in revoking.received] == [{"token": "refresh"}] * 2
    assert status() == ("disconnected", False)


def test_a_token_that_quickbooks_no_longer_knows_is_as_good_as_revoked(run: Run, revoking: StubService) -> None:
    with revoking:
        revoking.script = lambda _: Reply('{"error":"invalid_request"}', 400)
        assert run("disconnect", REALM, "--yes").exit_code == 0
    assert status() == ("disconnected", False)


def test_a_revocation_with_the_wrong_client_secret_revoked_nothing_and_says_so(run: Run, revoking: StubService) -> None:
    with revoking:
        revoking.script = lambda _: Reply('{"error":"invalid_client"}', 400)
        answer = run("disconnect", REALM, "--yes")
    assert answer.exit_code == 1
    assert "client id or secret" in answer.told
    assert status() == ("connected", True)


def test_local_only_asks_nobody_and_needs_no_key(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())
    assert run("disconnect", REALM, "--yes").exit_code == 1

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("QBO_REVOKE_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}/revoke")
        answer = run("disconnect", REALM, "--yes", "--local-only", "--json")

    assert answer.json == {"realm_id": REALM, "name": "Larkspur Advisory", "revoked": False}
    assert status() == ("disconnected", False)


def test_tokens_of_another_environment_are_not_sent_to_this_one(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(environment="sandbox")
    with StubService(lambda _: Reply(b"", 200)) as service:
        monkeypatch.setenv("QBO_REVOKE_URL", f"{service.url}/revoke")
        answer = run("disconnect", REALM, "--yes")

    assert answer.exit_code == 1
    assert "QBO_ENVIRONMENT=sandbox" in answer.told
    assert service.received == []


def test_a_company_that_is_not_connected_is_misuse_and_the_others_are_listed(
    run: Run, connected: Callable[..., None]
) -> None:
    connected()
    answer = run("disconnect", "Ironbark", "--yes")

    assert answer.exit_code == 2
    assert "Larkspur Advisory" in answer.told
