"""How fast the local QuickBooks hands out full pages: it must not hide what a client costs."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx

from qbo_pipeline.local.companies import REALM_IDS
from qbo_pipeline.local.quickbooks.living import connect
from qbo_pipeline_tests.ports import free_port

COMPANY = "larkspur"
PAGE = 1000
ROUNDS = 10
"""How often all pages are asked for."""
_START_SECONDS = 120.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_TOTAL = re.compile(rb'"totalCount":(\d+)')


class RawClient:
    """A connection that is kept, and bodies that nobody looks into: next to nothing is the client's."""

    def __init__(self, port: int, token: str, realm: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
        self._path = f"/v3/company/{realm}/query?minorversion=75&query="

    def query(self, statement: str) -> list[bytes]:
        """The pieces of an answer's body."""
        self._socket.sendall(f"GET {self._path}{quote(statement)} HTTP/1.1\r\n{self._head}".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(2**20)
        head, _, start = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise RuntimeError(f"the local QuickBooks answers {head[:60]!r}")
        pieces, missing = [start], int(length[1]) - len(start)
        while missing:
            pieces.append(self._socket.recv(2**20))
            missing -= len(pieces[-1])
        return pieces

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def seconds_a_page(scale: float, folder: Path) -> tuple[int, float, float]:
    """How many full pages of invoices a company of this scale has; what one takes at first, and what it takes then."""
    with _serving(scale, folder) as port:
        realm = REALM_IDS[COMPANY]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            token = connect(http, realm).access_token
        client = RawClient(port, token, realm)
        total = _TOTAL.search(b"".join(client.query("SELECT count(*) FROM Invoice")))
        pages = max(1, int(total[1]) // PAGE) if total else 0
        statements = [
            f"SELECT * FROM Invoice ORDERBY MetaData.CreateTime STARTPOSITION {place * PAGE + 1} MAXRESULTS {PAGE}"
            for place in range(pages)
        ]
        laps = [_lap(client, statements) for _ in range(ROUNDS)]
        client.close()
    return pages, laps[0] / pages, sum(laps[1:]) / (len(laps) - 1) / pages


def _lap(client: RawClient, statements: list[str]) -> float:
    began = time.perf_counter()
    for statement in statements:
        client.query(statement)
    return time.perf_counter() - began


@contextmanager
def _serving(scale: float, folder: Path) -> Iterator[int]:
    port = free_port()
    options = ["--companies", COMPANY, "--scale", str(scale), "--no-limits", "--state", str(folder / "state.sqlite")]
    command = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--port", str(port), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_healthy(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGINT)


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/control/health")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the local QuickBooks did not start")
