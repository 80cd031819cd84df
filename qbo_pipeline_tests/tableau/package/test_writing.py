from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.model.findings import ModelLimitError
from qbo_pipeline.tableau.package import PackageError, definition_digest, write_data_source, write_workbook
from qbo_pipeline_tests.tableau.package.documents import NAME, PUBLISHED, connected_workbook, data_source, workbook


@pytest.fixture
def hyper(tmp_path: Path) -> Path:
    path = tmp_path / "made.hyper"
    path.write_bytes(b"Hyper" + bytes(range(256)) * 5000)
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_a_data_source_is_its_definition_and_the_extract(tmp_path: Path, hyper: Path) -> None:
    write_data_source(SEMANTIC_MODEL, hyper, tmp_path / "a.tdsx", name=NAME)

    assert parts(tmp_path / "a.tdsx") == {
        f"{NAME}.tds": data_source(),
        f"Data/Extracts/{NAME}.hyper": hyper.read_bytes(),
    }


def test_a_workbook_has_the_extract_inside(tmp_path: Path, hyper: Path) -> None:
    write_workbook(SEMANTIC_MODEL, tmp_path / "a.twbx", name=NAME, hyper=hyper, server=None)

    assert parts(tmp_path / "a.twbx") == {f"{NAME}.twb": workbook(), f"Data/Extracts/{NAME}.hyper": hyper.read_bytes()}


def test_a_workbook_of_a_published_data_source_has_no_rows(tmp_path: Path) -> None:
    write_workbook(SEMANTIC_MODEL, tmp_path / "a.twbx", name=NAME, hyper=None, server=PUBLISHED)

    assert parts(tmp_path / "a.twbx") == {f"{NAME}.twb": connected_workbook()}


def test_the_same_content_is_the_same_bytes(tmp_path: Path, hyper: Path) -> None:
    write_data_source(SEMANTIC_MODEL, hyper, tmp_path / "a.tdsx", name=NAME)
    copy = tmp_path / "copy" / "made.hyper"
    copy.parent.mkdir()
    copy.write_bytes(hyper.read_bytes())
    copy.chmod(0o600)
    write_data_source(SEMANTIC_MODEL, copy, tmp_path / "b.tdsx", name=NAME)

    assert (tmp_path / "a.tdsx").read_bytes() == (tmp_path / "b.tdsx").read_bytes()


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, hyper: Path) -> None:
    target = tmp_path / "a.tdsx"
    write_data_source(SEMANTIC_MODEL, hyper, target, name=NAME)
    before = target.read_bytes()
    files = set(tmp_path.iterdir())

    with pytest.raises(FileNotFoundError):
        write_data_source(SEMANTIC_MODEL, tmp_path / "gone.hyper", target, name=NAME)
    assert target.read_bytes() == before
    assert set(tmp_path.iterdir()) == files


def test_a_name_is_one_that_every_system_takes(tmp_path: Path, hyper: Path) -> None:
    write_data_source(SEMANTIC_MODEL, hyper, tmp_path / "a.tdsx", name="A/R: all")

    assert set(parts(tmp_path / "a.tdsx")) == {"A_R_ all.tds", "Data/Extracts/A_R_ all.hyper"}


def changed(**of_income: Any) -> SemanticModel:
    first, *others = SEMANTIC_MODEL.measures
    return replace(SEMANTIC_MODEL, measures=(replace(first, **of_income), *others))


def test_the_digest_changes_with_the_definition_alone() -> None:
    digest = definition_digest(SEMANTIC_MODEL, name=NAME)

    assert definition_digest(replace(SEMANTIC_MODEL), name=NAME) == digest
    assert definition_digest(changed(sql="SELECT 1"), name=NAME) == digest
    assert definition_digest(changed(description="Another one."), name=NAME) != digest
    assert definition_digest(changed(tableau="SUM([Debit])"), name=NAME) != digest
    assert definition_digest(SEMANTIC_MODEL, name="Other Books") != digest


def test_a_formula_that_names_nothing_is_written_nowhere(tmp_path: Path, hyper: Path) -> None:
    with pytest.raises(PackageError, match=r"field \[Total Income\]: its formula names \[Nothing\]"):
        write_data_source(changed(tableau="SUM([Nothing])"), hyper, tmp_path / "a.tdsx", name=NAME)
    assert not (tmp_path / "a.tdsx").exists()


def test_two_fields_of_one_name_are_refused(tmp_path: Path, hyper: Path) -> None:
    with pytest.raises(ModelLimitError, match="a data source shows all in one list"):
        write_data_source(changed(name="Debit"), hyper, tmp_path / "a.tdsx", name=NAME)
