"""Run the receiver on uvicorn: one process, no access log, and a shutdown that lets begun deliveries end."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any

import uvicorn

from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.receiver import receiver

MOST_CONNECTIONS = 512
"""Beyond them QuickBooks is told 503 and sends again; bodies of so many wait in memory at most."""
_LONGEST_GOODBYE_SECONDS = 15
_WAITING_CONNECTIONS = 1024
_IDLE_SECONDS = 75
"""Longer than balancers keep idle connections (60 s by default at AWS): one that the receiver closes in the moment a
delivery is sent over it is a delivery that failed."""
SLOWEST_HEAD_SECONDS = 10.0
"""Within which a request has to begin: its first line and headers. A body has as long again."""


SLOWEST_READER_SECONDS = 10.0
"""Within which answers are read that the system does not hold for the sender any more."""


class _Server(uvicorn.Server):
    """Closes connections that send no request, or do not read what they are answered.

    uvicorn waits for both for ever, and counts them among the connections: whoever opens as many as are taken would
    keep QuickBooks out for as long as he likes.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._silent_since: dict[Any, float] = {}
        self._unread_since: dict[Any, float] = {}

    async def on_tick(self, counter: int) -> bool:
        """What uvicorn does ten times a second."""
        if counter % 10 == 0:
            self._close_silent(time.monotonic())
            self._end_unread(time.monotonic())
        return await super().on_tick(counter)

    def _close_silent(self, now: float) -> None:
        connections: list[Any] = list(self.server_state.connections)
        self._silent_since = {one: self._silent_since.get(one, now) for one in connections if _waits_for_a_request(one)}
        for connection, since in self._silent_since.items():
            if now - since > SLOWEST_HEAD_SECONDS:
                connection.transport.close()

    def _end_unread(self, now: float) -> None:
        """Those that ask and ask and never read; a close would wait for them to do so."""
        connections: list[Any] = list(self.server_state.connections)
        waiting = [one for one in connections if one.transport.get_write_buffer_size()]
        self._unread_since = {one: self._unread_since.get(one, now) for one in waiting}
        for connection, since in self._unread_since.items():
            if now - since > SLOWEST_READER_SECONDS:
                connection.transport.abort()


def _waits_for_a_request(connection: Any) -> bool:
    """Whether nothing is being answered, and it is not the pause after an answer, which uvicorn ends itself."""
    answered = connection.cycle is None or connection.cycle.response_complete
    return answered and connection.timeout_keep_alive_task is None


def server(
    folders: WebhookFolders, verifier_tokens: Sequence[str], tableau_secret: str | None = None
) -> uvicorn.Server:
    """The server; its `run` answers deliveries until SIGINT or SIGTERM.

    What was answered with 200 is on disk before the answer; a delivery that the end interrupts was not answered, so
    QuickBooks sends it again.
    """
    return _Server(
        uvicorn.Config(
            receiver(folders, verifier_tokens, tableau_secret),
            access_log=False,
            log_config=None,
            lifespan="on",
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_LONGEST_GOODBYE_SECONDS,
        )
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket to run the server on, which connections wait at from now on; port 0 takes any that is free.

    Raises:
        OSError: the address is in use or not of this machine.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_WAITING_CONNECTIONS)
    except OSError:
        listening.close()
        raise
    return listening
