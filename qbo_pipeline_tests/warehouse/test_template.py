"""The second data folder of a user is made from what the first left behind, and is the same."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest

from qbo_pipeline.quickbooks.catalogue import ENTITIES, entity
from qbo_pipeline.warehouse import template, warehouse
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

CATALOGUE = (
    "duckdb_schemas()",
    "duckdb_tables()",
    "duckdb_views()",
    "duckdb_columns()",
    "duckdb_constraints()",
    "duckdb_functions()",
)
FEW = tuple(entity(name) for name in ("Invoice", "Customer", "Transfer"))
"""What is declared in the tests that are not about all of it: describing all forty takes four seconds each time."""
IN_ALL_ALIKE = "columns(lambda one: NOT one ILIKE '%oid' AND one <> 'estimated_size')"


@pytest.fixture
def none_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the templates of a user are who has none yet."""
    folder = tmp_path / "cache" / "qbo_pipeline"
    monkeypatch.setattr(template, "user_cache_path", lambda *_, **__: folder)
    return folder


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is declared than a few entities."""
    monkeypatch.setattr(warehouse, "ENTITIES", FEW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template of a few entities."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(warehouse, "ENTITIES", FEW)
        patched.setattr(template, "user_cache_path", lambda *_, **__: folder)
        with opened(folder / "data"):
            pass
    [file] = folder.glob("*.zip")
    return file


@pytest.fixture
def kept(few: None, none_kept: Path, made: Path) -> Path:
    """Where the templates of a user are who has one, of a few entities."""
    none_kept.mkdir(parents=True)
    shutil.copy(made, none_kept)
    return none_kept


@contextmanager
def opened(folder: Path) -> Iterator[Warehouse]:
    build, target, lake = folder / "build" / "warehouse.duckdb", folder / "warehouse.duckdb", folder / "lake"
    declared = warehouse.ENTITIES  # type: ignore[attr-defined]  # as the fixture `few` may have it
    with open_warehouse(build, target, lake, entities=declared) as one:
        yield one


def catalogue(folder: Path) -> list[list[str]]:
    with opened(folder) as one:
        return [
            sorted(
                repr(row).replace(str(folder), "")
                for row in one.rows(f"SELECT {IN_ALL_ALIKE} FROM {part} WHERE database_name = 'warehouse'")
            )
            for part in CATALOGUE
        ]


def schema_files(folder: Path) -> dict[Path, bytes]:
    files = (folder / "lake").rglob("*.parquet")
    return {file.relative_to(folder): file.read_bytes() for file in files}


def refuse(*_: object) -> None:
    raise AssertionError("tables are made one by one")


def test_the_second_is_made_from_the_first_and_equals_it(
    none_kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalogue(tmp_path / "first")
    monkeypatch.setattr(warehouse, "create", refuse)
    assert catalogue(tmp_path / "second") == first
    assert len(first[1]) > len(ENTITIES)


def test_its_lake_has_the_same_schema_files(none_kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "first"):
        pass
    monkeypatch.setattr("pyarrow.parquet.write_table", refuse)
    with opened(tmp_path / "second"):
        pass
    assert schema_files(tmp_path / "second") == schema_files(tmp_path / "first")
    assert len(schema_files(tmp_path / "first")) > len(ENTITIES)


def test_a_lost_database_is_made_beside_the_lake_it_had(kept: Path, tmp_path: Path) -> None:
    expected = catalogue(tmp_path / "first")
    build = tmp_path / "first" / "build" / "warehouse.duckdb"
    build.unlink()
    build.with_name("warehouse.duckdb.wal").write_bytes(b"of the lost database")
    assert catalogue(tmp_path / "first") == expected


def test_the_views_of_the_second_read_its_own_lake(kept: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        with opened(tmp_path / name):
            pass
    with opened(tmp_path / "second") as one:
        assert one.rows("SELECT stored.lake()") == [(f"{tmp_path}/second/lake",)]
        assert one.rows("SELECT count(*) FROM duckdb_views() WHERE sql LIKE ?", [f"%{tmp_path}%"]) == [(0,)]


def test_one_made_where_none_can_be_kept_is_the_same(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = catalogue(tmp_path / "first")
    (tmp_path / "file").touch()
    monkeypatch.setattr(template, "user_cache_path", lambda *_, **__: tmp_path / "file" / "folder")
    assert catalogue(tmp_path / "second") == expected


@pytest.mark.usefixtures("few")
def test_a_user_without_a_home_leaves_nothing_in_the_folder_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = tmp_path / "at work"
    at_work.mkdir()
    monkeypatch.chdir(at_work)
    monkeypatch.setattr(template, "user_cache_path", lambda *_, **__: Path("~/.cache/qbo_pipeline"))
    with opened(tmp_path / "first"):
        pass
    assert list(at_work.iterdir()) == []


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut short"),
        pytest.param(lambda whole: whole[: len(whole) // 2] + b"?" + whole[len(whole) // 2 + 1 :], id="a byte changed"),
    ],
)
def test_a_damaged_one_is_made_again(kept: Path, tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    expected = catalogue(tmp_path / "first")
    [made] = kept.iterdir()
    whole = made.read_bytes()
    made.write_bytes(damaged(whole))
    assert catalogue(tmp_path / "second") == expected
    with ZipFile(made) as archive:
        assert archive.testzip() is None


@pytest.mark.usefixtures("few")
def test_those_of_versions_that_nobody_uses_and_of_killed_processes_go(none_kept: Path, tmp_path: Path) -> None:
    none_kept.mkdir(parents=True)
    in_use = {"making-by-a-process-at-work.zip", "warehouse-of-another-branch.zip"}
    left = {"making-by-a-process-that-was-killed.zip", "warehouse-of-an-earlier-version.zip"}
    for name in in_use | left:
        (none_kept / name).touch()
    for name in left:
        os.utime(none_kept / name, (0, 0))

    with opened(tmp_path / "first"):
        pass

    found = {file.name for file in none_kept.iterdir()}
    assert found & (in_use | left) == in_use
    assert len(found - in_use) == 1


def test_one_that_is_used_stays_for_as_long_as_it_is(kept: Path, tmp_path: Path) -> None:
    [file] = kept.iterdir()
    os.utime(file, (0, 0))

    with opened(tmp_path / "second"):
        pass

    assert time.time() - file.stat().st_mtime < 3600


@pytest.mark.usefixtures("few")
def test_what_is_made_is_kept_only_when_it_is_whole(
    none_kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise duckdb.Error("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(template, "_write", fail)
        with opened(tmp_path / "first"):
            pass
    assert list(none_kept.iterdir()) == []
