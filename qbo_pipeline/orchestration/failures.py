"""From the product's typed errors to failures a person can act on in the Dagster UI: no traceback, no retry in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

import dagster as dg

from qbo_pipeline.quickbooks.errors import (
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
    """Raise the product's own errors as `dagster.Failure`: what happened, where, what to do.

    What may work later asks for another try first. Errors of other kinds are bugs: they pass through with their
    traceback and are not tried again. That is why no step has a retry policy, which would retry them all.
    """
    try:
        yield
    except Exception as error:
        if not is_ours(error):
            raise
        raise_in_dagster(doing, [error], retry_number)


def raise_in_dagster(doing: str, errors: Sequence[Exception], retry_number: int) -> NoReturn:
    """Raise what went wrong, one or many, as one failure, or as a wish to try again where all of it may pass.

    Raises:
        dagster.RetryRequested: all may work later, and there is a try left.
        dagster.Failure: otherwise.
    """
    single = _single(errors)
    failure = dg.Failure(
        f"{doing}: " + "\n".join(str(error) for error in errors), metadata=_metadata(single), allow_retries=False
    )
    if not are_final(errors, retry_number):
        raise dg.RetryRequested(TRIES - 1, SECONDS_BETWEEN_TRIES) from failure
    raise failure from None


def are_final(errors: Sequence[Exception], retry_number: int) -> bool:
    """Whether a step ends with these errors, because one of them will not pass or there is no try left."""
    return retry_number + 1 >= TRIES or not all(isinstance(error, TRANSIENT) for error in _single(errors))


def is_ours(error: Exception) -> bool:
    """Whether an error is one of the product's own types, whose message says what to do."""
    return type(error).__module__.partition(".")[0] == "qbo_pipeline"


def _single(errors: Sequence[Exception]) -> list[Exception]:
    return [cause for error in errors for cause in _causes(error)]


def _causes(error: Exception) -> list[Exception]:
    """The errors of the single entities, where a load failed for several."""
    failures: Mapping[str, Exception] = getattr(error, "failures", {})
    return list(failures.values()) or [error]


def _metadata(errors: Sequence[Exception]) -> Mapping[str, dg.MetadataValue]:
    if len(errors) == 1:
        return {name: dg.MetadataValue.text(text) for name, text in _told(errors[0]).items()}
    told = [_told(error) for error in errors]
    columns = list(dict.fromkeys(name for one in told for name in one))
    records = [dg.TableRecord({name: one.get(name, "") for name in columns}) for one in told]
    schema = dg.TableSchema([dg.TableColumn(name, "VARCHAR") for name in columns])
    return {"errors": dg.MetadataValue.table(records, schema=schema)}


def _told(error: Exception) -> dict[str, str]:
    told: dict[str, object | None] = {
        "error": type(error).__name__,
        "what happened": str(error),
        "what to do": getattr(error, "hint", None),
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
    return {name: str(value) for name, value in told.items() if value not in (None, "")}
