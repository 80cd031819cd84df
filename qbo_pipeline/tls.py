"""What HTTPS connections are verified by: the authorities' certificates, read once a process, which takes 35 ms."""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class CertificatesError(Exception):
    """The certificates that the environment names cannot be read: Python tells neither which nor who named them."""

    def __init__(self, reason: object) -> None:
        named = " and ".join(f"{name}={os.environ[name]}" for name in _VARIABLES if os.environ.get(name))
        super().__init__(
            f"The certificates of the authorities cannot be read: {reason}. Where they are is told by "
            f"{named or 'the package certifi'}. Name a file in PEM format that exists, or leave the variable out."
        )


@cache
def tls_context() -> ssl.SSLContext:
    """For all clients of this process; SSL_CERT_FILE and SSL_CERT_DIR name other authorities.

    Raises:
        CertificatesError: what they name is no file of certificates.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # of OpenSSL too
        raise CertificatesError(error.strerror or error) from None
