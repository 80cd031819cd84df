from __future__ import annotations

import pytest

from qbo_pipeline.tableau.package.formulas import parameters_in, references_in


@pytest.mark.parametrize(
    ("formula", "fields", "parameters"),
    [
        ("SUM([Amount])", ("Amount",), ()),
        ("[Net Income] / [Total Income] + [Net Income]", ("Net Income", "Total Income"), ()),
        ("SUM(IF [Date] <= [Parameters].[Last Day] THEN [Debit] END)", ("Date", "Debit"), ("Last Day",)),
        ("IF [A] = \"[B]\" THEN '[C]' ELSE [D] END", ("A", "D"), ()),
        ("SUM([A]) // of [B]\n+ SUM([C])", ("A", "C"), ()),
        ("IF [A] = #2026-01-31# THEN [Company Key (Sales Lines)] END", ("A", "Company Key (Sales Lines)"), ()),
        ("[Gross Margin %] + [odd ]] name]", ("Gross Margin %", "odd ] name"), ()),
        ("1 + 2", (), ()),
    ],
)
def test_what_a_formula_names(formula: str, fields: tuple[str, ...], parameters: tuple[str, ...]) -> None:
    assert references_in(formula) == fields
    assert parameters_in(formula) == parameters
