"""An extract that was written, or downloaded from a server, beside what DuckDB has."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline.model.definition import Column, DataType, SemanticModel
from qbo_pipeline.tableau.errors import ExtractError
from qbo_pipeline.tableau.extract.build import Extract
from qbo_pipeline.tableau.extract.compare import sums_of, unequal
from qbo_pipeline.tableau.extract.hyperd import database, hyperd
from qbo_pipeline_tests.tableau.extract.ledger import HARBOUR, LINES, MERIDIAN, MODEL, Ledger, Line


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    return Ledger({"1": Line(), "2": Line(MERIDIAN), "3": Line(tax=Decimal(3))}).extract(tmp_path)


def test_an_extract_as_it_was_built_is_equal(extract: Extract) -> None:
    assert unequal(extract.figures, sums_of(extract.path, MODEL)) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            'UPDATE "Extract"."Ledger Lines" SET "Amount" = "Amount" + 0.01 WHERE "Line Key" = \'2\'',
            (f"Ledger Lines of {MERIDIAN}, Amount: 12.5000 in the warehouse, 12.5100 in the extract",),
        ),
        (
            'UPDATE "Extract"."Ledger Lines" SET "Amount" = "Amount" - 0.0001 WHERE "Line Key" = \'2\'',
            (f"Ledger Lines of {MERIDIAN}, Amount: 12.5000 in the warehouse, 12.4999 in the extract",),
        ),
        (
            'DELETE FROM "Extract"."Ledger Lines" WHERE "Line Key" = \'2\'',
            (
                f"Ledger Lines of {MERIDIAN}: 1 rows in the warehouse, 0 in the extract",
                f"Ledger Lines of {MERIDIAN}, Amount: 12.5000 in the warehouse, 0 in the extract",
            ),
        ),
        (
            'DELETE FROM "Extract"."Calendar"',
            ("Calendar: 1 rows in the warehouse, 0 in the extract",),
        ),
        ('DROP TABLE "Extract"."Ledger Lines"', ("Ledger Lines: not in the extract",)),
    ],
)
def test_what_differs_is_told_by_table_company_and_column(extract: Extract, change: str, told: tuple[str, ...]) -> None:
    with hyperd() as process, database(process, extract.path) as connection:
        connection.execute_command(change)

    assert unequal(extract.figures, sums_of(extract.path, MODEL)) == told


def test_amounts_that_moved_to_another_company_differ(extract: Extract) -> None:
    with hyperd() as process, database(process, extract.path) as connection:
        connection.execute_command(f'UPDATE "Extract"."Ledger Lines" SET "Company Key" = \'{HARBOUR}\'')

    assert len(unequal(extract.figures, sums_of(extract.path, MODEL))) == 4


@pytest.mark.parametrize("inside", ["Data/Extracts/QuickBooks Online.hyper", "Data/A: B/Ä.hyper"])
def test_a_packaged_data_source_is_looked_into(extract: Extract, tmp_path: Path, inside: str) -> None:
    packaged = tmp_path / "downloaded.tdsx"
    with zipfile.ZipFile(packaged, "w") as archive:
        archive.writestr("QuickBooks Online.tds", "<datasource/>")
        archive.write(extract.path, inside)

    assert unequal(extract.figures, sums_of(packaged, MODEL)) == ()
    assert {path.name for path in tmp_path.iterdir()} == {"Ledger.hyper", "work Ledger", "downloaded.tdsx"}


def test_a_package_without_an_extract_is_told(tmp_path: Path) -> None:
    packaged = tmp_path / "live.tdsx"
    with zipfile.ZipFile(packaged, "w") as archive:
        archive.writestr("live.tds", "<datasource/>")

    with pytest.raises(ExtractError, match=r"live\.tdsx has 0 extracts inside"):
        sums_of(packaged, MODEL)


def test_a_file_that_is_no_extract_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.hyper").write_text("<html>Sign in</html>")

    with pytest.raises(ExtractError, match="Hyper: "):
        sums_of(tmp_path / "page.hyper", MODEL)


def test_an_extract_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="Hyper: "):
        sums_of(tmp_path / "none.hyper", MODEL)
    assert not list(tmp_path.iterdir())


def test_an_extract_of_an_older_model_lacks_columns_and_says_so(extract: Extract) -> None:
    newer = replace(LINES, columns=(*LINES.columns, Column("Discount", "discount", DataType.MONEY, "")))

    with pytest.raises(ExtractError, match=r"Hyper: .*Discount"):
        sums_of(extract.path, SemanticModel("Ledger", (newer,), (), ()))
