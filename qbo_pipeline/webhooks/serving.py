"""Run the receiver on uvicorn: one process, no access log, and a shutdown that lets begun deliveries end."""

from __future__ import annotations

import socket
from collections.abc import Sequence

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


def server(
    folders: WebhookFolders, verifier_tokens: Sequence[str], tableau_secret: str | None = None
) -> uvicorn.Server:
    """The server; its `run` answers deliveries until SIGINT or SIGTERM.

    What was answered with 200 is on disk before the answer; a delivery that the end interrupts was not answered, so
    QuickBooks sends it again.
    """
    return uvicorn.Server(
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
