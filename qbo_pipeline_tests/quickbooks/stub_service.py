"""A small real HTTP server whose answers each test writes itself."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    body: str
    client: tuple[str, int]

    @property
    def statement(self) -> str:
        return self.parameters.get("query") or self.body

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.body).items()}


@dataclass(frozen=True)
class Reply:
    body: bytes | str | Mapping[str, object] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    declared_length: int | None = None
    """Content-Length to claim; the connection closes after the real body."""
    reset: bool = False
    """Send half of the body, then reset the connection."""


Script = Callable[[Received], Reply]


class StubService:
    """Answers with `script`; records what it received."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.received: list[Received] = []
        self._lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: object) -> None:
                pass

            def handle_one(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                received = Received(
                    self.command,
                    url.path,
                    {key: values[0] for key, values in parse_qs(url.query).items()},
                    {key.lower(): value for key, value in self.headers.items()},
                    body,
                    self.client_address,
                )
                with stub._lock:
                    stub.received.append(received)
                self.send(stub.script(received))

            do_GET = do_POST = handle_one  # noqa: N815

            def send(self, reply: Reply) -> None:
                time.sleep(reply.delay)
                content = json.dumps(reply.body) if isinstance(reply.body, Mapping) else reply.body
                body = content.encode() if isinstance(content, str) else content
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", "intuit_tid": "1-stub"} | reply.headers
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(reply.declared_length or len(body)))
                self.end_headers()
                if reply.reset:
                    self.wfile.write(body[: len(body) // 2])
                    self.wfile.flush()
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                self.wfile.write(body)
                self.close_connection = reply.declared_length is not None

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients that gave up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def requests_to(self, fragment: str) -> list[Received]:
        return [received for received in self.received if fragment in received.path]

    def __enter__(self) -> StubService:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def in_turn(*replies: Reply) -> Script:
    """Each reply once, the last one for ever."""
    remaining = list(replies)
    lock = threading.Lock()

    def script(_: Received) -> Reply:
        with lock:
            return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return script


def query_page(entity: str, ids: list[str], **more: object) -> dict[str, object]:
    records = [
        {"Id": one, "SyncToken": "0", "MetaData": {"LastUpdatedTime": "2026-05-05T03:20:37-07:00"}} for one in ids
    ]
    return {
        "QueryResponse": {entity: records, "startPosition": 1, "maxResults": len(ids)} if records else {},
        "time": "2026-05-05T05:16:21.718-07:00",
    } | more
