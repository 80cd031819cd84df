"""The connections of the running server, so that one can be reset as a network does it."""

from __future__ import annotations

import socket
import struct

import uvicorn

Address = tuple[str, int]
"""Host and port of a client."""

_SEND_RST = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: what closes then is reset, not ended."""


class Connections:
    """Those of one server."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None

    def belong_to(self, server: uvicorn.Server) -> None:
        """Say whose they are."""
        self._server = server

    def reset(self, client: Address) -> None:
        """End the connection of a client at once: it gets a TCP reset and no byte more."""
        if self._server is None:
            return
        for connection in self._server.server_state.connections:
            transport = connection.transport
            if transport.get_extra_info("peername")[:2] == client:
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _SEND_RST)
                transport.abort()
                return
