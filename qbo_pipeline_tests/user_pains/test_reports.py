"""What users of other pipelines suffered from QuickBooks' reports; each test says what happens here instead.

Reported in: intuit/QuickBooks-V3-Java-SDK#245, better-reports/QuickBooksSharp#39, RoboFinSystems/robosystems#786,
intuit/quickbooks-online-mcp-server#138 (15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.quickbooks.reports.document import Report, decode
from qbo_pipeline.quickbooks.reports.errors import TruncatedReportError
from qbo_pipeline.quickbooks.reports.journal import parse_journal
from qbo_pipeline.quickbooks.reports.legs import Leg
from qbo_pipeline.quickbooks.reports.requests import Basis, ReportName, ReportRequest, legs, statement
from qbo_pipeline.quickbooks.reports.statements import Figure, parse_statement
from qbo_pipeline_tests.local.quickbooks.small_books import Caller

pytestmark = pytest.mark.end_to_end

MONTHS = [date(2026, month, 1) for month in range(5, 11)]
DAYS = (MONTHS[0], date(2026, 10, 31))
JOURNAL = legs(Basis.ACCRUAL, *DAYS)
INCOME = statement(ReportName.PROFIT_AND_LOSS, Basis.ACCRUAL, *DAYS)
SHAPES = [("v1", "en"), ("v2", "en"), ("v1", "fr"), ("v2", "fr")]


@pytest.fixture
def books(quickbooks: LocalQuickBooks, realm_id: str) -> Iterator[Caller]:
    caller = Caller(quickbooks, realm_id)
    with caller.http:
        yield caller


def switch(books: Caller, **switches: str | int) -> None:
    httpx.post(f"{books.service.url}/control/switches", json=switches).raise_for_status()


def report(books: Caller, request: ReportRequest) -> Report:
    answer = books.http.get(request.endpoint, params=dict(request.parameters), timeout=60)
    assert answer.status_code == 200, answer.text
    return decode(answer.content)


def untitled(found: list[Leg]) -> list[Leg]:
    """Without the type of the transaction, which comes in the company's language."""
    return [leg._replace(transaction_title="") for leg in found]


def test_pain_15_either_shape_in_either_language_is_the_same_report(books: Caller) -> None:
    journals: list[list[Leg]] = []
    statements: list[set[Figure]] = []
    for version, language in SHAPES:
        switch(books, report_version=version, report_language=language)
        journals.append(parse_journal(report(books, JOURNAL)))
        statements.append(set(parse_statement(report(books, INCOME), MONTHS)))

    assert len(journals[0]) > 100
    assert all(untitled(one) == untitled(journals[0]) for one in journals)
    assert {leg.transaction_title for leg in journals[0]} != {leg.transaction_title for leg in journals[-1]}
    assert all(one == statements[0] for one in statements)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pain_15_a_report_that_was_cut_within_an_answer_of_http_200_is_refused(books: Caller, version: str) -> None:
    switch(books, report_version=version, report_cells=100)

    with pytest.raises(TruncatedReportError):
        parse_journal(report(books, JOURNAL))
    with pytest.raises(TruncatedReportError):
        parse_statement(report(books, INCOME), MONTHS)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pain_15_no_summary_and_no_total_is_counted_beside_what_it_sums(books: Caller, version: str) -> None:
    switch(books, report_version=version)
    moved: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for leg in parse_journal(report(books, JOURNAL)):
        moved[leg.transaction_date.replace(day=1), leg.account_id] += leg.debit - leg.credit
    figures = parse_statement(report(books, INCOME), MONTHS)

    assert figures
    for figure in figures:
        assert figure.account_id is not None
        assert abs(figure.amount) == abs(moved[figure.month, figure.account_id]), figure
