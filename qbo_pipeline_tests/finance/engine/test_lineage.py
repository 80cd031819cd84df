"""From which columns a column is made, read off the statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import load_models, shipped
from qbo_pipeline.finance.lineage import column_lineage
from qbo_pipeline_tests.finance.engine.test_model_files import write

HEAD = """-- What it is.
-- Grain: a customer.
-- Key: a
-- Built: view
-- Source: customers.
-- Columns:
--   a: A column.
"""


@pytest.mark.parametrize(
    ("statement", "origins"),
    [
        ("SELECT id AS a FROM quickbooks.customer", {"quickbooks.customer.id"}),
        ("SELECT c.id || c.display_name AS a FROM quickbooks.customer AS c", {
            "quickbooks.customer.id", "quickbooks.customer.display_name",
        }),
        ("WITH x AS (SELECT id AS b FROM quickbooks.customer) SELECT b AS a FROM x", {"quickbooks.customer.id"}),
        ("SELECT id AS a FROM quickbooks.customer UNION ALL SELECT display_name FROM quickbooks.vendor", {
            "quickbooks.customer.id", "quickbooks.vendor.display_name",
        }),
        ("SELECT v.id AS a FROM quickbooks.customer AS c JOIN quickbooks.vendor AS v ON v.id = c.id", {
            "quickbooks.vendor.id",
        }),
        ("WITH x AS (SELECT * FROM quickbooks.customer) SELECT x.id AS a FROM x", {"quickbooks.customer.id"}),
        ("WITH x AS (SELECT * REPLACE (display_name AS id) FROM quickbooks.customer) SELECT id AS a FROM x", {
            "quickbooks.customer.display_name",
        }),
        ("SELECT sum(balance) FILTER (active) OVER (PARTITION BY id) AS a FROM quickbooks.customer", {
            "quickbooks.customer.balance", "quickbooks.customer.active", "quickbooks.customer.id",
        }),
        ("SELECT (SELECT max(balance) FROM quickbooks.vendor AS v WHERE v.id = c.id) AS a FROM quickbooks.item AS c", {
            "quickbooks.vendor.balance",
        }),
        ("SELECT balance AS b, b + 1 AS a FROM quickbooks.customer", {"quickbooks.customer.balance"}),
        ("SELECT 'x' AS a FROM quickbooks.customer", set()),
    ],
)  # fmt: skip
def test_a_column_is_followed_to_those_it_takes_its_values_from(
    tmp_path: Path, statement: str, origins: set[str]
) -> None:
    write(tmp_path, HEAD + statement)
    models = load_models(tmp_path)

    found = column_lineage(models, models.by_name["finance.x"])["a"]

    assert {f"{one.relation}.{one.column}" for one in found} == origins


def test_every_column_of_the_shipped_models_has_its_lineage_or_is_a_constant() -> None:
    models = shipped()

    for model in models.ordered:
        assert tuple(column_lineage(models, model)) == model.column_names


def test_the_ledger_is_followed_to_the_documents() -> None:
    models = shipped()

    found = column_lineage(models, models.by_name["finance.general_ledger"])["debit"]

    assert [str(one.relation) for one in found] == ["posting.leg"]
