from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import Delivery, decode
from qbo_pipeline.webhooks.serving import bind, server
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.webhooks.deliveries import TOKEN, Readers, state_url


@dataclass(frozen=True)
class Receiver:
    url: str
    folders: WebhookFolders

    def post(self, body: bytes, signed: str | None = None, **headers: str) -> httpx.Response:
        """Deliver a body, signed with the right token unless told otherwise."""
        sent = {"intuit-signature": signature(body, TOKEN) if signed is None else signed, **headers}
        return httpx.post(f"{self.url}/webhooks", content=body, headers=sent)

    def metric(self, name: str) -> float:
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith(name)).rpartition(" ")[2])

    @property
    def inbox(self) -> list[Delivery]:
        return [decode(path.read_bytes()) for path in inbox_files(self.folders)]


def inbox_files(folders: WebhookFolders) -> list[Path]:
    return sorted(path for path in folders.inbox.iterdir() if not path.name.startswith("."))


@contextmanager
def receiving(folders: WebhookFolders, *tokens: str, secret: str | None = None) -> Iterator[Receiver]:
    """The receiver on a port of its own, in a thread; `secret` is that of Tableau's endpoint."""
    listening = bind("127.0.0.1", 0)
    running = server(folders, tokens or (TOKEN,), secret)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not running.started and time.monotonic() < deadline and thread.is_alive():
        time.sleep(0.01)
    try:
        yield Receiver(f"http://127.0.0.1:{listening.getsockname()[1]}", folders)
    finally:
        running.should_exit = True
        thread.join(PATIENCE_SECONDS)
        listening.close()
    assert not thread.is_alive()


@pytest.fixture
def folders(tmp_path: Path) -> WebhookFolders:
    made = WebhookFolders(tmp_path / "webhooks")
    made.make()
    return made


@pytest.fixture
def receiver(folders: WebhookFolders) -> Iterator[Receiver]:
    with receiving(folders) as running:
        yield running


@pytest.fixture
def readers(folders: WebhookFolders, tmp_path: Path) -> Iterator[Readers]:
    with StateStore(state_url(tmp_path)) as store:
        made = Readers(folders, store)
        yield made
        made.close()
