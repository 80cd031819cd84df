"""From the product's typed errors to failures a person can act on in the Dagster UI: no traceback, no retry in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg

from qbo_pipeline.quickbooks.errors import (
    QuickBooksError,
    RequestError,
    ServerError,
    ThrottledError,
    TokenEndpointError,
    UnreachableError,
)

TRANSIENT = (UnreachableError, ServerError, ThrottledError, TokenEndpointError)
"""What may well work a minute later. The client has already retried each request; these outlasted that."""

TRIES = 3
SECONDS_BETWEEN_TRIES = 30


@contextmanager
def told_in_dagster(doing: str, retry_number: int = 0) -> Iterator[None]:
    """Raise the product's errors as `dagster.Failure`: what happened, where, what to do.

    What may work later asks for another try first. Errors of other kinds are bugs: they pass through with their
    traceback and are not tried again. That is why no step has a retry policy, which would retry them all.
    """
    try:
        yield
    except QuickBooksError as error:
        failure = dg.Failure(f"{doing}: {error}", metadata=_metadata(error), allow_retries=False)
        if isinstance(error, TRANSIENT) and retry_number + 1 < TRIES:
            raise dg.RetryRequested(TRIES - 1, SECONDS_BETWEEN_TRIES) from failure
        raise failure from None


def _metadata(error: QuickBooksError) -> Mapping[str, dg.MetadataValue]:
    told: dict[str, object | None] = {
        "error": type(error).__name__,
        "what to do": error.hint,
        "company": getattr(error, "realm_id", None),
    }
    if isinstance(error, RequestError):
        context = error.context
        told |= {
            "company": context.realm_id,
            "request": f"{context.method} {context.endpoint}",
            "entity": context.entity,
            "query": context.query,
            "HTTP status": context.status,
            "requests sent": context.attempts,
            "intuit_tid": context.intuit_tid,
            "fault code": getattr(error, "code", None),
        }
    return {name: dg.MetadataValue.text(str(value)) for name, value in told.items() if value not in (None, "")}
