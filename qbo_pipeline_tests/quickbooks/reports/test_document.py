"""What every report has in common, and that none is read further than it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from qbo_pipeline.quickbooks.reports.balances import parse_trial_balance
from qbo_pipeline.quickbooks.reports.document import Report, decode
from qbo_pipeline.quickbooks.reports.errors import ReportShapeError
from qbo_pipeline.quickbooks.reports.general_ledger import parse_general_ledger
from qbo_pipeline.quickbooks.reports.journal import parse_journal
from qbo_pipeline.quickbooks.reports.statements import parse_statement
from qbo_pipeline_tests.quickbooks.reports.made_reports import LEG_KEYS, columns

MAY = date(2026, 5, 1)
WHOLE: list[dict[str, str]] = [{"value": "Total"}, *[{"value": ""}] * (len(LEG_KEYS) - 1)]


def month(report: Report) -> object:
    return parse_statement(report, [MAY])


def a_section(head: list[dict[str, str]], total: list[dict[str, str]]) -> dict[str, Any]:
    return {"Header": {"ColData": head}, "Rows": {}, "Summary": {"ColData": total}}


def a_month() -> dict[str, Any]:
    named = columns(("account", "total"))
    named["Column"][1]["MetaData"] += [{"Name": "StartDate", "Value": f"{MAY}"}, {"Name": "EndDate", "Value": f"{MAY}"}]
    return named


@pytest.mark.parametrize(
    ("parse", "column", "row"),
    [
        pytest.param(month, a_month(), a_section(WHOLE[:2], WHOLE[:1]), id="statement, summary"),
        pytest.param(month, a_month(), a_section([], WHOLE[:2]), id="statement, header"),
        pytest.param(parse_journal, columns(LEG_KEYS), {"Summary": {"ColData": WHOLE[:1]}}, id="journal"),
        pytest.param(parse_general_ledger, columns(LEG_KEYS), a_section(WHOLE, WHOLE[:1]), id="ledger, summary"),
        pytest.param(parse_general_ledger, columns(LEG_KEYS), a_section([], WHOLE), id="ledger, header"),
        pytest.param(
            parse_trial_balance, columns(("account", "debit", "credit")), {"Summary": {"ColData": WHOLE[:1]}},
            id="trial balance",
        ),
    ],
)  # fmt: skip
def test_a_header_or_summary_that_is_too_short_is_refused_as_that(
    parse: Callable[[Report], object], column: dict[str, Any], row: dict[str, Any]
) -> None:
    report = {"Header": {"ReportName": "One"}, "Columns": column, "Rows": {"Row": [row]}}
    with pytest.raises(ReportShapeError, match=r"header or summary .* has only [01] cells"):
        parse(decode(json.dumps(report).encode()))


def test_a_report_that_is_nested_beyond_reading_is_none() -> None:
    rows = b'{"Row":[{"Rows":' * 50_000 + b"{}" + b"}]}" * 50_000
    with pytest.raises(ReportShapeError, match="is no report"):
        decode(b'{"Header":{},"Columns":{},"Rows":' + rows + b"}")
