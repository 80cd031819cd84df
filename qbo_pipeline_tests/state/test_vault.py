from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import keyring.backend
import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.state import Cipher, ConnectionStatus, EncryptionError, StateStore, TokenGrant, Vault, open_cipher

REALM = "9341452000000001"
ISSUED = datetime(2026, 11, 20, 12, 0, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as opened:
        yield opened


@pytest.fixture
def vault(store: StateStore) -> Vault:
    return Vault(store, Cipher([Fernet.generate_key().decode()], "the test"))


def grant(number: int = 1, hard: datetime | None = ISSUED + timedelta(days=1825)) -> TokenGrant:
    issued = ISSUED + timedelta(hours=number)
    return TokenGrant(
        f"access-{number}", f"refresh-{number}", issued, issued + timedelta(hours=1), issued + timedelta(days=101), hard
    )


def test_what_is_stored_is_read_back_exactly(vault: Vault) -> None:
    vault.connect(REALM, grant())
    vault.name(REALM, "Larkspur Advisory")
    [connection] = vault.connections()
    assert connection == vault.connection(REALM)
    assert (connection.realm_id, connection.status, connection.reason) == (REALM, ConnectionStatus.CONNECTED, None)
    assert (connection.company_name, connection.authorized_at) == ("Larkspur Advisory", grant().issued_at)
    assert connection.grant == grant()
    assert vault.connection("another") is None


def test_a_refresh_without_the_hard_expiry_keeps_the_known_one(vault: Vault) -> None:
    vault.connect(REALM, grant())
    vault.refreshed(REALM, grant(2, hard=None))
    connection = vault.connection(REALM)
    assert connection is not None
    assert connection.grant == grant(2)
    assert connection.authorized_at == grant().issued_at


def test_the_first_unanswered_refresh_is_remembered_until_an_answer_is_stored(store: StateStore) -> None:
    now = [1000.0]
    vault = Vault(store, Cipher([Fernet.generate_key().decode()], "the test"), clock=lambda: now[0])
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
    vault.refreshed(REALM, grant(2))
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
    assert (connection.status, connection.reason, connection.grant) == (ConnectionStatus.REVOKED, "true", grant(2))
    vault.connect(REALM, grant(3))
    connection = vault.connection(REALM)
    assert connection is not None
    assert (connection.status, connection.reason) == (ConnectionStatus.CONNECTED, None)


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "encryption.key"
    secret = open_cipher(None, path).encrypt(b"tokens")
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_cipher(None, path).decrypt(secret) == b"tokens"
    assert [entry.name for entry in path.parent.iterdir()] == ["encryption.key"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    open_cipher(None, path)
    path.chmod(0o640)
    with pytest.raises(EncryptionError, match=f"chmod 600 {path}"):
        open_cipher(None, path)


MAKE_KEY = """
import sys
from pathlib import Path
from qbo_pipeline.state import open_cipher
print("ready", flush=True)
sys.stdin.readline()
print(open_cipher(None, Path(sys.argv[1])).encrypt(b"tokens").decode())
"""


def test_processes_that_make_the_key_at_the_same_moment_agree_on_one(tmp_path: Path) -> None:
    path = tmp_path / "state" / "encryption.key"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_KEY, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    secrets = [process.communicate("go\n", timeout=60)[0].strip().encode() for process in processes]
    cipher = open_cipher(None, path)
    assert [cipher.decrypt(secret) for secret in secrets] == [b"tokens"] * 4


def test_a_key_from_the_settings_comes_first_and_old_keys_still_open(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    by_file = open_cipher(None, path).encrypt(b"tokens")
    new, newer = (Fernet.generate_key().decode() for _ in range(2))
    by_new = open_cipher(new, path).encrypt(b"tokens")
    rotated = open_cipher(f"{newer}, {new}", path)
    assert rotated.decrypt(by_file) == rotated.decrypt(by_new) == b"tokens"
    assert Fernet(newer).decrypt(rotated.encrypt(b"tokens")) == b"tokens"


def test_a_wrong_or_malformed_key_is_told_with_the_remedy(tmp_path: Path) -> None:
    secret = Cipher([Fernet.generate_key().decode()], "a").encrypt(b"tokens")
    with pytest.raises(EncryptionError, match="new,old"):
        Cipher([Fernet.generate_key().decode()], "b").decrypt(secret)
    with pytest.raises(EncryptionError, match="not a Fernet key"):
        open_cipher("my secret password", tmp_path / "encryption.key")


class Memory(keyring.backend.KeyringBackend):
    priority = 5

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


@pytest.fixture
def os_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("os_keyring")
def test_a_real_keyring_keeps_the_key_and_no_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    cipher = open_cipher(None, path)
    assert cipher.origin == "the OS keyring"
    assert not path.exists()
    assert open_cipher(None, path).decrypt(cipher.encrypt(b"tokens")) == b"tokens"
