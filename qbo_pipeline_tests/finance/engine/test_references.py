"""What a statement reads, told by its words: relations with their places, and the columns it can name of them."""

from __future__ import annotations

import pytest

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.finance.references import column_words, references, replace_references, tokens


def words(statement: str) -> frozenset[str] | None:
    found = tokens(statement)
    return column_words(found, references(statement, found))


def test_relations_are_replaced_where_they_are_named_and_keep_the_name_the_statement_knows_them_by() -> None:
    statement = (
        "SELECT 'ä … posting.leg' AS x, -- posting.leg\nleg.y FROM posting.leg JOIN posting.\"leg\" AS other USING (x)"
    )
    found = references(statement, tokens(statement))

    assert [(one.relation, one.line, one.alias) for one in found] == [
        (Relation("posting", "leg"), 2, ""),
        (Relation("posting", "leg"), 2, "other"),
    ]
    assert replace_references(statement, found, lambda _: "t").endswith('FROM t AS "leg" JOIN t AS other USING (x)')


def test_the_words_of_a_statement_are_the_columns_it_can_read() -> None:
    assert words("SELECT a.id, count(*), 2 * total_amt FROM quickbooks.invoice AS a") == frozenset({
        "select", "a", "id", "count", "2", "total_amt", "from", "quickbooks", "invoice", "as",
    })  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM quickbooks.invoice",
        "SELECT DISTINCT * FROM changed.invoice",
        "SELECT DISTINCT ON (id) * FROM changed.invoice",
        "SELECT id, * EXCLUDE (deleted) FROM quickbooks.invoice",
        "SELECT one.* FROM quickbooks.invoice AS one",
        "SELECT invoice.* FROM quickbooks.invoice",
        "WITH one AS (SELECT * FROM quickbooks.invoice) SELECT id FROM one",
        "SELECT * FROM (SELECT id FROM quickbooks.invoice)",
        "FROM quickbooks.invoice",
        "WITH one AS (FROM quickbooks.invoice) SELECT id FROM one",
        "SELECT id FROM quickbooks.bill UNION ALL FROM quickbooks.invoice",
    ],
)
def test_where_a_star_may_stand_for_columns_of_quickbooks_any_column_can_be_read(statement: str) -> None:
    assert words(statement) is None


@pytest.mark.parametrize(
    "statement",
    [
        "WITH one AS (SELECT id FROM quickbooks.invoice) SELECT * FROM one",
        "WITH one AS (SELECT id FROM quickbooks.invoice) SELECT one.* REPLACE (1 AS id) FROM one",
        "SELECT * FROM posting.leg",
        "WITH one AS (SELECT * FROM posting.leg UNION ALL SELECT id FROM quickbooks.invoice) SELECT id FROM one",
        "SELECT count(*) FROM quickbooks.invoice",
    ],
)
def test_a_star_for_what_the_statement_or_a_model_has_made_names_no_column_of_quickbooks(statement: str) -> None:
    assert words(statement) is not None
