"""One request to a site of Tableau over tableauserverclient, from the session to its answer or a typed error.

| answer | a request that may be repeated | a request that may not (publish, refresh) |
|---|---|---|
| no connection, or an upload cut off | up to 5 attempts, backing off | the same: nothing was done |
| no answer, 5xx | the same | at once the error: whoever sent it asks what came of it |
| 429 | waits as long as Tableau says, in every process, else backs off | the same: it was not carried out |
| 401 | once more with another session | the same |
| any other 4xx | at once the typed error | the same |

One request at a time. Source: help.tableau.com, Tableau REST API reference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from qbo_pipeline.settings import TableauSettings
from qbo_pipeline.tableau.errors import RequestContext, RequestError, ThrottledError
from qbo_pipeline.tableau.limits import Limited, SiteWindows
from qbo_pipeline.tableau.session import TableauSession, library

if TYPE_CHECKING:
    import tableauserverclient as TSC  # noqa: N812

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the client goes on before it gives a request up. Tests have less of it."""

    attempts: int = 5
    backoff_seconds: float = 0.5
    throttles: int = 5
    """How often Tableau may ask to wait before that is an error."""
    longest_wait: float = 3_900.0
    """A 429 that asks for more is an error at once."""


class SiteRequests:
    """A site of Tableau that can be asked. Use it as a context manager."""

    def __init__(
        self,
        settings: TableauSettings,
        session: TableauSession,
        windows: SiteWindows,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        may_wait: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.windows = windows
        self._session = session
        self._patience = patience or Patience()
        self._sleep = sleep
        self._may_wait = may_wait
        self._wire = library()
        self._server, self._http = self._wire.open_server(settings.server_url)

    def call(
        self,
        told: str,
        do: Callable[[TSC.Server], T],
        *,
        counts: Limited | None = None,
        repeatable: bool = True,
        waits: bool = True,
    ) -> T:
        """Call the library, signed in; see the table above.

        Args:
            told: what is asked for, in words, for errors.
            do: the call.
            counts: the limit of the site that it counts to.
            repeatable: whether it may be sent again where nobody knows what came of it.
            waits: whether limits of the site are waited for; else they are a `ThrottledError` at once.

        Raises:
            RequestError: its subclass says what. SignInError: no session is to be had. TableauTooOldError.
        """
        attempt = throttles = 0
        rejected = False
        while True:
            attempt += 1
            if counts is not None and not waits and (spent := self.windows.wait(counts)) > 0:
                context = RequestContext(told, attempt)
                raise ThrottledError(context, "the limits of the site are reached", spent)
            if counts is not None and (wait := self.windows.grant(counts, self._may_wait)) > 0:
                logger.info("Tableau, %s: the limits of the site hold it up for %.0f s.", told, wait)
                self._sleep(wait)
            session = self._session.current()
            self._server.version = session.api_version
            self._server._set_auth(session.site_id, session.user_id, session.token, self.settings.site)
            try:
                return do(self._server)
            except Exception as error:
                if self._wire.is_unauthorized(error):
                    if rejected:
                        raise self._session.lost(str(getattr(error, "detail", "") or "not accepted")) from None
                    self._session.renewed(session)
                    rejected = True
                    attempt -= 1
                    continue
                found = self._wire.failure(RequestContext(told, attempt), error, self._http.exchange)
                if found is None:
                    raise
                if not isinstance(found, RequestError):
                    raise found from None
                throttles += isinstance(found, ThrottledError)
                wait_seconds = self._wait(found, attempt, throttles, counts, repeatable=repeatable)
                if wait_seconds is None or (isinstance(found, ThrottledError) and not waits):
                    raise found from None
                logger.warning("%s Trying again in %.1f s.", found, wait_seconds)
                self._sleep(wait_seconds)

    def _wait(
        self, error: RequestError, attempt: int, throttles: int, counts: Limited | None, *, repeatable: bool
    ) -> float | None:
        """Seconds before the next attempt; None where there is none."""
        backoff: float = min(self._patience.backoff_seconds * 2 ** (attempt - 1), 60.0)
        if isinstance(error, ThrottledError):
            wait: float = max(backoff, 1.0) if error.retry_after is None else error.retry_after
            if counts is not None:
                self.windows.close(counts, wait)
            return wait if throttles <= self._patience.throttles and wait <= self._patience.longest_wait else None
        if attempt >= self._patience.attempts or not error.retryable or (error.ambiguous and not repeatable):
            return None
        return backoff

    def close(self) -> None:
        """Close the connections. The session stays open: other processes use it."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
