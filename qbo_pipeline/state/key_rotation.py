"""Replacing the key that the tokens are encrypted with. Killed at any moment, every row opens with a key that is kept.

1. The new key is written in front of the old ones: from here on both are known.
2. All rows are encrypted anew, in one transaction.
3. The old keys are dropped, once no row needs them. Those of the keyring stay in it, as other stores may need them.

Steps 1 and 2 are one transaction of the store, step 3 another; whoever writes tokens reads the keys within a
transaction of its own, so nobody encrypts with a key that is on its way out. An interrupted rotation is finished by
the next one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from qbo_pipeline.state.encryption import MAKE_A_KEY, Cipher, EncryptionError
from qbo_pipeline.state.keys import SETTING, EncryptionKeys, new_key
from qbo_pipeline.state.leases import Lease, Leases
from qbo_pipeline.state.schema import connections
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import unreadable_companies, writing_tokens

_REFRESHES_HELD_SECONDS = 30.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    place: str
    """Where the key in use is now."""
    rows: int
    """Companies whose tokens were encrypted anew."""


def refresh_lease(realm_id: str) -> str:
    """Name of the lease held by whoever refreshes the tokens of a company."""
    return f"refresh:{realm_id}"


def rotate_key(store: StateStore, keys: EncryptionKeys, *, wait_seconds: float = 90.0) -> Rotation:
    """Encrypt all tokens with a new key; with the first of QBO_PIPELINE_ENCRYPTION_KEY where that is set.

    No refresh is under way meanwhile: a process that has its keys from the environment could only store the answer
    under a key on its way out.

    Raises:
        EncryptionError: there is nothing to rotate, a row opens with no key at hand, or a refresh does not end.
    """
    with _no_refreshes(store, wait_seconds):
        with writing_tokens(store) as transaction:
            before = keys.from_everywhere()
            if before is None:
                raise EncryptionError("There is no key yet: the first connection makes one. Nothing was changed.")
            if named := unreadable_companies(transaction, before):
                raise EncryptionError(
                    f"The tokens of {', '.join(named.values())} open with no key at hand. Nothing was changed. Put "
                    f"their key into {SETTING}=new,old and rotate again."
                )
            after = _next(keys, before)
            rows = _encrypt_anew(transaction, after)
            if keys.are_set and rows == 0:
                raise EncryptionError(
                    f"All tokens are encrypted with the first key of {SETTING} already. For another, put it in "
                    f"front, {SETTING}=new,old, and rotate again. Make one with: {MAKE_A_KEY}"
                )
        if not keys.are_set:
            with writing_tokens(store) as transaction:
                _drop_unneeded(transaction, keys)
    return Rotation(after.origin, rows)


def _next(keys: EncryptionKeys, before: Cipher) -> Cipher:
    if keys.are_set:
        return before
    after = Cipher([new_key(), *before.keys], before.origin)
    keys.keep(after.keys)
    return after


def _encrypt_anew(transaction: sa.Connection, cipher: Cipher) -> int:
    """Returns how many rows were not encrypted with the first key."""
    query = sa.select(connections.c.realm_id, connections.c.tokens).where(connections.c.tokens.is_not(None))
    old = [(realm_id, tokens) for realm_id, tokens in transaction.execute(query) if cipher.position(tokens) != 0]
    for realm_id, tokens in old:
        anew = cipher.encrypt(cipher.decrypt(tokens))
        transaction.execute(connections.update().where(connections.c.realm_id == realm_id).values(tokens=anew))
    return len(old)


def _drop_unneeded(transaction: sa.Connection, keys: EncryptionKeys) -> None:
    """Keep the first key, and those that a row still needs."""
    cipher = keys.cipher()
    if cipher is None:
        return
    query = sa.select(connections.c.tokens).where(connections.c.tokens.is_not(None))
    needed = {0} | {cipher.position(tokens) for (tokens,) in transaction.execute(query)}
    keys.keep([key for position, key in enumerate(cipher.keys) if position in needed])


@contextmanager
def _no_refreshes(store: StateStore, wait_seconds: float) -> Iterator[None]:
    leases = Leases(store)
    with store.transaction() as transaction:
        realm_ids = transaction.scalars(sa.select(connections.c.realm_id).order_by(connections.c.realm_id)).all()
    held: list[Lease] = []
    deadline = time.monotonic() + wait_seconds
    try:
        for realm_id in realm_ids:
            while (lease := leases.try_acquire(refresh_lease(realm_id), _REFRESHES_HELD_SECONDS)) is None:
                if time.monotonic() > deadline:
                    raise EncryptionError(f"Company {realm_id}'s token refresh does not end. Rotate again in a minute.")
                time.sleep(_POLL_SECONDS)
            held.append(lease)
        yield
    finally:
        for lease in held:
            leases.release(lease)
