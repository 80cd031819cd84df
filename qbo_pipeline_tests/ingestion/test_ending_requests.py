"""Whoever interrupts a load ends its requests, and nothing that QuickBooks says only once is lost by that."""

from __future__ import annotations

from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.ingestion.session import Session
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import StateStore
from qbo_pipeline_tests.patience import wait_until
from qbo_pipeline_tests.quickbooks.conftest import INVOICE, REALM, UNLIMITED, at, grant
from qbo_pipeline_tests.quickbooks.stub_service import StubService
from qbo_pipeline_tests.quickbooks.test_tokens import OLD, Rotation


def test_a_refresh_under_way_is_stored_before_an_interrupted_session_closes(tmp_path: Path) -> None:
    with StubService(Rotation(delay=1)) as service, ThreadPoolExecutor(1) as aside:
        settings = at(Settings(data_dir=tmp_path, encryption_key=Fernet.generate_key().decode()), service.url)  # type: ignore[arg-type]
        with StateStore(settings.state_url) as state:
            vault = open_vault(settings, state)
            vault.connect(REALM, grant(age=OLD))
            session = Session(settings, UNLIMITED)
            counting = aside.submit(session.count, REALM, INVOICE)
            wait_until(lambda: service.requests_to("tokens"))
            session.close()  # the next refresh token is in the answer, and the one before is dead
            with pytest.raises(CancelledError):
                counting.result()
            stored, connection = vault.grant(REALM), vault.connection(REALM)
        assert stored is not None
        assert stored.refresh_token == "refresh-2"
        assert connection is not None
        assert connection.unanswered_refresh_at is None
