"""Where the key of the credentials comes from, and how one is made and replaced.

In this order: the setting `QBO_PIPELINE_ENCRYPTION_KEY` (several, comma separated: the first encrypts, all decrypt),
the key file in the state folder, the OS keyring. When there is none, the first connection makes one: in the OS keyring
where a real one is available, else in the key file, of mode 0600.

All data folders of a person share the keyring. What one of them replaces there, others may need: it stays as a former
key, which decrypts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import keyring
import keyring.errors
from cryptography.fernet import Fernet
from keyring.backend import KeyringBackend

from qbo_pipeline.state.encryption import Cipher, EncryptionError

KEYRING_SERVICE = "qbo-pipeline"
KEYRING_USER = "encryption-key"
KEYRING_FORMER = "former-encryption-keys"
_MOST_FORMER = 10
"""Former keys that are kept, the newest. Keyrings are for short texts."""
SETTING = "QBO_PIPELINE_ENCRYPTION_KEY"
KEYRING = "the OS keyring"


def new_key() -> str:
    """A key that nobody has seen."""
    return Fernet.generate_key().decode("ascii")


class EncryptionKeys:
    """The keys of this installation. They are read anew each time: another process may have replaced them.

    Make and write keys only while no other process does (`Vault` and `rotate_key` hold the store's write lock).
    Messages name places, never keys.
    """

    def __init__(self, setting: str | None, key_file: Path) -> None:
        self._setting = [part.strip() for part in (setting or "").split(",") if part.strip()]
        self.key_file = key_file

    @property
    def are_set(self) -> bool:
        """Whether the setting has them: then they are the operator's to replace."""
        return bool(self._setting)

    def cipher(self) -> Cipher | None:
        """The keys in force; None where there is none yet.

        Raises:
            EncryptionError: a key is malformed, or the key file is open to other users.
        """
        in_file = self._in_file()
        if self._setting:
            return Cipher([*self._setting, *in_file], SETTING)
        if in_file:
            return Cipher(in_file, str(self.key_file))
        return Cipher(_everything_in_keyring(), KEYRING) if _in_keyring() else None

    @property
    def is_rotation_unfinished(self) -> bool:
        """Whether the key file or the keyring holds keys that a rotation was about to drop."""
        return not self._setting and len(self._in_file() or _in_keyring()) > 1

    def from_everywhere(self) -> Cipher | None:
        """The keys in force, and after them those of every other place: for what was encrypted before one moved.

        Raises:
            EncryptionError: as `cipher`.
        """
        in_force = self.cipher()
        if in_force is None:
            return None
        everywhere = dict.fromkeys([*in_force.keys, *self._in_file(), *_everything_in_keyring()])
        return Cipher(tuple(everywhere), in_force.origin)

    def make(self) -> Cipher:
        """Make the first key and keep it."""
        self.keep([new_key()])
        made = self.cipher()
        if made is None:
            raise EncryptionError(f"{KEYRING} took a key and does not give it back. Set {SETTING} instead.")
        return made

    def keep(self, keys: Sequence[str]) -> None:
        """Replace the keys of the key file or the keyring, all at once; where neither has any, the keyring is tried.

        Raises:
            EncryptionError: they are in the setting, which only the operator can change.
        """
        if self._setting:
            raise EncryptionError(f"The key is in {SETTING}: change it there.")
        if self.key_file.exists() or not _keep_in_keyring(keys):
            _write_key_file(self.key_file, keys)

    def _in_file(self) -> list[str]:
        try:
            status = self.key_file.stat()
        except FileNotFoundError:
            return []
        if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
            raise EncryptionError(
                f"The key file {self.key_file} can be read by other users. Close it with: chmod 600 {self.key_file}"
            )
        keys = self.key_file.read_text(encoding="ascii", errors="replace").split()
        if not keys:
            raise EncryptionError(f"The key file {self.key_file} is empty. Put the key back from a backup.")
        return keys


def _write_key_file(path: Path, keys: Sequence[str]) -> None:
    """A line a key, on disk before the file has its name: at no moment is there half a file, or none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One name for all attempts: what a killed one left, a key among it, is overwritten by the next.
    unfinished = path.with_name(f".{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(f"{key}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _real_keyring() -> KeyringBackend | None:
    """The keyring of this desktop; None for the stand-ins that only fail or forget."""
    backend = keyring.get_keyring()
    return backend if backend.priority > 0 else None


def _everything_in_keyring() -> list[str]:
    return [*_in_keyring(), *_in_keyring(KEYRING_FORMER)]


def _in_keyring(entry: str = KEYRING_USER) -> list[str]:
    try:
        backend = _real_keyring()
        return ((backend.get_password(KEYRING_SERVICE, entry) or "") if backend else "").split()
    except (keyring.errors.KeyringError, RuntimeError):
        return []


def _keep_in_keyring(keys: Sequence[str]) -> bool:
    """Whether a real keyring took them."""
    try:
        backend = _real_keyring()
        if backend is None:
            return False
        if former := list(dict.fromkeys(one for one in _everything_in_keyring() if one not in keys)):
            backend.set_password(KEYRING_SERVICE, KEYRING_FORMER, " ".join(former[:_MOST_FORMER]))
        backend.set_password(KEYRING_SERVICE, KEYRING_USER, " ".join(keys))
    except (keyring.errors.KeyringError, RuntimeError):
        return False
    return True
