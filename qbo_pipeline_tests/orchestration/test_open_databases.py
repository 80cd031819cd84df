"""Dagster's databases of runs and schedules as the pipeline keeps them: open, and looked at once a process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from alembic.config import Config
from dagster._core.storage import sql
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from qbo_pipeline.orchestration.event_log import SqliteStorage
from qbo_pipeline.orchestration.instance import prepare_instance
from qbo_pipeline.settings import load_settings


def schema(path: Path) -> list[tuple[str, str]]:
    """Names and statements of all tables and indexes, and the migration."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1").fetchall()
        return [*made, *connection.execute("SELECT 'revision', version_num FROM alembic_version").fetchall()]


def databases(home: Path) -> list[Path]:
    return [home / "history" / "runs.db", home / "schedules" / "schedules.db"]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the migrations are read."""
    read: list[str] = []

    def look(config: Config, connection: sa.Connection) -> object:
        read.append(str(connection.engine.url))
        return sql.check_alembic_revision(config, connection)

    for module in (sqlite_run_storage, sqlite_schedule_storage):
        monkeypatch.setattr(module, "check_alembic_revision", look)
    return read


def test_the_databases_are_those_that_dagster_makes(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    DagsterSqliteStorage(str(theirs))
    SqliteStorage(str(ours))

    assert [schema(one) for one in databases(ours)] == [schema(one) for one in databases(theirs)]


def test_a_process_looks_once_of_which_version_they_are(tmp_path: Path, looks: list[str]) -> None:
    for _ in range(3):
        SqliteStorage(str(tmp_path)).dispose()

    assert len(looks) == 2


def test_databases_that_were_put_in_their_place_are_looked_at_again(tmp_path: Path, looks: list[str]) -> None:
    SqliteStorage(str(tmp_path)).dispose()
    for one in databases(tmp_path):
        one.rename(one.with_suffix(".old"))

    SqliteStorage(str(tmp_path)).dispose()

    assert len(looks) == 4
    assert all(schema(one) for one in databases(tmp_path))


def test_two_instances_of_a_process_see_what_the_other_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    monkeypatch.setenv("DAGSTER_HOME", str(settings.data.dagster_home))
    prepare_instance(settings)

    @dg.job
    def nothing() -> None: ...

    with dg.DagsterInstance.get() as one, dg.DagsterInstance.get() as other:
        run = nothing.execute_in_process(instance=one)
        found = other.get_run_by_id(run.run_id)
        assert found is not None
        assert found.status is dg.DagsterRunStatus.SUCCESS
        other.delete_run(run.run_id)
        assert one.get_run_by_id(run.run_id) is None
