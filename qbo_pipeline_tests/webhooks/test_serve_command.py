"""`qbo-pipeline webhooks serve` as a process: how it starts, ends and is killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import decode
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.patience import PATIENCE_SECONDS, wait_until
from qbo_pipeline_tests.webhooks.conftest import Receiver, inbox_files
from qbo_pipeline_tests.webhooks.deliveries import TOKEN

COMMAND = [str(Path(sys.executable).parent / "qbo-pipeline"), "webhooks", "serve"]


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QBO_")}
    return kept | {"QBO_PIPELINE_DATA_DIR": str(data), "QBO_WEBHOOK_VERIFIER_TOKEN": f"an-older-one,{TOKEN}"}


@contextmanager
def served(data: Path) -> Iterator[tuple[subprocess.Popen[str], Receiver]]:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"],
        env=environment(data),
        cwd=data,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+(?=/webhooks)", process.stderr.readline())
        assert found is not None
        assert httpx.get(f"{found[0]}/health", timeout=PATIENCE_SECONDS).status_code == 200
        yield process, Receiver(found[0], WebhookFolders(data / "webhooks"))
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=["asked to end", "killed"])
def test_every_delivery_that_was_answered_with_200_is_in_the_inbox_whenever_it_ends(
    tmp_path: Path, ending: signal.Signals
) -> None:
    answered: list[bytes] = []

    def deliver(sender: int, url: str) -> None:
        with suppress(httpx.TransportError), httpx.Client() as client:
            for number in range(100_000):
                body = f"{sender}-{number}".encode()
                sent = client.post(
                    f"{url}/webhooks", content=body, headers={"intuit-signature": signature(body, TOKEN)}
                )
                if sent.status_code != 200:
                    return
                answered.append(body)

    with served(tmp_path) as (process, receiver):
        senders = [threading.Thread(target=deliver, args=(number, receiver.url)) for number in range(4)]
        for sender in senders:
            sender.start()
        wait_until(lambda: len(answered) > 10)
        time.sleep(random.random() / 5)
        process.send_signal(ending)
        process.wait(PATIENCE_SECONDS)
        for sender in senders:
            sender.join()

    assert len(answered) > 10
    kept = {decode(path.read_bytes()).body for path in inbox_files(receiver.folders)}
    assert set(answered) - kept == set()
    if ending is signal.SIGTERM:
        assert process.returncode in (0, -signal.SIGTERM)
        assert list(receiver.folders.inbox.glob(".*")) == []


def test_a_delivery_that_is_under_way_when_it_is_asked_to_end_is_answered(tmp_path: Path) -> None:
    body = b"[]"
    with served(tmp_path) as (process, receiver):

        def slowly() -> Iterator[bytes]:
            yield b"["
            time.sleep(1)
            process.terminate()
            time.sleep(0.3)
            yield b"]"

        headers = {"intuit-signature": signature(body, TOKEN)}
        assert httpx.post(f"{receiver.url}/webhooks", content=slowly(), headers=headers).status_code == 200
        process.wait(PATIENCE_SECONDS)

    assert [delivery.body for delivery in receiver.inbox] == [body]


@pytest.mark.parametrize(
    ("variables", "arguments", "told"),
    [
        ({"QBO_ENVIRONMENT": "production", "QBO_WEBHOOK_VERIFIER_TOKEN": ","}, [], "QBO_WEBHOOK_VERIFIER_TOKEN"),
        ({}, ["--host", "192.0.2.1"], "--port"),
    ],
    ids=["no token", "an address of another machine"],
)
def test_it_does_not_start_and_says_what_to_do(
    tmp_path: Path, variables: dict[str, str], arguments: list[str], told: str
) -> None:
    ended = subprocess.run(
        [*COMMAND, "--port", "0", *arguments],
        env=environment(tmp_path) | variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
