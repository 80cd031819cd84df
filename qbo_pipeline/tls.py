"""What HTTPS connections are verified by: the authorities' certificates, read once a process, which takes 35 ms."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """For all clients of this process; SSL_CERT_FILE and SSL_CERT_DIR name other authorities."""
    return httpx.create_ssl_context()
