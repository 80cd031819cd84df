"""The reports of both demo companies agree with each other, and with the records, in every month of their history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial

import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, generate
from qbo_pipeline.local.quickbooks.books.company_books import CompanyBooks
from qbo_pipeline.local.quickbooks.json_text import loads
from qbo_pipeline.local.quickbooks.reports.aging import PAYABLES, RECEIVABLES, open_items
from qbo_pipeline.local.quickbooks.reports.company_ledger import CompanyLedgers
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline.local.quickbooks.reports.stock_valuation import valuation_detail, valuation_summary
from qbo_pipeline.local.quickbooks.reports.table import Data
from qbo_pipeline.local.quickbooks.store import Record, Store
from qbo_pipeline_tests.local.quickbooks.report_books import asked, months
from qbo_pipeline_tests.local.quickbooks.report_invariants import amount, every_section, hold_for_month


@dataclass(frozen=True)
class Demo:
    """A demo company in a store, and its ledger."""

    store: Store
    realm: str
    ledger: Ledger
    as_of: date

    def records(self, entity: str) -> Iterator[Record]:
        return (loads(text) for text in self.store.records(self.realm, entity))


@pytest.fixture(scope="module", params=DEMO_COMPANIES)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    company = generate(request.param, scale=0.3)  # which has every kind of document, too
    store = Store(tmp_path_factory.mktemp("service") / "quickbooks.sqlite")
    store.add_company(company)
    ledger = CompanyLedgers(store, cache(partial(CompanyBooks, store)))(company.realm_id)
    yield Demo(store, company.realm_id, ledger, company.as_of)
    store.close()


def test_statements_ledger_journal_and_aging_agree_in_every_month(demo: Demo) -> None:
    for month in months(demo.ledger.first_day, demo.as_of):
        hold_for_month(demo.ledger, month)


def test_the_value_of_stock_is_the_inventory_account_in_every_month(demo: Demo) -> None:
    ledger = demo.ledger
    stock = [one.id for one in ledger.accounts.by_id.values() if one.subtype == "Inventory"]
    for month in months(ledger.first_day, demo.as_of):
        request = asked(ledger, start_date=month.start.isoformat(), end_date=month.end.isoformat())
        held = sum((ledger.balances().totals.balance(one, month.end) for one in stock), Decimal(0))
        totals = [row for row in valuation_summary(ledger, request).rows if isinstance(row, Data) and row.group]
        assert sum(amount(row.cells[3]) for row in totals) == held, month
        began = sum((ledger.balances().opening(one, month.start) for one in stock), Decimal(0))
        moved = [amount(one.summary[6]) for one in every_section(valuation_detail(ledger, request)) if one.summary]
        assert began + sum(moved) == held, month


def test_open_items_are_the_balances_that_the_documents_show(demo: Demo) -> None:
    ledger = demo.ledger
    request = asked(ledger, report_date=demo.as_of.isoformat())
    for side, entity in ((RECEIVABLES, "Invoice"), (PAYABLES, "Bill")):
        # Parts of a foreign document are converted one by one, which can leave a cent of home currency behind.
        items = {
            one.transaction.id
            for one in open_items(ledger, request, side)
            if one.transaction.entity == entity and abs(one.amount) > Decimal("0.01")
        }
        shown = {one["Id"] for one in demo.records(entity) if Decimal(one["Balance"])}
        assert items == shown, entity


def test_names_of_every_line_are_known(demo: Demo) -> None:
    for transaction in demo.ledger.transactions():
        for name in {transaction.name, *(leg.name for leg in transaction.legs)} - {None}:
            assert name is not None
            assert demo.ledger.name(name.kind, name.id), (transaction.entity, transaction.id)
