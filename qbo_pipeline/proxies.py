"""The proxy variables of the environment, where what they say is of no use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import getproxies

import httpx


class ProxyVariablesError(Exception):
    """A proxy variable holds what the HTTP client cannot use."""

    def __init__(self, reason: object) -> None:
        super().__init__(
            f"HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY, in capitals or not, holds what cannot be used: {reason}. "
            "Proxies are written http://host:port, and SOCKS ones need the package socksio; addresses of version 6 "
            "stand in NO_PROXY without brackets."
        )


@contextmanager
def proxies_explained() -> Iterator[None]:
    """Make an HTTP client in here, which reads the variables.

    Raises:
        ProxyVariablesError: it does not understand them. Passwords in them are not told.
    """
    try:
        yield
    except ImportError:  # httpx has no SOCKS without a further package
        raise ProxyVariablesError("a SOCKS proxy") from None
    except (ValueError, httpx.InvalidURL) as error:
        raise ProxyVariablesError(without_password(error)) from None


def without_password(error: Exception) -> object:
    """What to tell of an address that an HTTP client cannot read, which may be that of a proxy.

    It is the client's own words, but where there may be a password: it quotes what it takes for the port, which in a
    password with a slash is the beginning of that.
    """
    if any("@" in address for address in getproxies().values()):
        return (
            "a proxy's address with a user cannot be read; in user and password a slash is written %2F, # %23, ? %3F "
            "and @ %40"
        )
    return error
