"""What QuickBooks' report has otherwise than a document, in both currencies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from qbo_pipeline_tests.finance.engine.test_what_documents_post_by import ADS, BANK, Company


@pytest.fixture
def company(empty_warehouse: Path, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    yield made
    made.books.connection.close()


def test_a_patch_is_the_same_in_the_currency_of_a_document_at_home(company: Company) -> None:
    """The report of a company with one currency has no columns for another: what it shows is of that one, too."""
    company.transfer(BANK, ADS)
    company.pull("20", "Transfer", (BANK, -60, None), (ADS, 60, None))
    company.books.build()

    legs = company.books.rows(
        "SELECT account_id, posting_source, debit - credit, foreign_debit - foreign_credit "
        "FROM posting.leg ORDER BY ALL"
    )
    assert legs == [
        (BANK, "entity", Decimal(-50), Decimal(-50)),
        (BANK, "report_patch", Decimal(-10), Decimal(-10)),
        (ADS, "entity", Decimal(50), Decimal(50)),
        (ADS, "report_patch", Decimal(10), Decimal(10)),
    ]
