"""What each POST is answered, and what is in the inbox then."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from qbo_pipeline.webhooks import receiver as receiving_module
from qbo_pipeline.webhooks import serving
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.receiver import LARGEST_BODY
from qbo_pipeline.webhooks.receiver import receiver as application
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.patience import PATIENCE_SECONDS, wait_until
from qbo_pipeline_tests.webhooks.conftest import Receiver, inbox_files, receiving
from qbo_pipeline_tests.webhooks.deliveries import TOKEN, body_of, cloud_event, notification


@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents+json", "text/plain", ""])
def test_a_signed_delivery_is_in_the_inbox_byte_for_byte_when_it_is_answered(
    receiver: Receiver, content_type: str
) -> None:
    body = body_of(cloud_event(), cloud_event(intuitaccountid="9341452000000002")) + b"\n  "

    answer = receiver.post(body, **{"content-type": content_type})

    assert (answer.status_code, answer.content) == (200, b"")
    [delivery] = receiver.inbox
    assert (delivery.body, delivery.signature) == (body, signature(body, TOKEN))
    assert delivery.received_at is not None
    assert abs(delivery.received_at - datetime.now(UTC)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(notification({"name": "Customer", "id": "1", "operation": "Create"})).encode(),
        json.dumps(notification({"NAME": "Yacht", "id": 1, "operation": "Sunk", "new": [None]})).encode(),
        body_of(cloud_event(type="qbo.yacht.sunk.v9", surprise=True)),
        b'[{"id": "cut off',
        b"\xff\xfe\x00",
        b"",
        b"null",
    ],
    ids=["older shape", "older, unknown", "newer, unknown", "cut off", "no text", "empty", "null"],
)
def test_whatever_is_signed_is_kept_and_answered_with_200(receiver: Receiver, body: bytes) -> None:
    assert receiver.post(body).status_code == 200
    assert [delivery.body for delivery in receiver.inbox] == [body]


@pytest.mark.parametrize(
    ("signed", "outcome"),
    [
        (None, "unsigned"),
        ("", "wrong_signature"),
        (signature(b"[]", "another token"), "wrong_signature"),
        (signature(b"[ ]", TOKEN), "wrong_signature"),
        ("\u00e9\u00e9", "wrong_signature"),
    ],
)
def test_what_is_not_signed_with_a_known_token_is_refused_and_counted(
    receiver: Receiver, signed: str | None, outcome: str
) -> None:
    headers = {} if signed is None else {b"intuit-signature": signed.encode("latin-1")}

    answer = httpx.post(f"{receiver.url}/webhooks", content=b"[]", headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, outcome)
    assert receiver.inbox == []
    assert receiver.metric(f'qbo_webhook_deliveries_total{{outcome="{outcome}"') == 1


def test_each_of_several_tokens_is_taken(folders: WebhookFolders) -> None:
    with receiving(folders, "sandbox", "production") as receiver:
        statuses = [receiver.post(b"[]", signature(b"[]", token)).status_code for token in ("sandbox", "production")]

    assert statuses == [200, 200]


def test_without_a_token_there_is_no_receiver(folders: WebhookFolders) -> None:
    with pytest.raises(ValueError, match="verifier token"):
        application(folders, [])


@pytest.mark.parametrize("announced", [True, False], ids=["by its length", "while it is read"])
def test_a_body_that_is_too_long_is_refused(receiver: Receiver, announced: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(LARGEST_BODY // 65_536 + 1):
            yield b" " * 65_536

    headers = {"intuit-signature": "abc="}
    if announced:
        host, _, port = receiver.url.removeprefix("http://").partition(":")
        with closing(socket.create_connection((host, int(port)))) as connection:
            head = f"POST /webhooks HTTP/1.1\r\nHost: x\r\nintuit-signature: abc=\r\nContent-Length: {LARGEST_BODY + 1}"
            connection.sendall(f"{head}\r\n\r\n".encode())
            status = int(connection.recv(65_536).split()[1])
    else:
        status = httpx.post(f"{receiver.url}/webhooks", content=chunks(), headers=headers).status_code

    assert status == 413
    assert receiver.inbox == []
    assert receiver.metric('qbo_webhook_deliveries_total{outcome="too_large"') == 1


def test_the_longest_body_is_taken(receiver: Receiver) -> None:
    body = b" " * LARGEST_BODY

    assert receiver.post(body).status_code == 200
    assert receiver.inbox[0].body == body


def test_a_body_that_does_not_come_is_not_waited_for(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving_module, "SLOWEST_BODY_SECONDS", 0.05)
    host, _, port = receiver.url.removeprefix("http://").partition(":")

    with closing(socket.create_connection((host, int(port)))) as connection:
        connection.sendall(b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[")
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("said", [b"", b"POST /webhooks HTTP/1.1\r\nHost: x\r\n"])
def test_a_connection_without_a_request_takes_no_place_for_long(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(serving, "SLOWEST_HEAD_SECONDS", 0.5)
    host, _, port = receiver.url.removeprefix("http://").partition(":")

    with httpx.Client() as kept, closing(socket.create_connection((host, int(port)), PATIENCE_SECONDS)) as connection:
        kept.get(f"{receiver.url}/health")
        connection.sendall(said)
        assert connection.recv(65_536) == b""
        [idle] = kept._transport._pool.connections  # type: ignore[attr-defined]
        assert not idle.has_expired(), "between two deliveries a connection stays open"


def test_a_sender_that_asks_and_never_reads_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SLOWEST_READER_SECONDS", 0.5)
    host, _, port = receiver.url.removeprefix("http://").partition(":")
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.1)
        connection.connect((host, int(port)))

        def is_ended() -> bool:
            try:
                connection.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
            except TimeoutError:
                return False
            except OSError:
                return True
            return False

        wait_until(is_ended)
        assert httpx.get(f"{receiver.url}/health").status_code == 200


def test_a_sender_that_goes_away_is_counted_and_leaves_nothing(receiver: Receiver) -> None:
    host, _, port = receiver.url.removeprefix("http://").partition(":")
    with closing(socket.create_connection((host, int(port)))) as connection:
        connection.sendall(b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[")
    wait_until(lambda: receiver.metric('qbo_webhook_deliveries_total{outcome="interrupted"'))

    assert receiver.metric('qbo_webhook_deliveries_total{outcome="interrupted"') == 1
    assert receiver.inbox == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_only_a_post_delivers(receiver: Receiver, method: str) -> None:
    assert httpx.request(method, f"{receiver.url}/webhooks").status_code == 405
    assert httpx.request(method, f"{receiver.url}/elsewhere").status_code == 404


def test_what_cannot_be_stored_is_answered_with_503_and_said(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    assert httpx.get(f"{receiver.url}/health").json() == {"status": "ok"}
    shutil.rmtree(receiver.folders.inbox)

    answer = receiver.post(b"[]")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "could not be stored" in caplog.text
    assert "No such file or directory" in caplog.text
    health = httpx.get(f"{receiver.url}/health")
    assert (health.status_code, health.json()["status"]) == (503, "failing")

    receiver.folders.make()
    assert receiver.post(b"[]").status_code == 200
    assert httpx.get(f"{receiver.url}/health").status_code == 200


def test_a_full_disk_leaves_no_part_of_a_file(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert receiver.post(b"[]").status_code == 503
    assert list(receiver.folders.inbox.iterdir()) == []
    assert "No space left on device" in caplog.text

    monkeypatch.undo()
    assert receiver.post(b"[]").status_code == 200


def test_a_hundred_strangers_make_one_line_in_the_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with httpx.Client() as client:
        for _ in range(100):
            client.post(f"{receiver.url}/webhooks", content=b"[]", headers={"intuit-signature": "forged"})

    assert len([line for line in caplog.messages if "refused with 401" in line]) == 1
    assert receiver.metric('qbo_webhook_deliveries_total{outcome="wrong_signature"') == 100


def test_no_token_signature_or_body_is_logged_or_shown(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    body = body_of(cloud_event())
    answers = [
        receiver.post(body),
        receiver.post(body, "forged-signature"),
        httpx.get(f"{receiver.url}/metrics"),
        httpx.get(f"{receiver.url}/health"),
    ]
    shutil.rmtree(receiver.folders.inbox)
    answers.append(receiver.post(body))

    told = caplog.text + "".join(answer.text for answer in answers)
    for secret in (TOKEN, "forged-signature", signature(body, TOKEN), "310687"):
        assert secret not in told


def test_deliveries_at_once_are_all_kept_and_share_waits_for_the_disk(receiver: Receiver) -> None:
    bodies = [body_of(cloud_event(id=str(number))) for number in range(200)]

    with ThreadPoolExecutor(16) as pool, httpx.Client() as client:

        def post(body: bytes) -> int:
            headers = {"intuit-signature": signature(body, TOKEN)}
            return client.post(f"{receiver.url}/webhooks", content=body, headers=headers).status_code

        assert set(pool.map(post, bodies)) == {200}

    assert sorted(delivery.body for delivery in receiver.inbox) == sorted(bodies)
    assert receiver.metric("qbo_webhook_disk_waits") < 200
    assert receiver.metric("qbo_webhook_inbox_files") == 200
    assert 0 <= receiver.metric("qbo_webhook_inbox_oldest_seconds") < 30


def test_arrival_order_is_the_order_of_the_names(receiver: Receiver) -> None:
    bodies = [str(number).encode() for number in range(30)]
    for body in bodies:
        receiver.post(body)

    assert [delivery.body for delivery in receiver.inbox] == bodies


def test_the_metrics_are_as_prometheus_reads_them(receiver: Receiver) -> None:
    receiver.post(b"[]")
    answer = httpx.get(f"{receiver.url}/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert answer.text.endswith("\n")
    assert 'qbo_webhook_deliveries_total{outcome="stored",status="200"} 1' in lines
    assert "qbo_webhook_stored_bytes_total 2" in lines
    assert 'qbo_webhook_answer_seconds_bucket{le="+Inf"} 1' in lines
    assert "qbo_webhook_answer_seconds_count 1" in lines
    buckets = [int(line.rpartition(" ")[2]) for line in lines if line.startswith("qbo_webhook_answer_seconds_bucket")]
    assert buckets == sorted(buckets)
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    described = {line.split()[2] for line in lines if line.startswith("# HELP")}
    assert named == described


def test_what_a_killed_receiver_left_half_written_is_removed_after_an_hour(folders: WebhookFolders) -> None:
    left, fresh, foreign = (folders.inbox / name for name in (".receiving-1.webhook", ".receiving-2.webhook", ".mine"))
    for path in (left, fresh, foreign):
        path.write_bytes(b"{")
    for path in (left, foreign):
        os.utime(path, (time.time() - 4000, time.time() - 4000))

    with receiving(folders):
        assert {path.name for path in folders.inbox.iterdir()} == {fresh.name, foreign.name}

    assert inbox_files(folders) == []


def test_the_answer_waits_until_file_and_folder_are_on_disk(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    flush, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        time.sleep(0.1)
        flush(descriptor)
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def renamed(source: Path, target: Path) -> None:
        rename(source, target)
        steps.append("name")

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "rename", renamed)
    assert receiver.post(b"[]").status_code == 200
    steps.append("answer")

    assert steps == ["file", "name", "folder", "answer"]
