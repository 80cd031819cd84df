from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.ingestion import open_session, publishing
from qbo_pipeline.local.companies import generate
from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.catalogue import entity
from qbo_pipeline.settings import load_settings
from qbo_pipeline_tests.command_line.conftest import Run, join

LOADED = tuple(entity(name) for name in ("Term", "Customer", "Invoice"))


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that users see, but for when and from what these were made."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE schema_name IN ('audit', 'posting', 'finance') "
            "AND table_name NOT IN ('made_from', 'model_build', 'model_change', 'built_source') UNION ALL "
            "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE schema_name = 'quickbooks' ORDER BY ALL"
        ).fetchall()
        return {name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for (name,) in names}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three entities of a company, loaded, changed and loaded again; not to be written to."""
    folder = tmp_path_factory.mktemp("loaded")
    company = generate("larkspur", scale=0.02)
    with pytest.MonkeyPatch.context() as patch, LocalQuickBooks(folder / "quickbooks.sqlite") as quickbooks:
        patch.setenv("QBO_PIPELINE_DATA_DIR", str(folder / "data"))
        patch.setenv("QBO_API_BASE_URL", quickbooks.url)
        patch.setenv("QBO_TOKEN_URL", f"{quickbooks.url}/oauth2/v1/tokens/bearer")
        quickbooks.add_company(company)
        join(quickbooks, company.realm_id)
        with open_session(load_settings()) as session:
            session.backfill(company.realm_id, LOADED, None, "first")
            [(first,)] = session.warehouse_query("SELECT min(id) FROM quickbooks.invoice")
            quickbooks.store.delete(company.realm_id, "Invoice", first, quickbooks.clock.now())
            session.changes.sync(company.realm_id, LOADED, "second")
    return folder / "data"


@pytest.fixture
def data(loaded: Path, tmp_path: Path) -> Path:
    """A copy of it, in the data folder in force."""
    return shutil.copytree(loaded, tmp_path / "data")


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """No finance models are built, for tests that look at nothing of them: building takes longer than all else."""
    monkeypatch.setattr(publishing, "build_models", lambda _: None)


WITHOUT_MODELS = "publishing.build_models = lambda _: None"
"""The same in a process that is killed."""


def test_the_lake_alone_makes_the_same_warehouse(run: Run, data: Path) -> None:
    before = content(data / "warehouse.duckdb")
    (data / "warehouse.duckdb").unlink()

    answer = run("rebuild")

    assert answer.exit_code == 0, answer.told
    assert "without a request" in answer.output
    after = content(data / "warehouse.duckdb")
    assert len(after["quickbooks.invoice"]) > 0
    assert any(row[0] for row in after["audit.sync_run"])
    assert after == before
    assert content(data / "build" / "warehouse.duckdb") == before
    assert not (data / "build" / "rebuild").exists()


KILLED = """
import os, signal, sys
from types import SimpleNamespace
from qbo_pipeline.ingestion import publishing
from qbo_pipeline.warehouse import rebuild
from qbo_pipeline.settings import load_settings
from qbo_pipeline.warehouse import publish

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

exec(sys.argv[1])
data = load_settings().data
rebuild.rebuild(data.build, data.warehouse, data.lake, lambda *_: None, publishing.publish)
"""

POINTS = {
    "before readers see it": "publish.put_in_place = die",
    "published, with the old build database still there": "rebuild.os = SimpleNamespace(replace=die)",
}


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_killed_anywhere_it_leaves_a_whole_warehouse(run: Run, data: Path, point: str) -> None:
    assert run("rebuild").exit_code == 0
    before = content(data / "warehouse.duckdb")

    program = f"{WITHOUT_MODELS}; {POINTS[point]}"
    killed = subprocess.run([sys.executable, "-c", KILLED, program], check=False).returncode

    assert killed == -signal.SIGKILL
    assert content(data / "warehouse.duckdb") == before
    assert content(data / "build" / "warehouse.duckdb") == before
    assert run("rebuild").exit_code == 0
    assert content(data / "warehouse.duckdb") == before
    assert not (data / "build" / "rebuild").exists()


CRASHED_WRITER = """
import os, signal, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("INSERT INTO audit.sync_run SELECT * REPLACE ('crashed' AS run_id) FROM audit.sync_run LIMIT 1")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("point", POINTS, ids=lambda one: one)
def test_what_a_killed_writer_left_in_the_log_is_kept(run: Run, data: Path, point: str) -> None:
    build = data / "build" / "warehouse.duckdb"
    subprocess.run([sys.executable, "-c", CRASHED_WRITER, str(build)], check=False)
    assert build.with_name(f"{build.name}.wal").exists()

    subprocess.run([sys.executable, "-c", KILLED, f"{WITHOUT_MODELS}; {POINTS[point]}"], check=False)
    assert run("rebuild").exit_code == 0

    assert "crashed" in {str(row[0]) for row in content(data / "warehouse.duckdb")["audit.sync_run"]}


@pytest.mark.parametrize("empty", [True, False], ids=["an empty folder in its place", "no folder at all"])
def test_where_the_lake_is_not_there_the_warehouse_stays_what_it_is(run: Run, data: Path, *, empty: bool) -> None:
    before = content(data / "warehouse.duckdb")
    (data / "lake").rename(data / "elsewhere")
    if empty:
        (data / "lake").mkdir()

    answer = run("rebuild")

    assert answer.exit_code == 1
    assert f"no batch is in {data / 'lake'}" in answer.told
    assert content(data / "warehouse.duckdb") == before


def test_files_that_do_not_open_any_more_are_replaced(run: Run, data: Path) -> None:
    before = content(data / "warehouse.duckdb")
    for path in (data / "warehouse.duckdb", data / "build" / "warehouse.duckdb"):
        path.write_bytes(b"torn")

    answer = run("rebuild")

    assert answer.exit_code == 0, answer.told
    assert "starts anew" in answer.told
    lost: dict[str, list[tuple[object, ...]]] = {f"audit.{table}": [] for table in ("sync_run", "api_call", "pruning")}
    assert content(data / "warehouse.duckdb") == before | lost


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff{"], ids=["nothing", "zeros", "no text"])
def test_a_batch_that_does_not_say_what_is_in_it_is_named(run: Run, data: Path, content: bytes) -> None:
    """It was said that nothing of the kind was foreseen, and not where."""
    manifest = next((data / "lake").glob("[0-9]*/*/*/manifest.json"))
    manifest.write_bytes(content)

    rebuilt = run("rebuild")

    assert rebuilt.exit_code == 1
    told = " ".join(rebuilt.told.split())
    assert f"The batch {manifest.parent} of the lake is damaged" in told
    assert "qbo-pipeline backfill" in told


@pytest.mark.usefixtures("without_models")
def test_batches_of_another_declaration_are_typed_anew(run: Run, data: Path) -> None:
    before = content(data / "warehouse.duckdb")
    [manifest] = (data / "lake").glob("*/term/*/manifest.json")
    text = manifest.read_text()
    start = text.index('"declaration": "') + len('"declaration": "')
    manifest.write_text(text[:start] + "of-an-earlier-day" + text[text.index('"', start) :])
    typed = manifest.parent / "term.parquet"
    duckdb.execute(f"COPY (SELECT * EXCLUDE due_days FROM '{typed}') TO '{typed}.then' (FORMAT parquet)")
    typed.with_name("term.parquet.then").replace(typed)

    answer = run("rebuild", "--json")

    assert answer.json["retyped"] == 1
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("FROM quickbooks.term ORDER BY ALL").fetchall() == before["quickbooks.term"]


def test_where_nothing_was_ever_loaded_a_rebuild_says_how_to_load(run: Run) -> None:
    answer = run("rebuild", "--json")

    assert (answer.exit_code, answer.output) == (1, "")
    assert "qbo-pipeline backfill" in answer.told
