"""Ports for processes that are told where to listen."""

from __future__ import annotations

import random
import socket

_PORTS = range(20_000, 32_000)
"""Below those that Linux and macOS give to outgoing connections: one of these, asked for seconds before the process
listens, is not taken by a request that another test sends in between."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now, and nobody will by chance."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
