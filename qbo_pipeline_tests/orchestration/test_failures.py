"""Typed errors as Dagster failures."""

from __future__ import annotations

import dagster as dg
import pytest

from qbo_pipeline.orchestration.failures import TRIES, told_in_dagster
from qbo_pipeline.quickbooks.errors import QueryValidationError, RequestContext, ServerError

CONTEXT = RequestContext("42", "GET", "query", "Invoice", "SELECT * FROM Invoice", 4, 503, "1-abc")


def test_a_failure_names_company_request_and_what_to_do() -> None:
    with pytest.raises(dg.Failure) as caught, told_in_dagster("Loading company 42"):
        raise QueryValidationError(CONTEXT, "property Colour not found", code="4001")

    told = {name: value.value for name, value in caught.value.metadata.items()}
    assert (caught.value.description or "").startswith("Loading company 42: ")
    assert told["company"] == "42"
    assert told["entity"] == "Invoice"
    assert told["query"] == "SELECT * FROM Invoice"
    assert told["intuit_tid"] == "1-abc"
    assert told["fault code"] == "4001"
    assert told["what to do"]
    assert caught.value.allow_retries is False


def test_what_may_work_later_is_tried_again_and_the_last_try_fails_for_good() -> None:
    with pytest.raises(dg.RetryRequested), told_in_dagster("Loading", retry_number=0):
        raise ServerError(CONTEXT, "HTTP 503")

    with pytest.raises(dg.Failure), told_in_dagster("Loading", retry_number=TRIES - 1):
        raise ServerError(CONTEXT, "HTTP 503")


def test_a_bug_keeps_its_traceback_and_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), told_in_dagster("Loading"):
        _ = 1 / 0
