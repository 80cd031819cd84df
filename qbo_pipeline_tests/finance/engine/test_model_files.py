"""What is no model is refused with the file, the line and what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import load_models
from qbo_pipeline.finance.header import SqlFileError
from qbo_pipeline.finance.model import Built, Relation
from qbo_pipeline_tests.finance.engine.small_books import FOLDER

HEAD = """-- What it is.
-- Grain: a customer.
-- Key: realm_id
-- Built: view
-- Source: customers.
-- Columns:
--   realm_id: The company.
"""


def write(folder: Path, text: str, name: str = "finance/x.sql") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ("-- What it is.\n", "", 1, "say in a comment what this is"),
        ("-- Grain: a customer.\n", "", 1, "no line '-- Grain: …'"),
        ("-- Built: view", "-- Built: vieuw", 4, "'vieuw' is no way to build: inline, view, table"),
        ("-- Source:", "-- Sauce:", 5, "'Sauce:' is none of"),
        ("-- Key: realm_id", "-- Key: realm_id, id", 3, "Key column id is none of the columns"),
        ("-- Built: view", "-- Built: documents", 4, "has the columns transaction_id, too"),
        ("-- Built: view", "-- Built: macro", 4, "has a line '-- Parameters: …'"),
        (
            "-- Built: view",
            "-- Built: view\n-- Documents: posting.leg",
            5,
            "Only a table can be of the documents of a model",
        ),
        ("-- Built: view", "-- Built: table\n-- Documents: posting.leg", 5, "and reads it: posting.leg"),
        ("--   realm_id: The company.\n", "", 6, "describes no columns"),
        ("--   realm_id: The company.\n", "--   realm_id: A.\n--   realm_id: B.\n", 8, "described twice"),
        ("SELECT", "SELECT 1;\nSELECT", 8, "one statement, without a semicolon"),
        ("quickbooks.customer", "quickbooks.custommer", 10, "reads quickbooks.custommer, and there is no such"),
        ("quickbooks.customer", "finance.nothing", 10, "reads finance.nothing, and there is no such"),
        ("quickbooks.customer", "changed.invoice", 10, "for what is built by documents or months"),
        ("SELECT realm_id", "SELECT quickbooks.customer.realm_id", 8, "give the relation an alias"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, before: str, after: str, line: int, told: str) -> None:
    text = f"{HEAD}SELECT realm_id\n-- of all customers\nFROM quickbooks.customer\n"
    assert before in text
    path = write(tmp_path, text.replace(before, after, 1))

    with pytest.raises(SqlFileError) as caught:
        load_models(tmp_path)

    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert told in str(caught.value)


def test_a_model_without_the_key_of_documents_names_none(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("view", "table") + "SELECT realm_id FROM quickbooks.customer", "finance/y.sql")
    head = HEAD.replace("view", "table\n-- Documents: finance.y")
    write(tmp_path, f"{head}SELECT realm_id FROM quickbooks.invoice SEMI JOIN finance.y USING (realm_id)")

    with pytest.raises(
        SqlFileError, match=r"finance\.y has no rows with realm_id, transaction_id: it names no documents"
    ):
        load_models(tmp_path)


def test_models_that_are_made_from_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}SELECT realm_id FROM finance.y", "finance/x.sql")
    write(tmp_path, f"{HEAD}SELECT realm_id FROM finance.x", "finance/y.sql")

    with pytest.raises(SqlFileError, match=r"made from each other: finance\.\w → finance\.\w → finance\.\w"):
        load_models(tmp_path)


def test_a_view_cannot_read_what_is_not_in_the_warehouse(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("view", "inline") + "SELECT realm_id FROM quickbooks.customer", "posting/y.sql")
    write(tmp_path, f"{HEAD}SELECT realm_id FROM posting.y")

    with pytest.raises(SqlFileError, match=r"posting\.y is inline: readers of a view would not find it"):
        load_models(tmp_path)


def test_a_model_outside_the_two_schemas_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}SELECT realm_id FROM quickbooks.customer", "marts/x.sql")

    with pytest.raises(SqlFileError, match="lies in a folder posting or finance, not in 'marts'"):
        load_models(tmp_path)


def test_what_a_model_is_made_from_is_read_off_its_statement(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "models")
    models = load_models(tmp_path / "models")

    assert models.upstream["posting.leg"] == {
        Relation("posting", "invoice"),
        Relation("posting", "payment"),
        Relation("reports", "posted_leg"),
        Relation("reports", "month_pull"),
    }
    order = [model.name for model in models.ordered]
    assert order.index("posting.invoice") < order.index("posting.leg") < order.index("finance.account_month")


def test_a_comment_and_a_text_name_no_relation(tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}SELECT 'quickbooks.nothing' AS realm_id -- as in finance.nothing\nFROM quickbooks.customer")

    assert load_models(tmp_path).upstream["finance.x"] == {Relation("quickbooks", "customer")}


def test_the_description_of_a_column_may_take_several_lines() -> None:
    model = load_models(FOLDER).by_name["finance.balance"]

    assert model.built is Built.VIEW
    assert model.columns[-1].description == "Debits less credits, from the beginning on."
