"""Encryption at rest of credentials, and where its key comes from.

The key is, in this order: the setting `QBO_PIPELINE_ENCRYPTION_KEY` (several, comma separated: the first encrypts, all
decrypt, which is how a key is rotated), the key file in the state folder, the OS keyring. When there is none yet, one
is made: in the OS keyring where a real one is available, else in the key file, of mode 0600.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

import keyring
import keyring.errors
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEYRING_SERVICE = "qbo-pipeline"
KEYRING_USER = "encryption-key"


class EncryptionError(Exception):
    """The key is unusable, readable by others, or not the one the credentials were encrypted with."""


class Cipher:
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: list[str], origin: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise EncryptionError(
                f"The encryption key from {origin} is not a Fernet key (32 bytes, URL-safe base64). Make one with: "
                'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
            ) from None
        self.origin = origin
        """Where the encrypting key came from, for people."""

    def encrypt(self, plain: bytes) -> bytes:
        """Authenticated encryption (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._fernet.encrypt(plain)

    def decrypt(self, secret: bytes) -> bytes:
        """The plain bytes.

        Raises:
            EncryptionError: no key at hand fits.
        """
        try:
            return self._fernet.decrypt(secret)
        except InvalidToken:
            raise EncryptionError(
                f"The stored credentials were encrypted with another key than the one from {self.origin}. Give the "
                "old key too (QBO_PIPELINE_ENCRYPTION_KEY=new,old), or connect the company again."
            ) from None


def open_cipher(setting: str | None, key_file: Path) -> Cipher:
    """The cipher for this installation; makes a key at first use.

    Raises:
        EncryptionError: the key is malformed, or the key file is open to other users.
    """
    keys = [part.strip() for part in (setting or "").split(",") if part.strip()]
    origin = "QBO_PIPELINE_ENCRYPTION_KEY"
    if key_file.exists():
        keys.append(_read_key_file(key_file))
        origin = origin if setting else str(key_file)
    if keys:
        return Cipher(keys, origin)
    stored = _from_keyring()
    if stored is None:
        return Cipher([_make_key_file(key_file)], str(key_file))
    return Cipher([stored], "the OS keyring")


def _read_key_file(path: Path) -> str:
    status = path.stat()
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise EncryptionError(f"The key file {path} can be read by other users. Close it with: chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()


def _make_key_file(path: Path) -> str:
    """Write a new key beside `path` and link it there: of several processes, one wins and all read its key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".encryption-key-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    return _read_key_file(path)


def _from_keyring() -> str | None:
    """The key in the OS keyring, made there at first use; None where no real keyring answers."""
    try:
        backend = keyring.get_keyring()
        if backend.priority <= 0:  # the stand-ins that only fail or forget
            return None
        key = backend.get_password(KEYRING_SERVICE, KEYRING_USER)
        if key is None:
            backend.set_password(KEYRING_SERVICE, KEYRING_USER, Fernet.generate_key().decode("ascii"))
            key = backend.get_password(KEYRING_SERVICE, KEYRING_USER)
        return key
    except (keyring.errors.KeyringError, RuntimeError):
        return None
