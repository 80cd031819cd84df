"""Where the key of the credentials comes from."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import keyring
import keyring.backend
import pytest
from cryptography.fernet import Fernet
from keyring.backends import fail

from qbo_pipeline.state import Cipher, EncryptionError, EncryptionKeys, StateStore, TokenGrant, Vault
from qbo_pipeline.state.key_rotation import rotate_key
from qbo_pipeline.state.tableau_sessions import OpenSession, TableauSessions
from qbo_pipeline_tests.patience import PATIENCE_SECONDS


def key() -> str:
    return Fernet.generate_key().decode()


def cipher(keys: EncryptionKeys) -> Cipher:
    found = keys.cipher()
    assert found is not None
    return found


def test_a_key_file_is_made_for_its_owner_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "encryption.key"
    keys = EncryptionKeys(None, path)
    assert keys.cipher() is None
    secret = keys.make().encrypt(b"tokens")
    assert path.stat().st_mode & 0o777 == 0o600
    assert cipher(EncryptionKeys(None, path)).decrypt(secret) == b"tokens"
    assert [entry.name for entry in path.parent.iterdir()] == ["encryption.key"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    EncryptionKeys(None, path).make()
    path.chmod(0o640)
    with pytest.raises(EncryptionError, match=f"chmod 600 {path}"):
        EncryptionKeys(None, path).cipher()


def test_an_empty_key_file_is_no_invitation_to_make_another(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    path.touch(mode=0o600)
    with pytest.raises(EncryptionError, match="is empty"):
        EncryptionKeys(None, path).cipher()


MAKE_KEY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from qbo_pipeline.state import EncryptionKeys, StateStore, TokenGrant, Vault

folder, realm = Path(sys.argv[1]), sys.argv[2]
now = datetime.now(UTC)
with StateStore(f"sqlite:///{folder / 'state.sqlite'}") as store:
    vault = Vault(store, EncryptionKeys(None, folder / "encryption.key"))
    print("ready", flush=True)
    sys.stdin.readline()
    vault.connect(realm, TokenGrant("access", "refresh", now, now, None, None))
    print(vault.grant(realm).refresh_token)
"""


def test_processes_that_make_the_key_at_the_same_moment_agree_on_one(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_KEY, str(tmp_path), str(realm)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for realm in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in processes] == ["refresh\n"] * 4
    assert len((tmp_path / "encryption.key").read_text().split()) == 1


def test_a_key_from_the_settings_comes_first_and_old_keys_still_open(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    by_file = EncryptionKeys(None, path).make().encrypt(b"tokens")
    new, newer = key(), key()
    by_new = cipher(EncryptionKeys(new, path)).encrypt(b"tokens")
    rotated = cipher(EncryptionKeys(f"{newer}, {new}", path))
    assert rotated.decrypt(by_file) == rotated.decrypt(by_new) == b"tokens"
    assert Fernet(newer).decrypt(rotated.encrypt(b"tokens")) == b"tokens"


def test_a_malformed_key_is_told_with_the_remedy_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(EncryptionError, match=r"not a Fernet key.*generate_key") as raised:
        EncryptionKeys("my secret password", tmp_path / "encryption.key").cipher()
    assert "my secret" not in str(raised.value)


def test_keys_are_in_no_representation(tmp_path: Path) -> None:
    secret = key()
    keys = EncryptionKeys(secret, tmp_path / "encryption.key")
    assert secret not in f"{keys!r} {keys.cipher()!r}"


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
    made = EncryptionKeys(None, path).make()
    assert made.origin == "the OS keyring"
    assert not path.exists()
    assert cipher(EncryptionKeys(None, path)).decrypt(made.encrypt(b"tokens")) == b"tokens"


@pytest.mark.usefixtures("os_keyring")
def test_a_key_that_moved_from_the_keyring_to_the_settings_is_still_found_there(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    secret = EncryptionKeys(None, path).make().encrypt(b"tokens")
    everywhere = EncryptionKeys(key(), path).from_everywhere()
    assert everywhere is not None
    assert everywhere.decrypt(secret) == b"tokens"
    assert everywhere.position(secret) == 1


@pytest.mark.usefixtures("os_keyring")
def test_a_rotation_in_one_data_folder_leaves_the_tokens_of_another_readable(tmp_path: Path) -> None:
    """The keyring is the person's: the first rotation took the key of all other data folders with it."""
    now = datetime.now(UTC)
    here, there = EncryptionKeys(None, tmp_path / "here.key"), EncryptionKeys(None, tmp_path / "there.key")
    with (
        StateStore(f"sqlite:///{tmp_path / 'here.sqlite'}") as store,
        StateStore(f"sqlite:///{tmp_path / 'there.sqlite'}") as other,
    ):
        for one, keys in ((store, here), (other, there)):
            Vault(one, keys).connect("1", TokenGrant("access", "refresh", now, now, None, None))
        first = cipher(here).keys[0]
        for _ in range(3):
            rotate_key(store, here)
            assert Vault(store, here).grant("1") is not None
            assert Vault(other, there).grant("1") is not None
            assert not here.is_rotation_unfinished
        assert cipher(there).keys[0] == cipher(here).keys[0] != first
        assert len(cipher(here).keys) == 4


@pytest.mark.usefixtures("os_keyring")
def test_a_session_of_tableau_makes_no_key_beside_one_in_a_keyring_that_is_locked(tmp_path: Path) -> None:
    """A key file is looked into before the keyring: no token would have been readable, in the desktop neither."""
    keys, now = EncryptionKeys(None, tmp_path / "encryption.key"), datetime.now(UTC)
    with StateStore(f"sqlite:///{tmp_path / 'state.sqlite'}") as store:
        Vault(store, keys).connect("1", TokenGrant("access", "refresh", now, now, None, None))
        unlocked = keyring.get_keyring()

        keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
        with pytest.raises(EncryptionError, match="company 1 were encrypted with a key that is not here"):
            TableauSessions(store, keys).keep("token", "mine", OpenSession("t", "s", "u", "3.24", "2025.3", 0.0, 1.0))

        keyring.set_keyring(unlocked)
        found = Vault(store, keys).grant("1")
    assert found is not None
    assert found.refresh_token == "refresh"
