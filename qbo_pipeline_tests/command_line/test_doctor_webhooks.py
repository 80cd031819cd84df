from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.command_line.conftest import Run


def webhooks(run: Run) -> list[dict[str, Any]]:
    return [one for one in run("doctor", "--offline", "--json").json if one["part"] == "webhooks"]


def put(folder: Path, ago: timedelta = timedelta()) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC) - ago:%Y%m%dT%H%M%S.%f}000Z-5f2c9a01.webhook"
    path.touch()
    return path


def test_what_just_arrived_is_counted_and_no_trouble(run: Run, settings: Settings) -> None:
    put(settings.data.webhooks / "inbox")
    [finding] = webhooks(run)
    assert finding["level"] == "ok"
    assert "1 wait, no listener runs" in finding["told"]


def test_what_waits_for_long_says_who_would_apply_it(run: Run, settings: Settings) -> None:
    put(settings.data.webhooks / "inbox", ago=timedelta(minutes=6))
    _, finding = webhooks(run)
    assert finding["level"] == "warn"
    assert "qbo-pipeline listen" in finding["mend"]


def test_rejected_files_are_told_with_the_newest_reason(run: Run, settings: Settings) -> None:
    rejected = put(settings.data.webhooks / "rejected")
    rejected.with_name(f"{rejected.name}.reason").write_text("the body is no JSON\n")
    _, finding = webhooks(run)
    assert finding["level"] == "warn"
    assert "1 files were of no use: the body is no JSON" in finding["told"]


def test_without_a_verifier_token_polling_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")
    monkeypatch.setenv("QBO_CLIENT_ID", "AB")
    monkeypatch.setenv("QBO_CLIENT_SECRET", "secret")
    [finding] = webhooks(run)
    assert "not set up" in finding["told"]
    assert "every 300 seconds" in finding["told"]
