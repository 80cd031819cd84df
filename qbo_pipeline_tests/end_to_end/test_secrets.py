"""No credential is in anything that people read: audit trail, lake, logs, Dagster's events, the data folder."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.ingestion import Session, open_session
from qbo_pipeline.ingestion.webhook_files import WebhookFiles
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import load_settings
from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline_tests.end_to_end.conftest import UNLIMITED, connect, settings_for
from qbo_pipeline_tests.end_to_end.test_dagster_jobs import BooksOf
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.webhooks.conftest import receiving

pytestmark = pytest.mark.end_to_end

VERIFIER, KEY = "a-verifier-token-of-this-test", Fernet.generate_key().decode()
CLIENT_SECRET = "local-client-secret"
LOADED = [entity("Invoice"), entity("Customer")]


@pytest.fixture
def secrets(quickbooks: LocalQuickBooks, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every credential there is, those that QuickBooks gives out as they are given."""
    basic = base64.b64encode(f"local-client-id:{CLIENT_SECRET}".encode()).decode()
    known = {VERIFIER, KEY, CLIENT_SECRET, basic}
    authorize, token = quickbooks.oauth.authorize, quickbooks.oauth.token

    def authorized(*arguments: Any) -> str:
        code = authorize(*arguments)
        known.add(code)
        return code

    def granted(*arguments: Any) -> dict[str, Any]:
        answer = token(*arguments)
        known.update((answer["access_token"], answer["refresh_token"]))
        return answer

    monkeypatch.setattr(quickbooks.oauth, "authorize", authorized)
    monkeypatch.setattr(quickbooks.oauth, "token", granted)
    return known


@pytest.fixture
def guarded(quickbooks: LocalQuickBooks, realm_id: str, tmp_path: Path, secrets: set[str]) -> Iterator[Session]:
    """A session with secrets of its own, connected after `secrets` began to listen."""
    usual = settings_for(quickbooks, tmp_path / "data")
    overrides = {name: getattr(usual, name) for name in type(usual).model_fields if name.endswith("_override")}
    settings = load_settings(
        **overrides, data_dir=tmp_path / "data", webhook_verifier_token=VERIFIER, encryption_key=KEY
    )
    with open_session(settings, UNLIMITED) as session:
        connect(quickbooks, session, realm_id)
        yield session


def leaks(secrets: set[str], text: str) -> list[str]:
    return [secret for secret in secrets if secret in text]


def in_trail(path: Path) -> str:
    """Every row of every table of the trail, and of the history with the JSON of the lake."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name = 'audit'"
        ).fetchall()
        rows = {name: connection.execute(f"FROM {name}").fetchall() for (name,) in [*names, ("history.record",)]}
    assert all(rows[f"audit.{name}"] for name in ("api_call", "sync_run", "webhook_event", "lake_batch"))
    return repr(rows)


def test_credentials_are_in_nothing_that_people_read(
    guarded: Session, quickbooks: LocalQuickBooks, realm_id: str, secrets: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    data = guarded.settings.data
    with caplog.at_level(logging.DEBUG), dg.DagsterInstance.ephemeral() as instance:
        quickbooks.inject("server_error", times=2, status=503)
        quickbooks.inject("expire_token", times=1, after=3)
        definitions = build_definitions(LOADED, date(2026, 8, 1), BooksOf(guarded))
        done = definitions.resolve_job_def("full_refresh").execute_in_process(instance=instance)
        quickbooks.oauth.expire_access_tokens()
        with receiving(WebhookFolders(data.webhooks), VERIFIER) as receiver:
            quickbooks.deliver(aggregate_seconds=0.1)
            quickbooks.outbox.subscribe(f"{receiver.url}/webhooks", VERIFIER, "cloudevents")
            quickbooks.clock.advance(5)
            quickbooks.writer.touch(realm_id, "Invoice", quickbooks.writer.oldest(realm_id, "Invoice"), DocNumber="1")
            wait_until(lambda: receiver.inbox, "no webhook arrived")
            with WebhookFiles(guarded) as files:
                list(files.apply_all("webhooks"))
        events = [repr(one) for one in instance.all_logs(done.run_id)]

    assert len(secrets) >= 8, "a code, a pair of tokens and at least another access token were given out"
    assert leaks(secrets, caplog.text) == []
    assert leaks(secrets, json.dumps(events)) == []
    assert leaks(secrets, in_trail(data.warehouse) + in_trail(data.build)) == []
    for path in data.root.rglob("*"):
        if path.is_file():
            assert leaks(secrets, path.read_bytes().decode("latin-1")) == [], path
    assert leaks(secrets, repr(guarded.settings)) == []


def test_a_leak_would_be_seen(guarded: Session, secrets: set[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for secret in secrets:
            logging.getLogger("somewhere").debug("Bearer %s", secret)
    assert sorted(leaks(secrets, caplog.text)) == sorted(secrets)
