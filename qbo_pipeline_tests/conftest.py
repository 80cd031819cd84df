"""What holds for every test."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from functools import cache

import keyring
import pytest
from hypothesis import HealthCheck, settings
from keyring.backends import fail

NO_KEYRING = "keyring.backends.fail.Keyring"


def pytest_configure() -> None:
    """No test, and no process it starts, touches the keyring of the person who runs it: keys go to key files.

    Said before any test module is imported: a keyring that a module declares for its own tests would otherwise be
    picked for all of them, and not by the processes they start.
    """
    os.environ["PYTHON_KEYRING_BACKEND"] = NO_KEYRING
    # What is loaded is published where a test is about that, and says to which service.
    os.environ.setdefault("POWERBI_WORKSPACE_ID", "off")
    os.environ.setdefault("TABLEAU_SERVER_URL", "off")
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    _use_no_proxy()
    _read_authorities_once()
    _time_no_example()


def _use_no_proxy() -> None:
    """All that tests ask runs on this machine; those of proxies say themselves which one there is."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def no_proxy_of_another_test() -> Iterator[None]:
    """Commands leave this machine out of the proxies of their process, which is that of the next test as well."""
    yield
    _use_no_proxy()


def _read_authorities_once() -> None:
    """httpx reads the authorities' certificates for each client and each request without one: 17 ms of CPU each."""
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


def _time_no_example() -> None:
    """A machine that is busy with other tests makes no example wrong."""
    usual = settings.get_profile(settings.get_current_profile_name())
    checks = (*usual.suppress_health_check, HealthCheck.too_slow)
    settings.register_profile("untimed", usual, deadline=None, suppress_health_check=checks)
    settings.load_profile("untimed")
