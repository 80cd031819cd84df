from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.tableau.client import TableauClient
from qbo_pipeline.tableau.downstream.refresh import refresh_downstream
from qbo_pipeline.tableau.webhooks.apply import AppliedEvents, apply_events
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.inbox_files import FileNames
from qbo_pipeline_tests.tableau.downstream.conftest import Clock
from qbo_pipeline_tests.tableau.site import Person

Apply = Callable[[], AppliedEvents]


@dataclass
class Inbox:
    """Events as the receiver leaves them."""

    folders: WebhookFolders
    site: str
    names: FileNames

    def put(self, body: bytes) -> str:
        """Put a body into the inbox; the file's name."""
        name, _ = self.names.next()
        (self.folders.inbox / name).write_bytes(body)
        return name

    def event(self, type_: str, luid: str, **changed: Any) -> bytes:
        """The body of an event of now."""
        kind = "WORKBOOK" if type_.startswith("Workbook") else "DATASOURCE"
        fields = {
            "resource": "EXTRACTS" if "Refresh" in type_ else kind,
            "event_type": type_,
            "resource_name": "Margins",
            "site_luid": self.site,
            "resource_luid": luid,
            "created_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        return json.dumps({**fields, **changed}).encode()

    def where(self) -> dict[str, str]:
        """File → the folder it is in; reasons are left out."""
        found = {}
        for folder in (self.folders.inbox, self.folders.processing, self.folders.processed, self.folders.rejected):
            for path in folder.rglob("*.webhook"):
                found[path.name] = folder.name
        return found

    def reason(self, name: str) -> str:
        return (self.folders.rejected / f"{name}.reason").read_text(encoding="utf-8").strip()


@pytest.fixture
def inbox(settings: Settings, tableau: LocalTableau) -> Inbox:
    folders = WebhookFolders(settings.data.webhooks).tableau
    folders.make()
    return Inbox(folders, tableau.site_id, FileNames())


@pytest.fixture
def person(tableau: LocalTableau, tmp_path: Path) -> Person:
    return Person(tableau, tmp_path)


@pytest.fixture
def source(person: Person) -> str:
    return person.data_source("QuickBooks Online")


@pytest.fixture
def margins(person: Person, source: str, client: TableauClient, settings: Settings, store: StateStore) -> str:
    """A workbook that hangs on our data source, is known to, and was refreshed once."""
    luid = person.workbook("Margins", source)
    refresh_downstream(client, source, settings=settings, store=store, publication="first", wait_seconds=5.0)
    return luid


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def apply(client: TableauClient, source: str, settings: Settings, store: StateStore, clock: Clock) -> Apply:
    def run() -> AppliedEvents:
        return apply_events(settings, client, store, source, clock=clock)

    return run
