"""What holds for every test."""

from __future__ import annotations

import os

import keyring
from keyring.backends import fail

NO_KEYRING = "keyring.backends.fail.Keyring"


def pytest_configure() -> None:
    """No test, and no process it starts, touches the keyring of the person who runs it: keys go to key files.

    Said before any test module is imported: a keyring that a module declares for its own tests would otherwise be
    picked for all of them, and not by the processes they start.
    """
    os.environ["PYTHON_KEYRING_BACKEND"] = NO_KEYRING
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
