"""Bodies of QuickBooks, deliveries as files in an inbox, and where those are."""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.webhook_events import WebhookEvents
from qbo_pipeline.webhooks.claimers import REASON_SUFFIX
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox import Inbox
from qbo_pipeline.webhooks.inbox_files import Delivery, encode
from qbo_pipeline.webhooks.signatures import signature

TOKEN = "a-verifier-token"


def cloud_event(**changes: Any) -> dict[str, Any]:
    """One event as QuickBooks sends it since 2026."""
    return {
        "specversion": "1.0",
        "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": "qbo.invoice.updated.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-20T21:31:25.179851517Z",
        "intuitentityid": "1234",
        "intuitaccountid": "310687",
        "data": {},
    } | changes


def notification(*entities: dict[str, Any], realm_id: str = "310687") -> dict[str, Any]:
    """A body of the older shape."""
    return {"eventNotifications": [{"realmId": realm_id, "dataChangeEvent": {"entities": list(entities)}}]}


def body_of(*events: dict[str, Any]) -> bytes:
    return json.dumps(list(events)).encode()


_numbers = count(1)


def changed(record_id: str = "1234", **changes: Any) -> dict[str, Any]:
    """An event nobody has seen: an invoice changed long ago."""
    number = next(_numbers)
    instant = f"2026-11-20T21:{number // 60 % 60:02d}:{number % 60:02d}.{number:09d}Z"
    return cloud_event(id=str(uuid.uuid4()), intuitentityid=record_id, time=instant) | changes


def drop(folders: WebhookFolders, body: bytes | dict[str, Any], *more: dict[str, Any], name: str | None = None) -> str:
    """Put a delivery into the inbox as the receiver does; answers its name. Names sort in the order of the calls."""
    content = body if isinstance(body, bytes) else body_of(body, *more)
    file = name or f"20261120T220000.{next(_numbers):09d}Z-test.webhook"
    unfinished = folders.inbox / f".{file}"
    unfinished.write_bytes(encode(Delivery(content, signature(content, TOKEN), None)))
    unfinished.rename(folders.inbox / file)
    return file


def whereabouts(folders: WebhookFolders) -> dict[str, list[str]]:
    """Name of each delivery → the folders it is in: `inbox`, `processing`, `processed`, `rejected`."""
    found = defaultdict(list)
    for folder in (folders.inbox, folders.processing, folders.processed, folders.rejected):
        for path in folder.rglob("*"):
            if not path.is_dir() and not path.name.startswith(".") and path.suffix != REASON_SUFFIX:
                found[path.name].append(folder.name)
    return dict(found)


@dataclass
class Clock:
    """Epoch seconds, which stand still."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass
class Readers:
    """Makes inboxes on the same folders and state; a new one is what a process sees that has just started."""

    folders: WebhookFolders
    store: StateStore
    clock: Clock = field(default_factory=Clock)
    _opened: list[Inbox] = field(default_factory=list)

    def new(self) -> Inbox:
        inbox = Inbox(self.folders, WebhookEvents(self.store, self.clock), (TOKEN,), self.clock)
        self._opened.append(inbox)
        return inbox

    def close(self) -> None:
        for inbox in self._opened:
            inbox.close()


def state_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'state.sqlite'}"
