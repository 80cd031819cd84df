from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.power_bi.project import ProjectEditedError, compiled, write_project, writing

CALENDAR = "QuickBooks Online.SemanticModel/definition/tables/Calendar.tmdl"


def content(folder: Path) -> dict[str, str]:
    """Every file of a folder but the manifest."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.name != writing.MANIFEST
    }


def test_a_project_is_written_as_it_is_compiled(tmp_path: Path) -> None:
    changed = write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\data")

    assert content(tmp_path) == compiled(SEMANTIC_MODEL, "C:\\data")
    assert set(changed) == set(content(tmp_path))


def test_the_data_is_in_the_project_unless_said_otherwise(tmp_path: Path) -> None:
    write_project(SEMANTIC_MODEL, tmp_path)

    assert str(tmp_path / "data") in content(tmp_path)["QuickBooks Online.SemanticModel/definition/expressions.tmdl"]


@pytest.mark.skipif(os.name == "nt", reason="there it may be where the project lay before it was moved")
def test_where_the_data_is_need_not_be_said_again_of_a_project_of_an_earlier_version(tmp_path: Path) -> None:
    """It did not remember that: the project itself says so."""
    write_project(SEMANTIC_MODEL, tmp_path, data_folder='C:\\Books of "Meridian"\\data')
    manifest = tmp_path / writing.MANIFEST
    remembered = json.loads(manifest.read_bytes())
    del remembered["data_folder"]
    manifest.write_text(json.dumps(remembered))

    for _ in range(2):
        assert write_project(SEMANTIC_MODEL, tmp_path) == ()
    assert content(tmp_path) == compiled(SEMANTIC_MODEL, 'C:\\Books of "Meridian"\\data')


def test_where_the_data_is_need_not_be_said_again(tmp_path: Path) -> None:
    """The folder of the computer that opens the project is known on no other: writing again is not to lose it."""
    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\Books\\data")

    assert write_project(SEMANTIC_MODEL, tmp_path) == ()
    assert content(tmp_path) == compiled(SEMANTIC_MODEL, "C:\\Books\\data")

    write_project(SEMANTIC_MODEL, tmp_path, data_folder="D:\\data")
    assert content(tmp_path) == compiled(SEMANTIC_MODEL, "D:\\data")


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    write_project(SEMANTIC_MODEL, tmp_path)
    before = (tmp_path / CALENDAR).stat().st_mtime_ns

    assert write_project(SEMANTIC_MODEL, tmp_path) == ()
    assert (tmp_path / CALENDAR).stat().st_mtime_ns == before


def test_files_that_were_changed_since_are_not_overwritten_unasked(tmp_path: Path) -> None:
    write_project(SEMANTIC_MODEL, tmp_path)
    (tmp_path / CALENDAR).write_text("mine")

    with pytest.raises(ProjectEditedError, match=r"Calendar\.tmdl"):
        write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\elsewhere")
    assert (tmp_path / CALENDAR).read_text() == "mine"
    assert "elsewhere" not in "".join(content(tmp_path).values())

    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\elsewhere", overwrite=True)
    assert content(tmp_path) == compiled(SEMANTIC_MODEL, "C:\\elsewhere")


def test_a_project_that_was_changed_is_left_alone_while_the_model_stays_as_it_was(tmp_path: Path) -> None:
    """Its data is brought up to date by the same command: it is not to fail each time for what nobody asks for."""
    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\data")
    (tmp_path / CALENDAR).write_text("mine")

    assert write_project(SEMANTIC_MODEL, tmp_path) == ()
    assert (tmp_path / CALENDAR).read_text() == "mine"


def test_files_that_were_never_written_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_project(SEMANTIC_MODEL, tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_of_somebody_else_in_the_place_of_one_of_ours_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / CALENDAR).parent.mkdir(parents=True)
    (tmp_path / CALENDAR).write_text("mine")

    with pytest.raises(ProjectEditedError):
        write_project(SEMANTIC_MODEL, tmp_path)


def test_what_is_no_longer_part_of_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\data")
    fewer = {path: text for path, text in compiled(SEMANTIC_MODEL, "C:\\data").items() if "/visuals/" not in path}
    monkeypatch.setattr(writing, "compiled", lambda *_: fewer)

    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\data")

    assert content(tmp_path) == fewer
    assert not list(tmp_path.rglob("visuals"))


@pytest.mark.parametrize("replaced", [0, 1, 2, 40, 119, 120, 121])
def test_a_write_that_is_cut_short_is_made_good_by_the_next(
    replaced: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\old")
    (tmp_path / writing.MANIFEST).write_text(json.dumps({"files": {}}))
    for path in content(tmp_path):
        (tmp_path / path).unlink()
    write_project(SEMANTIC_MODEL, tmp_path, data_folder="C:\\old")
    newer = {path: f"{text}\n" for path, text in compiled(SEMANTIC_MODEL, "C:\\new").items()}
    monkeypatch.setattr(writing, "compiled", lambda *_: newer)
    left, real = [replaced], os.replace

    def dying(source: Path, target: Path) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    with monkeypatch.context() as cut:
        cut.setattr(os, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            write_project(SEMANTIC_MODEL, tmp_path)

    write_project(SEMANTIC_MODEL, tmp_path)
    found = content(tmp_path)
    assert {path: text for path, text in found.items() if not path.endswith(".making")} == newer
