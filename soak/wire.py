"""The wire between QuickBooks' webhooks and the receiver: it hears which events were acknowledged, and loses answers.

An event is the receiver's responsibility from its 200 on, whether QuickBooks heard that or not.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from types import TracebackType
from typing import Any

import httpx

_SECONDS = 3.0
"""What QuickBooks waits for an answer."""


class Wire:
    """Forwards deliveries while it is entered as a context manager."""

    def __init__(self, receiver: str, lost_answers: float, seed: int) -> None:
        self._receiver = receiver
        self._chance = Random(f"wire {seed}")
        self._lost_answers = lost_answers
        self._http = httpx.Client(timeout=_SECONDS)
        self._lock = threading.Lock()
        self.acknowledged: set[str] = set()
        """Ids of the events in deliveries that the receiver answered with 200."""
        self.deliveries = 0
        """That were answered with 200."""
        self.repeated = 0
        """Of those, all of whose events had been acknowledged before."""
        self.unanswered = 0
        """Deliveries that the receiver did not take: it was down."""
        self.lost = 0
        """Answers that QuickBooks did not hear."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="wire", daemon=True)

    @property
    def url(self) -> str:
        """What QuickBooks is told to post to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/webhooks"

    def __enter__(self) -> Wire:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def heal(self) -> None:
        """Lose no answer any more."""
        self._lost_answers = 0.0

    def forward(self, body: bytes, headers: dict[str, str]) -> int | None:
        """The receiver's status for a delivery; None when QuickBooks gets no answer."""
        try:
            status = self._http.post(self._receiver, content=body, headers=headers).status_code
        except httpx.HTTPError:
            status = None
        with self._lock:
            if status != 200:
                self.unanswered += 1
                return status
            ids = {event["id"] for event in json.loads(body)}
            self.deliveries += 1
            self.repeated += ids <= self.acknowledged
            self.acknowledged |= ids
            if self._chance.random() < self._lost_answers:
                self.lost += 1
                return None
        return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the standard library's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                passed = {name: self.headers[name] for name in ("Content-Type", "intuit-signature")}
                status = wire.forward(body, passed)
                if status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
