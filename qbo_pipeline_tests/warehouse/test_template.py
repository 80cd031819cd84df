"""The second data folder of a user is made from what the first left behind, and is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.warehouse import template, warehouse
from qbo_pipeline.warehouse.warehouse import Warehouse, open_warehouse

CATALOGUE = ("duckdb_schemas()", "duckdb_tables()", "duckdb_views()", "duckdb_columns()", "duckdb_constraints()")
IN_ALL_ALIKE = "columns(lambda one: NOT one ILIKE '%oid' AND one <> 'estimated_size')"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this user's templates are."""
    folder = tmp_path / "cache" / "qbo_pipeline"
    monkeypatch.setattr(template, "user_cache_path", lambda *_, **__: folder)
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Warehouse]:
    with open_warehouse(folder / "build" / "warehouse.duckdb", folder / "warehouse.duckdb", folder / "lake") as one:
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


def refuse(*_: object) -> None:
    raise AssertionError("tables are made one by one")


def test_the_second_is_made_from_the_first_and_equals_it(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalogue(tmp_path / "first")
    monkeypatch.setattr(warehouse, "create", refuse)
    assert catalogue(tmp_path / "second") == first
    assert len(first[1]) > len(ENTITIES)


def test_the_views_of_the_second_read_its_own_lake(kept: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        with opened(tmp_path / name):
            pass
    with opened(tmp_path / "second") as one:
        views = "SELECT count(*) FILTER (sql LIKE ?), count(*) FILTER (sql LIKE ?) FROM duckdb_views()"
        [(own, foreign)] = one.rows(views, [f"%{tmp_path}/second/lake%", f"%{tmp_path}/first/lake%"])
    assert int(str(own)) > len(ENTITIES)
    assert foreign == 0


def test_one_made_where_none_can_be_kept_is_the_same(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = catalogue(tmp_path / "first")
    (tmp_path / "file").touch()
    monkeypatch.setattr(template, "user_cache_path", lambda *_, **__: tmp_path / "file" / "folder")
    assert catalogue(tmp_path / "second") == expected


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


def test_a_damaged_one_is_made_again(kept: Path, tmp_path: Path) -> None:
    expected = catalogue(tmp_path / "first")
    [made] = kept.iterdir()
    made.write_bytes(b"no database")
    assert catalogue(tmp_path / "second") == expected
    duckdb.connect(str(made), read_only=True).close()


def test_those_of_other_versions_go(kept: Path, tmp_path: Path) -> None:
    kept.mkdir(parents=True)
    (kept / "warehouse-of-another-version.duckdb").touch()
    with opened(tmp_path / "first"):
        pass
    [made] = kept.iterdir()
    assert made.name != "warehouse-of-another-version.duckdb"


def test_what_is_made_is_kept_only_when_it_is_whole(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise duckdb.Error("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(template, "_write", fail)
        with opened(tmp_path / "first"):
            pass
    assert list(kept.iterdir()) == []
