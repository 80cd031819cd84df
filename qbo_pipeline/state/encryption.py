"""Encryption at rest of credentials."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

MAKE_A_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class EncryptionError(Exception):
    """The key is unusable, readable by others, missing, or not the one the credentials were encrypted with."""


class OtherKeyError(EncryptionError):
    """None of the keys at hand is the one something was encrypted with."""


class Cipher:
    """Encrypts with the first key, decrypts with any.

    Raises:
        EncryptionError: a key is not a Fernet key.
    """

    def __init__(self, keys: Sequence[str], origin: str) -> None:
        try:
            self._each = [Fernet(key) for key in keys]
        except ValueError:
            raise EncryptionError(
                f"The encryption key from {origin} is not a Fernet key (32 bytes, URL-safe base64). "
                f"Make one with: {MAKE_A_KEY}"
            ) from None
        self._all = MultiFernet(self._each)
        self.keys = tuple(keys)
        """The keys themselves. They belong in no message."""
        self.origin = origin
        """Where the encrypting key came from, for people."""

    def __repr__(self) -> str:
        return f"Cipher({len(self.keys)} keys from {self.origin})"

    def encrypt(self, plain: bytes) -> bytes:
        """Authenticated encryption (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._all.encrypt(plain)

    def decrypt(self, secret: bytes) -> bytes:
        """The plain bytes.

        Raises:
            OtherKeyError: no key at hand fits.
        """
        try:
            return self._all.decrypt(secret)
        except InvalidToken:
            raise OtherKeyError(f"no key from {self.origin} fits") from None

    def opens(self, secret: bytes) -> bool:
        """Whether a key at hand fits."""
        return self.position(secret) is not None

    def position(self, secret: bytes) -> int | None:
        """Which key something was encrypted with, 0 being the one in use; None for a key that is not at hand."""
        for position, fernet in enumerate(self._each):
            try:
                fernet.decrypt(secret)
            except InvalidToken:
                continue
            return position
        return None
