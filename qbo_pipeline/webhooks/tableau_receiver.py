"""The endpoint Tableau posts to: compare the secret in the path, put the raw body on disk, answer 200.

Tableau signs nothing (help.tableau.com, Tableau Webhooks), so all that tells its events from a stranger's is a secret
in the path; who does not know it sees what he would see if there were no such endpoint. What a body says is a hint and
is confirmed by asking Tableau, so nothing is parsed here.
"""

from __future__ import annotations

import hmac
import logging
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from qbo_pipeline.webhooks.bodies import RefusedError, read_body
from qbo_pipeline.webhooks.complaints import Complaints
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import FileNames
from qbo_pipeline.webhooks.inbox_writer import InboxWriter, sweep_unfinished
from qbo_pipeline.webhooks.metrics import Metrics, Outcome

TABLEAU_PATH = "/webhooks/tableau"
"""The secret follows it."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""By which the endpoint is reached; one that is not POST finds nothing."""
LARGEST_EVENT = 8 * 1024
"""Bytes. An event is one flat object of about 300."""
SHORTEST_SECRET = 32
"""Characters. 32 random letters and digits have more than 128 bits."""
_SLOWEST_BODY_SECONDS = 10.0

_log = logging.getLogger(__name__)
_OUTCOMES = (
    Outcome.STORED,
    Outcome.WRONG_SECRET,
    Outcome.TOO_SLOW,
    Outcome.TOO_LARGE,
    Outcome.INTERRUPTED,
    Outcome.NOT_STORED,
)


class TableauReceiver:
    """Takes Tableau's events. `open` and `close` it within the event loop that serves it."""

    _writer: InboxWriter

    def __init__(self, folders: WebhookFolders, secret: str) -> None:
        """Make the folders.

        Raises:
            ValueError: the secret is too short to be one.
            OSError: the folders cannot be made.
        """
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the secret of Tableau's webhooks needs {SHORTEST_SECRET} characters at least")
        folders.make()
        self.folders = folders
        self._secret = f"/{secret}".encode()
        self._names = FileNames()
        self._complaints = Complaints(_log)
        self.metrics = Metrics("tableau_webhook", _OUTCOMES)

    def open(self) -> None:
        """Begin to write."""
        sweep_unfinished(self.folders.inbox)
        self._writer = InboxWriter(self.folders.inbox)

    async def close(self) -> None:
        """End, after what was begun is on disk."""
        await self._writer.close()

    async def deliver(self, request: Request) -> Response:
        """Answer one request to the path or below it."""
        began = time.perf_counter()
        size = 0
        try:
            if not self._is_known(request.path_params["rest"]) or request.method != "POST":
                raise RefusedError(Outcome.WRONG_SECRET)
            body = await read_body(request, LARGEST_EVENT, _SLOWEST_BODY_SECONDS)
            await self._store(body)
            outcome, size = Outcome.STORED, len(body)
        except RefusedError as refused:
            outcome = refused.outcome
        self.metrics.answered(outcome, time.perf_counter() - began, size)
        return Response(status_code=outcome.status) if outcome is Outcome.STORED else self._refusal(outcome, request)

    def _is_known(self, rest: str) -> bool:
        """Whether what follows the path is the secret; how long it takes depends on its length alone."""
        return hmac.compare_digest(rest.encode("utf-8", "surrogatepass"), self._secret)

    async def _store(self, body: bytes) -> None:
        try:
            await self._writer.store(self._names.next()[0], body)
        except OSError as error:
            self._complaints.say(
                logging.ERROR,
                Outcome.NOT_STORED.word,
                f"An event of Tableau could not be stored in {self.folders.inbox}: {error.strerror or error}. It was "
                "answered with 503, and Tableau tries three more times; make room or make the folder writable.",
            )
            raise RefusedError(Outcome.NOT_STORED) from None

    def _refusal(self, outcome: Outcome, request: Request) -> Response:
        if outcome is not Outcome.NOT_STORED:
            sender = request.client.host if request.client else "unknown"
            told = " Register the webhooks again if the secret was changed." if outcome is Outcome.WRONG_SECRET else ""
            self._complaints.say(
                logging.WARNING,
                outcome.word,
                f"An event for Tableau's endpoint from {sender} was refused with {outcome.status} "
                f"({outcome.word}).{told}",
            )
        if outcome is Outcome.WRONG_SECRET:
            # Word for word what is answered where there is no such endpoint.
            return PlainTextResponse("Not Found", outcome.status, {"Connection": "close"})
        headers = {"Retry-After": "10"} if outcome is Outcome.NOT_STORED else {"Connection": "close"}
        return JSONResponse({"error": outcome.word}, outcome.status, headers)
