"""Webhooks: made, tested, told of what happens, more than once and again where nobody answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import Caller, error_code, first
from qbo_pipeline_tests.patience import PATIENCE_SECONDS


class Receiver:
    """Takes what is posted; `statuses` are answered first, then 200."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
                receiver.bodies.append(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tableau/secret"

    def wait(self, count: int) -> list[str]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.bodies) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.bodies) >= count
        return self.bodies


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    thread = threading.Thread(target=one.server.serve_forever, daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()


def register(caller: Caller, url: str, event: str = "DatasourceUpdated") -> str:
    body = (
        f'<tsRequest><webhook name="{event}" event="{event}" isEnabled="true"><webhook-destination>'
        f'<webhook-destination-http method="POST" url="{url}" /></webhook-destination></webhook></tsRequest>'
    )
    answer = caller.http.post("webhooks", content=body)
    assert answer.status_code == 201, answer.text
    return first(answer, "webhook").get("id", "")


def test_an_event_says_what_happened_to_what(
    tableau: LocalTableau, caller: Caller, receiver: Receiver, tmp_path: Path
) -> None:
    register(caller, receiver.url, "DatasourceCreated")
    luid = caller.published(tmp_path)
    told = json.loads(receiver.wait(1)[0])

    assert told.pop("created_at").endswith("Z")
    assert told == {
        "resource": "DATASOURCE",
        "event_type": "DatasourceCreated",
        "resource_name": "Books",
        "site_luid": tableau.site_id,
        "resource_luid": luid,
    }
    assert not any("sign" in name or "hmac" in name for name in receiver.headers[0])


def test_a_refresh_is_an_event_of_extracts(tableau: LocalTableau, caller: Caller, receiver: Receiver) -> None:
    register(caller, receiver.url, "DatasourceRefreshFailed")
    tableau.inject("failing_job", notes=False)
    caller.job(caller.http.post(f"datasources/{tableau.add_data_source('Theirs')}/refresh"))

    told = json.loads(receiver.wait(1)[0])
    assert (told["resource"], told["event_type"]) == ("EXTRACTS", "DatasourceRefreshFailed")


def test_duplicates_are_the_same_to_the_byte(
    tableau: LocalTableau, caller: Caller, receiver: Receiver, tmp_path: Path
) -> None:
    tableau.switch(webhook_copies=2)
    register(caller, receiver.url, "DatasourceCreated")
    caller.published(tmp_path)

    assert len(set(receiver.wait(2))) == 1


def test_what_is_not_answered_is_tried_three_times_more(
    tableau: LocalTableau, caller: Caller, receiver: Receiver, tmp_path: Path
) -> None:
    tableau.switch(webhook_retry_seconds=0.01)
    receiver.statuses = [500] * 6
    register(caller, receiver.url, "DatasourceCreated")
    caller.published(tmp_path)
    receiver.wait(4)
    time.sleep(0.3)

    assert len(receiver.bodies) == 4


def test_an_address_is_https_unless_it_is_this_machine(caller: Caller) -> None:
    body = (
        '<tsRequest><webhook name="x" event="DatasourceUpdated"><webhook-destination>'
        '<webhook-destination-http method="POST" url="http://example.com/" /></webhook-destination>'
        "</webhook></tsRequest>"
    )
    assert error_code(caller.http.post("webhooks", content=body)) == (400, "400000")
    assert caller.http.post("webhooks", content=body.replace("http:", "https:")).status_code == 201


def test_one_that_is_switched_off_is_told_nothing(caller: Caller, receiver: Receiver, tmp_path: Path) -> None:
    off, on = (register(caller, f"{receiver.url}/{name}", "DatasourceCreated") for name in ("off", "on"))
    caller.http.put(f"webhooks/{off}", content='<tsRequest><webhook isEnabled="false" /></tsRequest>')
    caller.published(tmp_path)
    receiver.wait(1)
    time.sleep(0.2)

    assert len(receiver.bodies) == 1
    assert first(caller.http.get(f"webhooks/{on}"), "webhook").get("isEnabled") == "true"


def test_tableaus_client_makes_tests_lists_and_removes(caller: Caller, receiver: Receiver) -> None:
    server = caller.client()
    item = tsc.WebhookItem()  # type: ignore[no-untyped-call]
    item.name, item.url, item.event = "failed", receiver.url, "datasource-refresh-failed"
    made = server.webhooks.create(item)

    assert made.id is not None
    assert (made.event, made.url) == ("datasource-refresh-failed", receiver.url)
    assert b'status="200"' in server.webhooks.test(made.id).content
    assert receiver.bodies == [""]
    assert [one.id for one in server.webhooks.get()[0]] == [made.id]
    server.webhooks.delete(made.id)
    assert server.webhooks.get()[0] == []
