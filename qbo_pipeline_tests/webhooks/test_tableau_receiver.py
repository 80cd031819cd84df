"""Tableau's endpoint beside that of QuickBooks: what each POST is answered, and what is on disk then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.receiver import receiver as application
from qbo_pipeline.webhooks.tableau_receiver import LARGEST_EVENT
from qbo_pipeline_tests.webhooks.conftest import Receiver, inbox_files, receiving

SECRET = "c0ffee" * 8
EVENT = b'{"event_type": "WorkbookRefreshFailed"}'


@pytest.fixture
def tableau(folders: WebhookFolders) -> Iterator[Receiver]:
    with receiving(folders, secret=SECRET) as running:
        yield running


def post(receiver: Receiver, body: bytes, secret: str = SECRET) -> httpx.Response:
    return httpx.post(f"{receiver.url}/webhooks/tableau/{secret}", content=body)


def kept(receiver: Receiver) -> list[bytes]:
    return [path.read_bytes() for path in inbox_files(receiver.folders.tableau)]


@pytest.mark.parametrize("body", [EVENT, b"", b"no JSON \xff", b" " * LARGEST_EVENT])
def test_whatever_comes_with_the_secret_is_in_the_inbox_when_it_is_answered(tableau: Receiver, body: bytes) -> None:
    answer = post(tableau, body)

    assert (answer.status_code, answer.content) == (200, b"")
    assert kept(tableau) == [body]
    assert tableau.metric('tableau_webhook_deliveries_total{outcome="stored"') == 1
    assert tableau.metric("tableau_webhook_inbox_files") == 1


def test_events_and_deliveries_do_not_meet(tableau: Receiver) -> None:
    post(tableau, EVENT)
    tableau.post(b"[]")

    assert [one.body for one in tableau.inbox] == [b"[]"]
    assert kept(tableau) == [EVENT]
    assert tableau.metric('qbo_webhook_deliveries_total{outcome="stored"') == 1


@pytest.mark.parametrize("secret", [SECRET[:-1], SECRET + "0", SECRET.upper(), "%F0%28", "x"])
def test_a_wrong_secret_is_counted_and_answered_as_if_there_were_no_endpoint(tableau: Receiver, secret: str) -> None:
    answer = post(tableau, EVENT, secret)
    nothing = httpx.post(f"{tableau.url}/nothing/here", content=EVENT)

    assert answer.status_code == nothing.status_code == 404
    assert answer.content == nothing.content
    assert answer.headers["content-type"] == nothing.headers["content-type"]
    assert kept(tableau) == []
    assert tableau.metric('tableau_webhook_deliveries_total{outcome="wrong_secret"') == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "/", "/x", "/x/", "x", f"/{SECRET}/", f"/{SECRET}"])
def test_a_stranger_cannot_tell_whether_there_is_an_endpoint(tableau: Receiver, method: str, path: str) -> None:
    answers = [httpx.request(method, f"{tableau.url}/{start}{path}") for start in ("webhooks/tableau", "nothing/there")]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("path", ["", "/", "/x/", f"/{SECRET}/", f"//{SECRET}"])
def test_the_secret_is_all_that_follows_the_path(tableau: Receiver, path: str) -> None:
    assert httpx.post(f"{tableau.url}/webhooks/tableau{path}", content=EVENT).status_code == 404
    assert kept(tableau) == []


def test_without_a_secret_there_is_no_endpoint(receiver: Receiver) -> None:
    assert [post(receiver, EVENT, secret).status_code for secret in (SECRET, "x")] == [404, 404]
    assert "tableau_webhook" not in httpx.get(f"{receiver.url}/metrics").text
    assert not receiver.folders.tableau.root.exists()


def test_a_body_longer_than_any_event_is_refused(tableau: Receiver) -> None:
    assert post(tableau, b" " * (LARGEST_EVENT + 1)).status_code == 413
    assert kept(tableau) == []


def test_what_cannot_be_stored_is_not_answered_with_success(tableau: Receiver) -> None:
    with away(tableau.folders.tableau):
        refused = post(tableau, EVENT)
    taken = post(tableau, EVENT)

    assert (refused.status_code, taken.status_code) == (503, 200)
    assert kept(tableau) == [EVENT]


def test_the_secret_is_in_no_line_of_the_log(tableau: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    post(tableau, b" " * (LARGEST_EVENT + 1))
    post(tableau, EVENT, SECRET[:-1])
    with away(tableau.folders.tableau):
        post(tableau, EVENT)

    assert len(caplog.records) >= 3
    assert SECRET[:-1] not in caplog.text


@pytest.mark.parametrize("secret", ["", "a" * 31])
def test_a_short_secret_is_none(folders: WebhookFolders, secret: str) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        application(folders, ["token"], secret)


def test_tableau_alone_can_be_received(folders: WebhookFolders) -> None:
    routes = [getattr(route, "path", None) for route in application(folders, [], SECRET).routes]

    assert sorted(map(str, routes)) == ["/health", "/metrics", "/webhooks/tableau{rest:path}"]


@contextmanager
def away(folders: WebhookFolders) -> Iterator[None]:
    """While the inbox is not there."""
    gone = folders.inbox.with_name("gone")
    os.rename(folders.inbox, gone)
    yield
    os.rename(gone, folders.inbox)
