from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qbo_pipeline.webhooks.folders import WebhookFolders
from qbo_pipeline.webhooks.retention import prune
from qbo_pipeline_tests.webhooks.deliveries import Readers, changed, drop, whereabouts


def processed_on(folders: WebhookFolders, *days: str) -> None:
    for day in days:
        (folders.processed / day).mkdir(exist_ok=True)
        (folders.processed / day / "one.webhook").write_bytes(b"")
        (folders.processed / day / "one.webhook.reason").write_bytes(b"")


def days(folders: WebhookFolders) -> list[str]:
    return sorted(path.name for path in folders.processed.iterdir())


def test_the_days_that_ended_before_the_instant_are_removed(folders: WebhookFolders) -> None:
    processed_on(folders, "2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04")

    removed = prune(folders, datetime(2026, 1, 3, 23, 59, tzinfo=UTC))

    assert removed == ["2026-01-01", "2026-01-02"]
    assert days(folders) == ["2026-01-03", "2026-01-04"]


def test_what_waits_is_worked_on_or_was_rejected_stays_however_old(readers: Readers) -> None:
    rejected, waiting = drop(readers.folders, b"no JSON"), drop(readers.folders, changed())
    with readers.new() as inbox:
        inbox.claim()

    prune(readers.folders, datetime.now(UTC) + timedelta(days=9999))

    assert whereabouts(readers.folders) == {rejected: ["rejected"], waiting: ["inbox"]}


def test_the_day_that_files_are_moved_into_is_never_removed(readers: Readers) -> None:
    drop(readers.folders, changed())
    inbox = readers.new()
    inbox.done(inbox.claim())

    assert prune(readers.folders, datetime.now(UTC) + timedelta(days=9999)) == []


def test_other_things_in_the_folder_are_left_alone(folders: WebhookFolders, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folders.processed / "2020-01-01").symlink_to(elsewhere)
    (folders.processed / "2020-01-02").write_bytes(b"")
    (folders.processed / "kept").mkdir()
    (folders.processed / "9999-12-31").mkdir()

    assert prune(folders, datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert days(folders) == ["2020-01-01", "2020-01-02", "9999-12-31", "kept"]


def test_what_a_process_that_died_began_to_remove_is_removed_by_the_next(
    folders: WebhookFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    processed_on(folders, "2026-01-01")
    with monkeypatch.context() as dying:
        dying.setattr("shutil.rmtree", lambda *_, **__: None)
        prune(folders, datetime(2026, 6, 1, tzinfo=UTC))
    assert not (folders.processed / "2026-01-01").exists()
    assert len(days(folders)) == 1

    assert prune(folders, datetime(2026, 6, 1, tzinfo=UTC)) == []
    assert days(folders) == []


def test_processes_may_prune_at_once_and_one_removes_each_day(folders: WebhookFolders) -> None:
    expected = [f"2026-01-{day:02d}" for day in range(1, 29)]
    processed_on(folders, *expected)

    with ThreadPoolExecutor(4) as pool:
        removed = list(pool.map(lambda _: prune(folders, datetime(2026, 6, 1, tzinfo=UTC)), range(4)))

    assert sorted(day for some in removed for day in some) == expected
    assert days(folders) == []


def test_folders_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert prune(WebhookFolders(tmp_path / "nowhere"), datetime(2026, 6, 1, tzinfo=UTC)) == []
