"""Which calls count for the same month: companies of several environments can share an installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.ingestion.reports import pulls
from qbo_pipeline.ingestion.session import Session
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.settings import load_settings
from qbo_pipeline.state import StateStore
from qbo_pipeline.state.api_usage import ApiUsage
from qbo_pipeline_tests.quickbooks.conftest import grant


def test_calls_to_sandboxes_and_to_the_demo_are_not_taken_from_the_months_of_production(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    settings = load_settings(
        data_dir=tmp_path, environment="production", client_id="AB", client_secret="secret",
        encryption_key=Fernet.generate_key().decode(), call_budget_per_month=500_000,
    )  # fmt: skip
    with StateStore(settings.state_url) as state, Session(settings) as session:
        vault = open_vault(settings, state)
        for realm_id, environment in (("1", "production"), ("2", "sandbox"), ("3", "local"), ("4", "production")):
            vault.connect(realm_id, grant(), environment=environment)
            ApiUsage(state).add(realm_id, "cdc", 1 if environment == "production" else 400_000, now)
        vault.disconnected("4")  # what it spent is spent

        assert session.changes.polling_interval("1") == timedelta(minutes=5)
        assert {realm_id for realm_id, _, _ in session.calls_by_day(now.date())} == {"1", "4"}


def test_calls_to_the_demo_do_not_keep_reports_of_production_from_being_pulled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without reports nothing is proven."""
    settings = load_settings(
        data_dir=tmp_path, environment="production", client_id="AB", client_secret="secret",
        encryption_key=Fernet.generate_key().decode(), call_budget_per_month=1000,
    )  # fmt: skip

    class PulledError(Exception):
        """They were asked for."""

    class Puller:
        def __init__(self, *_: object, **__: object) -> None:
            raise PulledError

    monkeypatch.setattr(pulls, "ReportPuller", Puller)
    with StateStore(settings.state_url) as state, Session(settings) as session:
        vault = open_vault(settings, state)
        for realm_id, environment in (("1", "production"), ("2", "local")):
            vault.connect(realm_id, grant(), environment=environment)
        ApiUsage(state).add("2", "backfill", 5000)

        with pytest.raises(PulledError):
            session.reports.pull("1", "run")

        ApiUsage(state).add("1", "backfill", 1000)
        assert "1,000 calls of this month are spent" in (session.reports.pull("1", "run").note or "")
