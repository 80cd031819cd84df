"""What went wrong is told by its kind, with what to do; and whether it may have been carried out."""

from __future__ import annotations

import ast
import inspect
import re
from datetime import UTC, datetime

import pytest
import requests

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.tableau import errors
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.errors import (
    NotFoundError,
    RefusedError,
    RequestError,
    ServerError,
    ThrottledError,
    UnansweredError,
    UnreachableError,
)
from qbo_pipeline.tableau.limits import Limited
from qbo_pipeline.tableau.wire import failure, open_server, retry_after

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "header", "seconds"),
    [
        ("Too many requests for 'api.rest.refresh_extracts'. Please retry after 29 minutes.", None, 1_740.0),
        ("Please retry after 1 minute.", None, 60.0),
        ("Please retry after 30 seconds.", None, 30.0),
        ("Please retry after 2 hours.", None, 7_200.0),
        ("Too many requests.", None, None),
        ("Please retry after 29 minutes.", "7", 7.0),
        ("", "Thu, 26 Nov 2026 12:00:30 GMT", 30.0),
        ("Please retry after 3 minutes.", "soon", 180.0),
    ],
)
def test_how_long_to_wait_is_read_from_header_or_words(text: str, header: str | None, seconds: float | None) -> None:
    assert retry_after(text, header, NOW) == seconds


def test_a_lost_answer_is_ambiguous_and_is_not_sent_again_where_it_may_not(
    tableau: LocalTableau, client: TableauClient
) -> None:
    client.project("default")
    tableau.inject("reset", times=1)

    with pytest.raises(UnansweredError) as lost:
        client.call("ask once", lambda server: server.projects.get(), repeatable=False)

    assert lost.value.ambiguous


def test_what_may_be_repeated_is_sent_again_after_a_lost_answer(tableau: LocalTableau, client: TableauClient) -> None:
    client.project("default")
    tableau.inject("reset", times=1)
    tableau.inject("server_error", times=1)

    assert client.project("nothing of this name") is None


def test_a_page_of_a_gateway_is_an_error_of_the_server_in_its_words(
    tableau: LocalTableau, client: TableauClient
) -> None:
    client.project("default")
    tableau.inject("server_error", times=9, status=503, body="html")

    with pytest.raises(ServerError) as failed:
        client.project("default")

    assert failed.value.context.status == 503
    assert "<" not in str(failed.value)


def test_too_many_requests_close_the_window_for_as_long_as_the_text_says(
    tableau: LocalTableau, client: TableauClient
) -> None:
    client.project("default")
    tableau.inject("throttle", times=1, minutes=70)

    with pytest.raises(ThrottledError):
        client.call("ask after a job", lambda server: server.jobs.get_by_id("1"), counts=Limited.JOB_STATUS)

    assert 4_190 < client.windows.usage(Limited.JOB_STATUS).closed_for <= 4_200


def test_no_part_of_a_proxys_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands before a slash in it was quoted, as a port that is none."""
    monkeypatch.setenv("https_proxy", "http://me:w0rd/rest@proxy.example:8080")
    _, session = open_server("https://tableau.invalid")
    with pytest.raises(requests.exceptions.InvalidURL) as raised:
        session.get("https://tableau.invalid")
    told = failure(errors.RequestContext("sign-in"), raised.value, None)
    assert isinstance(told, UnreachableError)
    assert "and @ %40)" in str(told)
    assert "w0rd" not in str(told)


def test_what_is_not_there_is_told_by_its_code(client: TableauClient) -> None:
    with pytest.raises(NotFoundError) as missing:
        client.job("5c0ba560-c959-424e-b08a-f32ef0bfb737")

    assert missing.value.context.code is not None
    assert client.data_source("5c0ba560-c959-424e-b08a-f32ef0bfb737") is None


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    drawn = set(re.findall(r"\b(\w+Error)\b", (errors.__doc__ or "").partition("Ambiguous:")[0]))
    defined = {
        node.name for node in ast.walk(ast.parse(inspect.getsource(errors))) if isinstance(node, ast.ClassDef)
    } - {"RequestContext"}

    assert drawn == defined


def test_only_what_nobody_knows_the_end_of_is_ambiguous() -> None:
    ambiguous = {one.__name__ for one in _below(RequestError) if one.ambiguous}

    assert ambiguous == {"UnansweredError", "ServerError", "MalformedAnswerError"}
    assert not any(one.retryable for one in _below(RefusedError))


def _below(kind: type[RequestError]) -> list[type[RequestError]]:
    found = [kind]
    for one in kind.__subclasses__():
        found += _below(one)
    return found
