"""`qbo-pipeline listen` as a process of its own, and what happens when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.end_to_end.test_webhooks import apply, outcomes, receiver, session
from qbo_pipeline_tests.patience import PATIENCE_SECONDS, wait_until
from qbo_pipeline_tests.webhooks.conftest import Receiver

__all__ = ["receiver", "session"]

pytestmark = pytest.mark.end_to_end


def environment(quickbooks: LocalQuickBooks, settings: Settings) -> dict[str, str]:
    """The variables a user sets."""
    return os.environ | {
        "QBO_PIPELINE_DATA_DIR": str(settings.data_dir),
        "QBO_API_BASE_URL": quickbooks.url,
        "QBO_TOKEN_URL": f"{quickbooks.url}/oauth2/v1/tokens/bearer",
    }


@contextmanager
def listener(quickbooks: LocalQuickBooks, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A listener that listens."""
    command = [str(Path(sys.executable).with_name("qbo-pipeline")), "listen"]
    told = settings.data_dir / "listener.log"
    with told.open("wb") as log:
        process = subprocess.Popen(command, env=environment(quickbooks, settings), stdout=log, stderr=log)
    try:
        wait_until(lambda: "Listening to" in told.read_text() or process.poll() is not None)
        assert process.poll() is None, told.read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def edit(quickbooks: LocalQuickBooks, realm_id: str) -> str:
    edited = quickbooks.writer.oldest(realm_id, "Invoice")
    quickbooks.writer.touch(realm_id, "Invoice", edited, PrivateNote="Edited")
    return edited


def note(session: Session, invoice: str) -> object:
    [(text,)] = session.warehouse_query("SELECT private_note FROM quickbooks.invoice WHERE id = ?", [invoice])
    return text


def test_a_change_is_in_the_warehouse_without_anybody_asking_and_the_listener_ends_when_told(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    with listener(quickbooks, session.settings) as process:
        edited = edit(quickbooks, realm_id)
        wait_until(lambda: note(session, edited) == "Edited")
        wait_until(lambda: receiver.inbox == [])
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0

    assert outcomes(session) == [("Invoice", "updated", "applied")]
    assert "1 events applied" in (session.settings.data_dir / "listener.log").read_text()


def test_what_a_killed_listener_was_applying_is_applied_by_another_and_once(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver
) -> None:
    quickbooks.inject("timeout", match="FROM Invoice", seconds=30.0)
    with listener(quickbooks, session.settings) as process:
        edited = edit(quickbooks, realm_id)
        wait_for_claim = session.settings.data.webhooks / "processing"
        wait_until(lambda: any(wait_for_claim.glob("*/*.webhook")))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    quickbooks.heal()
    assert note(session, edited) != "Edited"

    [applied] = apply(session)

    assert [load.updated for load in applied.loads] == [1]
    assert outcomes(session) == [("Invoice", "updated", "applied")]
    assert note(session, edited) == "Edited"
    assert not any(wait_for_claim.glob("*/*.webhook"))
