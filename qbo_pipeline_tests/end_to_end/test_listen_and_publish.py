"""`qbo-pipeline listen` brings a change to every dashboard, by a process for each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("tableauhyperapi", reason="Tableau's libraries are not installed")

from qbo_pipeline.ingestion import Session
from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline.publishing.standing import last_publication, unpublished
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.process_lock import is_held
from qbo_pipeline_tests.end_to_end.test_listen import edit, environment
from qbo_pipeline_tests.end_to_end.test_webhooks import receiver, session
from qbo_pipeline_tests.patience import PATIENCE_SECONDS, wait_until
from qbo_pipeline_tests.webhooks.conftest import Receiver

__all__ = ["receiver", "session"]

pytestmark = pytest.mark.end_to_end

DESTINATIONS = ("power_bi", "tableau")


@contextmanager
def listener(variables: dict[str, str], settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A listener with its publishers; all of them are ended with it."""
    command = [str(Path(sys.executable).with_name("qbo-pipeline")), "listen"]
    with (settings.data_dir / "listener.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def shown_everywhere(settings: Settings) -> bool:
    return all(unpublished(settings, name) is None for name in DESTINATIONS)


def test_a_change_reaches_both_dashboards_and_all_processes_end_when_told(
    session: Session, quickbooks: LocalQuickBooks, realm_id: str, receiver: Receiver, tmp_path: Path
) -> None:
    session.backfill(realm_id, ENTITIES, None, "load")
    settings = session.settings
    with LocalPowerBI(tmp_path / "power_bi.duckdb") as power_bi, LocalTableau(tmp_path / "site") as tableau:
        variables = environment(quickbooks, settings) | {
            "POWERBI_WORKSPACE_ID": "",
            "POWERBI_API_BASE_URL": f"{power_bi.url}/v1.0/myorg",
            "POWERBI_AUTHORITY_URL": power_bi.url,
            "TABLEAU_SERVER_URL": tableau.url,
        }
        with listener(variables, settings) as process:
            told = settings.data_dir / "listener.log"
            wait_until(lambda: shown_everywhere(settings))
            edit(quickbooks, realm_id)
            wait_until(lambda: "1 events applied" in told.read_text())
            wait_until(lambda: shown_everywhere(settings))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0

    assert not any(is_held(settings.data.publisher_lock(name)) for name in DESTINATIONS)
    last = {name: last_publication(settings, name, succeeded=True) for name in DESTINATIONS}
    assert all(one is not None for one in last.values())
