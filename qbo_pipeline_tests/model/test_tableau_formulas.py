"""How sums that are said in SQL are said in Tableau, and what columns are called in its one list of fields."""

from __future__ import annotations

import re

import pytest

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import Kind
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.model.measures.formulas import spelled_out, summed

LEDGER = {"line": "finance.semantic_ledger_line", "account": "finance.semantic_account"}
MEASURES = {measure.name: measure for measure in SEMANTIC_MODEL.measures}


@pytest.mark.parametrize(
    ("expression", "condition", "formula"),
    [
        ("sum(line.debit)", "account.is_cash", "SUM(IF [Is Cash] THEN [Debit] END)"),
        ("-sum(line.debit)", "account.is_cash AND TRUE", "-SUM(IF [Is Cash] THEN [Debit] END)"),
        (
            "sum(line.line_count)::BIGINT",
            "account.section = 'Cost of Goods Sold'",
            'SUM(IF [Section] = "Cost of Goods Sold" THEN [Line Count (General Ledger Lines)] END)',
        ),
        (
            "sum(line.credit)",
            "line.transaction_date BETWEEN $first_day AND $last_day "
            "AND account.account_type IN ('Bank', 'Credit Card')",
            "SUM(IF [Ledger Date] >= [Parameters].[First Day] AND [Ledger Date] <= [Parameters].[Last Day] "
            'AND [Account Type] IN ("Bank", "Credit Card") THEN [Credit] END)',
        ),
        (
            "sum(line.debit)::DOUBLE / nullif(sum(line.credit), 0)",
            "account.is_payable",
            "SUM(IF [Is Payable] THEN [Debit] END) / SUM(IF [Is Payable] THEN [Credit] END)",
        ),
    ],
)
def test_a_sum_over_rows(expression: str, condition: str, formula: str) -> None:
    assert summed(expression, condition, LEDGER) == formula


@pytest.mark.parametrize(
    ("expression", "condition"), [("sum(line.debits)", "TRUE"), ("sum(line.debit)", "account.cash")]
)
def test_a_column_that_the_model_does_not_have_is_no_field(expression: str, condition: str) -> None:
    with pytest.raises(KeyError):
        summed(expression, condition, LEDGER)


def test_a_measure_made_of_others_can_be_spelled_out() -> None:
    formula = spelled_out(MEASURES["Net Operating Income"], MEASURES)

    assert formula is not None
    assert set(re.findall(r"(?<!\.)\[[^\]]+\](?!\.)", formula)) == {
        "[Ledger Basis]", "[Ledger Date]", "[Section]", "[Net Income Effect]",
    }  # fmt: skip


def test_every_column_has_a_field_of_its_own() -> None:
    names = field_names(SEMANTIC_MODEL.tables)
    columns = [one for table in SEMANTIC_MODEL.tables if table.kind is not Kind.MEASURES for one in table.columns]

    assert len(names) == len(columns) == len(set(names.values()))
    assert names["Customer", "Customer Key"] == "Customer Key"
    assert names["Payments", "Customer Key"] == "Customer Key (Payments)"


def test_what_people_see_keeps_its_name() -> None:
    names = field_names(SEMANTIC_MODEL.tables)

    assert all(
        names[table.name, one.name] == one.name
        for table in SEMANTIC_MODEL.tables
        if table.kind is not Kind.MEASURES
        for one in table.columns
        if not one.hidden
    )
