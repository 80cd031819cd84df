"""The endpoint QuickBooks posts to: verify the signature, put the raw body on disk, answer 200. Nothing is parsed here.
Beside it, where its secret is set, is that of Tableau (`tableau_receiver`).

Every status is chosen for what QuickBooks does with it. It delivers again until it sees 200, and holds back everything
else meanwhile (Intuit, enhanced webhooks monitoring, 2025-10-14), so a signed body is never refused for its content:
what cannot be understood is rejected where it is read, with the reason. docs/webhooks.md lists the statuses.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from qbo_pipeline.webhooks import metrics
from qbo_pipeline.webhooks.bodies import RefusedError, read_body
from qbo_pipeline.webhooks.complaints import Complaints
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import Delivery, FileNames, encode, named_instant
from qbo_pipeline.webhooks.inbox_writer import InboxWriter, sweep_unfinished
from qbo_pipeline.webhooks.metrics import Metrics, Outcome
from qbo_pipeline.webhooks.signatures import HEADER, is_signed
from qbo_pipeline.webhooks.tableau_receiver import METHODS, TABLEAU_PATH, TableauReceiver

PATH = "/webhooks"
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. QuickBooks sends at most 100 events in about 1 MB (Intuit, webinar on webhooks)."""
SLOWEST_BODY_SECONDS = 10.0
LEAST_FREE_BYTES = 64 * 1024 * 1024
"""With less room on the disk the receiver is not healthy: it fills within minutes."""
FAILING_SECONDS = 15.0
"""So long after a delivery that could not be stored the receiver says it is not healthy."""

_log = logging.getLogger(__name__)
_ANSWERS = {
    Outcome.UNSIGNED: f"The header {HEADER} is missing.",
    Outcome.WRONG_SIGNATURE: f"The {HEADER} does not belong to this body and a verifier token known here.",
    Outcome.TOO_SLOW: f"The body took more than {SLOWEST_BODY_SECONDS:g} seconds.",
    Outcome.TOO_LARGE: f"The body has more than {LARGEST_BODY} bytes.",
    Outcome.INTERRUPTED: "The connection ended before the body did.",
    Outcome.NOT_STORED: "The delivery could not be stored; send it again.",
}


def receiver(folders: WebhookFolders, verifier_tokens: Sequence[str], tableau_secret: str | None = None) -> Starlette:
    """The ASGI application: `POST /webhooks`, `POST /webhooks/tableau/<secret>`, `GET /health`, `GET /metrics`.

    Args:
        folders: the body of each signed POST becomes a file in their inbox.
        verifier_tokens: a body signed with any of them is taken: of several apps, or old and new while one is rotated.
            Without one there is no endpoint for QuickBooks.
        tableau_secret: the last part of the path of Tableau's endpoint; without it there is none.

    Raises:
        ValueError: there is neither token nor secret, so that nothing could ever be verified; or a secret too short.
        OSError: the folders cannot be made.
    """
    if not verifier_tokens and tableau_secret is None:
        raise ValueError("a webhook receiver needs at least one verifier token, or the secret of Tableau's webhooks")
    folders.make()
    tableau = None if tableau_secret is None else TableauReceiver(folders.tableau, tableau_secret)
    endpoints = _Endpoints(folders, tuple(verifier_tokens), tableau)
    routes = [
        Route("/health", endpoints.health, methods=["GET"]),
        Route("/metrics", endpoints.metrics, methods=["GET"]),
    ]
    if verifier_tokens:
        routes.insert(0, Route(PATH, endpoints.deliver, methods=["POST"]))
    if tableau is not None:
        # All there is below, by any method: neither a redirect nor a 405 tells a stranger that there is something.
        routes.append(Route(f"{TABLEAU_PATH}{{rest:path}}", tableau.deliver, methods=METHODS))
    return Starlette(routes=routes, lifespan=endpoints.lifespan)


class _Endpoints:
    _writer: InboxWriter

    def __init__(
        self, folders: WebhookFolders, verifier_tokens: tuple[str, ...], tableau: TableauReceiver | None
    ) -> None:
        self._folders = folders
        self._verifier_tokens = verifier_tokens
        self._tableau = tableau
        self._names = FileNames()
        self._metrics = Metrics()
        self._complaints = Complaints(_log)
        self._failing: tuple[str, float] | None = None
        """Why the latest delivery could not be stored, and when that was."""

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        sweep_unfinished(self._folders.inbox)
        self._writer = InboxWriter(self._folders.inbox)
        if self._tableau is not None:
            self._tableau.open()
        yield
        if self._tableau is not None:
            await self._tableau.close()
        await self._writer.close()

    async def deliver(self, request: Request) -> Response:
        began = time.perf_counter()
        size = 0
        try:
            body = await self._signed_body(request)
            await self._store(body, request.headers[HEADER])
            outcome, size = Outcome.STORED, len(body)
        except RefusedError as refused:
            outcome = refused.outcome
        self._metrics.answered(outcome, time.perf_counter() - began, size)
        if outcome is Outcome.STORED:
            return Response(status_code=outcome.status)
        return self._refusal(outcome, request)

    async def _signed_body(self, request: Request) -> bytes:
        claimed = request.headers.get(HEADER)
        body = await read_body(request, LARGEST_BODY, SLOWEST_BODY_SECONDS)
        if claimed is None:
            raise RefusedError(Outcome.UNSIGNED)
        if not is_signed(body, claimed, self._verifier_tokens):
            raise RefusedError(Outcome.WRONG_SIGNATURE)
        return body

    async def _store(self, body: bytes, signature: str) -> None:
        name, received_at = self._names.next()
        try:
            await self._writer.store(name, encode(Delivery(body, signature, received_at)))
            self._failing = None
        except OSError as error:
            self._failing = (error.strerror or str(error), time.monotonic())
            raise RefusedError(Outcome.NOT_STORED) from None

    def _refusal(self, outcome: Outcome, request: Request) -> Response:
        sender = request.client.host if request.client else "unknown"
        if outcome is Outcome.NOT_STORED:
            self._complaints.say(
                logging.ERROR,
                outcome.word,
                f"A webhook delivery could not be stored in {self._folders.inbox}: {self._why()}. It was answered "
                "with 503, so QuickBooks sends it again; make room or make the folder writable.",
            )
        else:
            self._complaints.say(
                logging.WARNING,
                outcome.word,
                f"A webhook delivery from {sender} was refused with {outcome.status}: {_ANSWERS[outcome]}"
                + (
                    " If QuickBooks sent it, QBO_WEBHOOK_VERIFIER_TOKEN lacks the token of that app."
                    if outcome is Outcome.WRONG_SIGNATURE
                    else ""
                ),
            )
        headers = {"Retry-After": "10"} if outcome is Outcome.NOT_STORED else {}
        if outcome in (Outcome.TOO_LARGE, Outcome.TOO_SLOW):
            headers["Connection"] = "close"  # the rest of the body is not waited for
        return JSONResponse({"error": outcome.word, "message": _ANSWERS[outcome]}, outcome.status, headers)

    def _why(self) -> str | None:
        """Why deliveries fail at present. A balancer that was told so sends none, so it cannot be the last word."""
        if self._failing is None or time.monotonic() > self._failing[1] + FAILING_SECONDS:
            return None
        return self._failing[0]

    async def health(self, _: Request) -> Response:
        problem = self._why() or _problem(self._folders)
        if problem is not None:
            return JSONResponse({"status": "failing", "problem": problem}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(self, _: Request) -> Response:
        files, oldest, rejected = await asyncio.to_thread(_standing, self._folders)
        page = self._metrics.text(
            {
                "qbo_webhook_inbox_files": ("Deliveries in the inbox that nobody has read.", files),
                "qbo_webhook_inbox_oldest_seconds": ("Age of the first of them; 0 when there is none.", oldest),
                "qbo_webhook_rejected_files": ("Deliveries in the folder of the rejected.", rejected),
                "qbo_webhook_disk_waits": ("Groups of deliveries written so far.", self._writer.groups),
            }
        )
        if self._tableau is not None:
            files, oldest, rejected = await asyncio.to_thread(_standing, self._tableau.folders)
            page += self._tableau.metrics.text(
                {
                    "tableau_webhook_inbox_files": ("Events of Tableau that nobody has read.", files),
                    "tableau_webhook_inbox_oldest_seconds": ("Age of the first of them.", oldest),
                    "tableau_webhook_rejected_files": ("Events of Tableau that were rejected.", rejected),
                }
            )
        return PlainTextResponse(page, media_type=metrics.CONTENT_TYPE)


def _problem(folders: WebhookFolders) -> str | None:
    """What would keep the next delivery from being stored, as far as can be told without writing."""
    try:
        free = shutil.disk_usage(folders.inbox).free
    except OSError as error:
        return f"{folders.inbox}: {error.strerror}"
    if not os.access(folders.inbox, os.W_OK | os.X_OK):
        return f"{folders.inbox} is not writable"
    return f"only {free // 1_000_000} MB are free for {folders.inbox}" if free < LEAST_FREE_BYTES else None


def _standing(folders: WebhookFolders) -> tuple[int, float, int]:
    """Files in the inbox, age of the first in seconds, files in the folder of the rejected."""
    waiting = sorted(entry.name for entry in os.scandir(folders.inbox) if not entry.name.startswith("."))
    first = named_instant(waiting[0]) if waiting else None
    oldest = max(0.0, time.time() - first.timestamp()) if first else 0.0
    rejected = sum(1 for entry in os.scandir(folders.rejected) if not entry.name.endswith(".reason"))
    return len(waiting), oldest, rejected
