"""A build brings the models up to date with the tables: all of them, or what changes made due."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from qbo_pipeline.finance.build import Build, How
from qbo_pipeline.finance.catalogue import load_models
from qbo_pipeline.finance.errors import ModelError
from qbo_pipeline.finance.state import failure, note_failure, remembered
from qbo_pipeline_tests.finance.engine.small_books import FOLDER, SmallBooks

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def ways(done: Build) -> dict[str, How]:
    return {one.name: one.how for one in done.models}


@pytest.fixture
def built(books: SmallBooks) -> SmallBooks:
    books.item("1", "sales")
    books.customer("7", "Wildflower")
    books.invoice("10", date(2026, 1, 5), ("1", 100), ("1", 50))
    books.invoice("11", date(2026, 2, 6), ("1", 30))
    books.payment("20", date(2026, 2, 7), 150, "10")
    books.build()
    return books


def legs(books: SmallBooks, transaction: str) -> list[tuple[object, ...]]:
    return books.rows(
        "SELECT basis, account_id, amount::INTEGER FROM posting.leg WHERE transaction_id = ? ORDER BY ALL",
        [transaction],
    )


def test_the_first_build_makes_everything(built: SmallBooks) -> None:
    assert legs(built, "10") == [("Accrual", "receivable", 150), ("Accrual", "sales", -100), ("Accrual", "sales", -50)]
    assert built.rows("SELECT month, balance::INTEGER FROM finance.balance WHERE account_id = 'receivable'") == [
        (JANUARY, 150),
        (FEBRUARY, 30),
    ]


def test_where_nothing_changed_nothing_is_built(built: SmallBooks) -> None:
    assert built.build().rebuilt == ()


def test_a_changed_document_is_replaced_and_its_months_with_it(built: SmallBooks) -> None:
    built.invoice("11", date(2026, 3, 1), ("1", 40))

    done = built.build()

    assert ways(done)["posting.leg"] is How.DOCUMENTS
    assert ways(done)["finance.account_month"] is How.MONTHS
    assert ways(done)["finance.customer"] is How.UNCHANGED
    assert (done.documents, done.months) == (1, 2)
    assert legs(built, "11") == [("Accrual", "receivable", 40), ("Accrual", "sales", -40)]
    assert built.rows("SELECT DISTINCT month FROM finance.account_month WHERE account_id = 'sales' ORDER BY 1") == [
        (JANUARY,), (date(2026, 3, 1),)
    ]  # fmt: skip


def test_a_document_without_rows_in_a_model_leaves_it_as_it_was(built: SmallBooks) -> None:
    noted = built.noted_changes()
    built.invoice("11", date(2026, 3, 1), ("1", 40))

    done = built.build()

    assert ways(done)["posting.document_link"] is How.UNCHANGED
    assert built.noted_changes()["posting.document_link"] == noted["posting.document_link"]
    assert built.noted_changes()["posting.leg"] > noted["posting.leg"]


def test_a_warehouse_in_which_no_changes_were_noted_has_them_with_the_next_build(built: SmallBooks) -> None:
    noted = built.noted_changes()
    built.rows("DROP TABLE audit.model_change")
    built.invoice("11", date(2026, 3, 1), ("1", 40))

    built.build()

    assert built.noted_changes().keys() == noted.keys()


def test_documents_linked_with_a_changed_one_are_built_with_it(built: SmallBooks) -> None:
    built.invoice("10", date(2026, 1, 5), ("1", 150), number="A-7")

    assert built.build().documents == 2
    assert legs(built, "20")[0] == ("Accrual", "bank A-7", 150)


def test_a_deleted_document_counts_nowhere(built: SmallBooks) -> None:
    built.delete("invoice", "11")
    built.build()

    assert legs(built, "11") == []


def test_where_a_model_has_nothing_more_of_any_touched_document_its_rows_are_gone(built: SmallBooks) -> None:
    built.invoice("11", date(2026, 2, 6), ("1", 30), links=["elsewhere"])
    built.build()
    built.invoice("11", date(2026, 2, 6), ("1", 30))
    built.build()

    assert built.rows("SELECT * FROM posting.document_link WHERE transaction_id = '11'") == []


def test_when_an_item_posts_elsewhere_its_documents_are_built(built: SmallBooks) -> None:
    built.item("2", "services")
    built.item("1", "consulting")

    done = built.build()

    assert done.documents is not None
    assert {account for _, account, _ in legs(built, "11")} == {"receivable", "consulting"}


def test_when_anything_else_changes_that_documents_post_by_all_of_the_company_are_built(built: SmallBooks) -> None:
    built.invoice("90", date(2026, 1, 9), ("1", 5), realm="2")
    built.build()
    built.currency("EUR")

    assert built.build().documents == 3


def test_a_pulled_month_confirms_its_documents(built: SmallBooks) -> None:
    built.pull("Accrual", FEBRUARY, ("11", "receivable", 30), ("payroll", "wages", 900))
    built.build()

    assert built.rows("SELECT DISTINCT transaction_id FROM posting.leg WHERE confirmed ORDER BY 1") == [
        ("11",), ("20",), ("payroll",)
    ]  # fmt: skip


def test_what_a_report_no_longer_shows_is_gone(built: SmallBooks) -> None:
    built.pull("Accrual", FEBRUARY, ("payroll", "wages", 900))
    built.build()
    built.pull("Accrual", FEBRUARY)
    built.build()

    assert legs(built, "payroll") == []


def test_a_table_is_made_anew_when_what_it_is_made_from_changed(built: SmallBooks) -> None:
    built.customer("8", "Pioneer")

    assert [(one.name, one.how) for one in built.build().rebuilt] == [("finance.customer", How.WHOLE)]
    assert built.rows("SELECT count(*) FROM finance.customer") == [(2,)]


def test_a_table_whose_rows_stay_the_same_is_left_alone_with_what_is_made_from_it(built: SmallBooks) -> None:
    built.customer("7", "Wildflower")

    assert built.build().rebuilt == ()


def test_a_table_about_some_documents_is_made_anew_when_these_change_and_for_no_others(built: SmallBooks) -> None:
    built.invoice("11", date(2026, 2, 6), ("1", 35))
    assert ways(built.build())["finance.first_invoice"] is How.UNCHANGED

    built.invoice("10", date(2026, 1, 5), ("1", 160))
    assert ways(built.build())["finance.first_invoice"] is How.WHOLE
    assert built.rows("SELECT lines::INTEGER FROM finance.first_invoice") == [(160,)]


def test_a_table_about_some_documents_is_made_anew_when_it_is_about_others(built: SmallBooks) -> None:
    built.invoice("09", date(2026, 1, 5), ("1", 7))
    built.build()

    assert built.rows("SELECT lines::INTEGER FROM finance.first_invoice") == [(7,)]


def test_a_model_that_is_written_anew_is_built_anew_with_what_is_made_from_it(
    built: SmallBooks, tmp_path: Path
) -> None:
    changed = copied_models(tmp_path, "finance/account_month.sql", "sum(amount) AS amount", "2 * sum(amount) AS amount")
    built.models = load_models(changed)

    done = built.build()

    assert {one.name for one in done.rebuilt} == {"finance.account_month", "finance.balance", "finance.balance_as_of"}
    assert built.rows("SELECT max(balance)::INTEGER FROM finance.balance WHERE account_id = 'receivable'") == [(300,)]


def test_a_model_may_become_of_another_kind(built: SmallBooks, tmp_path: Path) -> None:
    changed = copied_models(tmp_path, "finance/customer.sql", "Built: table", "Built: view")
    built.models = load_models(changed)
    built.build()

    assert built.rows("SELECT view_name FROM duckdb_views() WHERE view_name = 'customer' AND schema_name = 'finance'")


def test_what_is_no_model_any_more_is_taken_away(built: SmallBooks, tmp_path: Path) -> None:
    folder = copied_models(tmp_path, "finance/customer.sql", "", "")
    (folder / "finance" / "customer.sql").unlink()
    built.models = load_models(folder)
    built.build()

    assert "finance.customer" not in remembered(built.rows)
    with pytest.raises(duckdb.CatalogException):
        built.rows("SELECT * FROM finance.customer")


def test_everything_is_described_in_the_warehouse(built: SmallBooks) -> None:
    assert built.rows("SELECT comment FROM duckdb_views() WHERE view_name = 'balance'") == [
        ("Balance of each account at the end of each month in which it moved. Grain: an account, month and basis. "
         "Source: finance.account_month.",)
    ]  # fmt: skip
    assert built.rows(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'balance' AND column_name = 'balance'"
    ) == [("Debits less credits, from the beginning on.",)]
    undescribed = built.rows(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name IN ('posting', 'finance') AND comment IS NULL"
    )
    assert undescribed == []


def test_a_macro_answers(built: SmallBooks) -> None:
    assert built.rows(
        "SELECT balance::INTEGER FROM finance.balance_as_of(DATE '2026-01-01') WHERE account_id = 'receivable'"
    ) == [(150,)]


def test_a_model_that_fails_leaves_the_last_good_state_and_is_named(built: SmallBooks, tmp_path: Path) -> None:
    good = built.contents()
    broken = copied_models(tmp_path, "finance/account_month.sql", "sum(amount)", "sum(amount / (no_such_column))")
    built.models = load_models(broken)
    built.invoice("12", date(2026, 1, 8), ("1", 1))

    with pytest.raises(ModelError, match="no_such_column") as caught:
        built.build()

    assert caught.value.model == "finance.account_month"
    assert built.contents() == good


def test_an_inline_model_that_fails_is_named_itself(built: SmallBooks, tmp_path: Path) -> None:
    broken = copied_models(tmp_path, "posting/payment.sql", "payment.total_amt ELSE", "payment.sum_total ELSE")
    built.models = load_models(broken)

    with pytest.raises(ModelError) as caught:
        built.build()

    assert caught.value.model == "posting.payment"


def test_a_failure_is_remembered_until_a_build_succeeds(built: SmallBooks) -> None:
    note_failure(built.connection, ModelError("finance.x", None, "SELECT", "no such table"), built_at(built))
    told = failure(built.rows)
    assert told is not None
    assert "finance.x: no such table" in told.sentence

    built.customer("9", "Later")
    built.build()

    assert failure(built.rows) is None


def built_at(books: SmallBooks) -> datetime:
    return remembered(books.rows)["posting.leg"].built_at


def copied_models(tmp_path: Path, file: str, before: str, after: str) -> Path:
    """The models with a change in one file."""
    folder = tmp_path / "models"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text()
    assert before in text
    (folder / file).write_text(text.replace(before, after))
    return folder
