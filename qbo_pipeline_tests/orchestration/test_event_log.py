"""Dagster's event log as the pipeline keeps it: the database of a run is a copy, and what Dagster would have made."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from queue import Empty, Queue

import dagster as dg
import pytest
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from qbo_pipeline.orchestration.event_log import OpenEventLog
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.patience import wait_until


def schema(path: Path) -> list[tuple[str, str]]:
    """Names and statements of all tables and indexes, and the migration."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1").fetchall()
        return [*made, *connection.execute("SELECT 'revision', version_num FROM alembic_version").fetchall()]


def read(storage: SqliteEventLogStorage, run_id: str) -> Path:
    """Have a storage open the database of a run; where it is."""
    assert storage.get_records_for_run(run_id).records == []
    return Path(storage.path_for_shard(run_id))


def test_the_database_of_a_run_is_the_one_that_dagster_makes(tmp_path: Path) -> None:
    theirs = read(SqliteEventLogStorage(str(tmp_path / "theirs")), "run")
    ours = read(OpenEventLog(str(tmp_path / "ours")), "run")

    assert schema(ours) == schema(theirs)


def test_the_database_of_a_run_is_made_once_and_copied_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(OpenEventLog(str(tmp_path)), "first")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("made anew")

    # Another process, later.
    storage = OpenEventLog(str(tmp_path))
    monkeypatch.setattr(SqliteEventLogStorage, "_initdb", never)
    assert schema(read(storage, "second")) == schema(first)
    assert schema(read(storage, "first")) == schema(first)
    assert sorted(storage.get_all_run_ids()) == ["first", "second"]


def test_a_database_that_another_version_made_is_left_to_dagster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = read(OpenEventLog(str(tmp_path)), "run")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
        connection.commit()
    asked = []
    monkeypatch.setattr(OpenEventLog, "_initdb", lambda self, engine: asked.append(engine.url.database))

    read(OpenEventLog(str(tmp_path)), "run")

    assert asked == [str(path)]


def test_a_copy_that_was_cut_off_is_not_taken_for_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(blank: Path, making: Path) -> None:
        making.write_bytes(blank.read_bytes()[:1000])
        raise KeyboardInterrupt

    storage = OpenEventLog(str(tmp_path))
    monkeypatch.setattr(shutil, "copyfile", cut_off)
    with pytest.raises(KeyboardInterrupt):
        storage.get_records_for_run("run")
    monkeypatch.undo()

    assert not Path(storage.path_for_shard("run")).exists()
    assert schema(read(storage, "run"))


def test_a_run_tells_its_events_from_its_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.data.dagster_home))
    prepare_instance(settings)

    @dg.op
    def say() -> int:
        return 1

    @dg.job
    def speech() -> None:
        say()

    with dg.DagsterInstance.get() as instance:
        run = speech.execute_in_process(instance=instance)
        kinds = [event.dagster_event.event_type for event in instance.all_logs(run.run_id) if event.dagster_event]

    assert run.success
    assert kinds[-1] is dg.DagsterEventType.RUN_SUCCESS


def test_an_asset_is_known_by_the_latest_run_that_tells_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.data.dagster_home))
    prepare_instance(settings)

    @dg.asset
    def ledger() -> int:
        return 1

    with dg.DagsterInstance.get() as instance:
        runs = [dg.materialize([ledger], instance=instance).run_id for _ in range(2)]
        [record] = instance.get_asset_records([ledger.key])

    assert record.asset_entry.last_run_id == runs[1]
    assert record.asset_entry.last_materialization is not None
    assert record.asset_entry.last_materialization.run_id == runs[1]


def test_who_watches_a_run_sees_each_event_while_the_run_goes_on(tmp_path: Path) -> None:
    run_id = "d34df00d-0000-4000-8000-000000000001"
    page, run = OpenEventLog(str(tmp_path)), OpenEventLog(str(tmp_path))  # two processes, each with its connections
    read(page, run_id)
    seen: Queue[str] = Queue()
    page.watch(run_id, None, lambda event, _: seen.put(event.user_message))

    def is_seen(told: str) -> bool:
        """Told once more where nobody watched yet: who watches begins in a thread of its own."""
        run.store_event(EventLogEntry(None, logging.INFO, told, run_id, time.time()))  # type: ignore[no-untyped-call]
        with suppress(Empty):
            while seen.get(timeout=5) != told:
                continue
            return True
        return False

    for told in ("began", "loaded"):
        wait_until(partial(is_seen, told))
    page.dispose()
    run.dispose()
