"""A table is not compared again with rows that it was compared with: the build of the models notes when they change.

Rows are changed here behind the back of that note, so that it shows whether anybody looked at them.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.delivered import Delivered
from qbo_pipeline.power_bi.publication import Publication
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import ACCOUNT, HARBOUR, LINES, MERIDIAN, MODEL, Books, Line, lines, with_tables
from qbo_pipeline_tests.power_bi.conftest import Publish

FIRST, SECOND = 2025, 2026


def found(done: Publication) -> list[str]:
    """The tables of which something was found to differ."""
    return [one.table for one in done.tables if one.kind is not None]


def change_unnoticed(books: Books) -> None:
    """Change a line and an account."""
    books.put(Line(f"{HARBOUR}|3", HARBOUR, "1", Decimal("12345.67")))
    books.accounts["1"] = "Revenue"


@pytest.fixture
def compared(publishing: Publish, books: Books) -> Publication:
    """Everything was published, and nothing differed when it was compared after that."""
    books.put(*lines(HARBOUR, 30), *lines(MERIDIAN, 5))
    books.versions = {LINES.relation: FIRST, ACCOUNT.relation: FIRST}
    publishing()
    return publishing()


@pytest.mark.usefixtures("compared")
def test_rows_of_the_version_that_was_compared_are_not_looked_at_again(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)

    assert found(publishing(compare=lambda: False)) == []


@pytest.mark.usefixtures("compared")
def test_rows_of_another_version_are_compared_and_no_others(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)
    books.versions[LINES.relation] = SECOND

    assert found(publishing(compare=lambda: False)) == ["Ledger Lines"]


@pytest.mark.usefixtures("compared")
def test_rows_whose_version_is_not_known_are_compared(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)
    del books.versions[ACCOUNT.relation]

    assert found(publishing(compare=lambda: False)) == ["Account"]


@pytest.mark.usefixtures("compared")
def test_everything_is_compared_where_that_is_asked_for(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)

    assert found(publishing(everything=True, compare=lambda: False)) == ["Account", "Ledger Lines"]


@pytest.mark.usefixtures("compared")
def test_everything_is_compared_while_the_models_are_not_of_the_state_of_the_tables(
    publishing: Publish, books: Books
) -> None:
    change_unnoticed(books)
    books.failed = True

    assert found(publishing(compare=lambda: False)) == ["Account", "Ledger Lines"]


def test_what_was_sent_is_compared_once_more(publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 30))
    books.versions = {LINES.relation: FIRST, ACCOUNT.relation: FIRST}
    publishing()
    change_unnoticed(books)

    assert found(publishing(compare=lambda: False)) == ["Account", "Ledger Lines"]


@pytest.mark.usefixtures("compared")
def test_rows_of_other_companies_are_compared(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)

    assert found(publishing(companies=[HARBOUR], compare=lambda: False)) == ["Account", "Ledger Lines"]


@pytest.mark.usefixtures("compared")
def test_a_table_with_another_column_is_compared(publishing: Publish, books: Books) -> None:
    change_unnoticed(books)
    without_memo = tuple(column for column in LINES.columns if column.name != "Memo")
    fewer = with_tables(MODEL, {LINES.name: replace(LINES, columns=without_memo)})

    assert LINES.name in found(publishing(model=fewer, allow_breaking=True, compare=lambda: False))


def test_a_table_in_doubt_is_sent_whatever_was_compared(
    publishing: Publish, books: Books, settings: Settings, compared: Publication, power_bi: LocalPowerBI
) -> None:
    [path] = settings.data.root.rglob(f"*{compared.dataset_id}*.duckdb")
    with Delivered(path) as record:
        record.doubt("Ledger Lines")

    done = publishing(compare=lambda: False)

    assert found(done) == ["Ledger Lines"]
    assert len(power_bi.rows(compared.dataset_id, "Ledger Lines")) == len(books.lines)


def test_a_row_that_does_not_fit_is_told_of_every_time(publishing: Publish, books: Books) -> None:
    books.put(*lines(HARBOUR, 3), Line("bad", HARBOUR, "1", Decimal("12.34567")))
    books.versions = {LINES.relation: FIRST}

    assert [publishing(compare=lambda: False).quarantined for _ in range(3)] == [1, 1, 1]
