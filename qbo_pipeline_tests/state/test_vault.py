"""The vault: what is stored is what was given, and never under a key that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.state import ConnectionStatus, EncryptionError, EncryptionKeys, StateStore, TokenGrant, Vault

REALM = "9341452000000001"
ISSUED = datetime(2026, 11, 20, 12, 0, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as opened:
        yield opened


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "encryption.key"


@pytest.fixture
def vault(store: StateStore, key_file: Path) -> Vault:
    return Vault(store, EncryptionKeys(None, key_file))


def grant(number: int = 1, hard: datetime | None = ISSUED + timedelta(days=1825)) -> TokenGrant:
    issued = ISSUED + timedelta(hours=number)
    return TokenGrant(
        f"access-{number}", f"refresh-{number}", issued, issued + timedelta(hours=1), issued + timedelta(days=101), hard
    )


def test_what_is_stored_is_read_back_exactly(vault: Vault) -> None:
    vault.connect(REALM, grant(), environment="sandbox", company_name="Larkspur Advisory")
    [connection] = vault.connections()
    assert connection == vault.connection(REALM)
    assert (connection.realm_id, connection.status, connection.reason) == (REALM, ConnectionStatus.CONNECTED, None)
    assert (connection.company_name, connection.authorized_at) == ("Larkspur Advisory", grant().issued_at)
    assert (connection.environment, connection.refreshed_at) == ("sandbox", grant().issued_at)
    assert vault.grant(REALM) == grant()
    assert vault.connection("another") is None
    assert vault.grant("another") is None


def test_a_refresh_without_the_hard_expiry_keeps_the_known_one(vault: Vault) -> None:
    vault.connect(REALM, grant())
    vault.refreshed(REALM, grant(), grant(2, hard=None))
    assert vault.grant(REALM) == grant(2)
    connection = vault.connection(REALM)
    assert connection is not None
    assert connection.authorized_at == grant().issued_at


def test_an_answer_that_arrives_after_a_disconnect_does_not_connect_again(vault: Vault) -> None:
    vault.connect(REALM, grant())
    vault.disconnected(REALM)
    vault.refreshed(REALM, grant(), grant(2))
    connection = vault.connection(REALM)
    assert connection is not None
    assert connection.status is ConnectionStatus.DISCONNECTED
    assert vault.grant(REALM) is None


def test_an_answer_that_arrives_after_a_company_was_connected_again_replaces_nothing(vault: Vault) -> None:
    vault.connect(REALM, grant())
    vault.connect(REALM, grant(3))
    assert not vault.refreshed(REALM, grant(), grant(2))
    assert vault.grant(REALM) == grant(3)


def test_the_first_unanswered_refresh_is_remembered_until_an_answer_is_stored(
    store: StateStore, key_file: Path
) -> None:
    now = [1000.0]
    vault = Vault(store, EncryptionKeys(None, key_file), clock=lambda: now[0])
    vault.connect(REALM, grant())

    def unanswered() -> datetime | None:
        connection = vault.connection(REALM)
        assert connection is not None
        return connection.unanswered_refresh_at

    assert unanswered() is None
    vault.refresh_begins(REALM)
    now[0] = 2000.0
    vault.refresh_begins(REALM)
    assert unanswered() == datetime.fromtimestamp(1000, UTC)
    vault.refreshed(REALM, grant(), grant(2))
    assert unanswered() is None


def test_a_refusal_of_old_tokens_does_not_mark_new_ones(vault: Vault) -> None:
    vault.connect(REALM, grant(1))
    vault.connect(REALM, grant(2))
    vault.refused(REALM, grant(1), ConnectionStatus.REVOKED, "late news")
    connection = vault.connection(REALM)
    assert connection is not None
    assert connection.status is ConnectionStatus.CONNECTED
    vault.refused(REALM, grant(2), ConnectionStatus.REVOKED, "true")
    connection = vault.connection(REALM)
    assert connection is not None
    assert (connection.status, connection.reason) == (ConnectionStatus.REVOKED, "true")
    assert vault.grant(REALM) == grant(2)
    vault.connect(REALM, grant(3))
    connection = vault.connection(REALM)
    assert connection is not None
    assert (connection.status, connection.reason) == (ConnectionStatus.CONNECTED, None)


def test_no_key_is_made_before_something_is_to_be_encrypted(vault: Vault, key_file: Path) -> None:
    assert vault.connections() == []
    assert vault.grant(REALM) is None
    assert vault.check_key() is None
    assert not key_file.exists()
    vault.connect(REALM, grant())
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_lost_key_is_not_replaced_while_tokens_need_it_and_their_companies_are_named(
    vault: Vault, key_file: Path
) -> None:
    vault.connect(REALM, grant(), company_name="Larkspur Advisory")
    vault.connect("2", grant(), company_name="Ironbark Fabrication")
    key_file.unlink()

    for attempt in (
        lambda: vault.connect("3", grant()),
        lambda: vault.refreshed(REALM, grant(), grant(2)),
        lambda: vault.grant(REALM),
        vault.check_key,
    ):
        with pytest.raises(EncryptionError, match=r"Ironbark Fabrication \(2\), Larkspur Advisory \(") as raised:
            attempt()
        assert f"qbo-pipeline disconnect {REALM} --local-only" in str(raised.value)
    assert not key_file.exists()
    assert len(vault.connections()) == 2


def test_another_key_is_not_used_beside_the_one_that_tokens_need(store: StateStore, key_file: Path) -> None:
    Vault(store, EncryptionKeys(None, key_file)).connect(REALM, grant(), company_name="Larkspur Advisory")
    key_file.unlink()
    other = Vault(store, EncryptionKeys(Fernet.generate_key().decode(), key_file))

    with pytest.raises(EncryptionError, match=r"Larkspur Advisory.*another key than the one from QBO_PIPELINE"):
        other.connect("2", grant())


def test_with_the_lost_keys_companies_disconnected_the_next_one_gets_a_new_key(vault: Vault, key_file: Path) -> None:
    vault.connect(REALM, grant())
    key_file.unlink()
    vault.disconnected(REALM)

    vault.connect(REALM, grant(2))

    assert vault.grant(REALM) == grant(2)


def test_a_store_of_an_earlier_version_gets_its_new_columns(tmp_path: Path, key_file: Path) -> None:
    url = f"sqlite:///{tmp_path / 'earlier.sqlite'}"
    with StateStore(url) as store:
        Vault(store, EncryptionKeys(None, key_file)).connect(REALM, grant(), environment="sandbox")
        with store.transaction() as transaction:
            transaction.exec_driver_sql("ALTER TABLE connection DROP COLUMN environment")
            transaction.exec_driver_sql("ALTER TABLE connection DROP COLUMN client_id")

    with StateStore(url) as store:
        vault = Vault(store, EncryptionKeys(None, key_file))
        [connection] = vault.connections()
        assert connection.environment is None
        assert connection.belongs_to("production")
        assert connection.was_issued_to("any app")
        assert vault.grant(REALM) == grant()
