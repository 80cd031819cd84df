"""When what documents are read with changes and no document does, shipped models end in the rows of a full build."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.finance.build import build
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.quickbooks.catalogue.model import Category
from qbo_pipeline_tests.finance.engine.small_books import SmallBooks

BANK, SALES, COGS, STOCK, ADS = "bank", "sales", "cogs", "stock", "zads"
ACCOUNTS = {
    BANK: ("Bank", "Checking", "Asset"),
    SALES: ("Income", "SalesOfProductIncome", "Revenue"),
    COGS: ("Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense"),
    STOCK: ("Other Current Asset", "Inventory", "Asset"),
    "rent": ("Expense", "RentOrLeaseOfBuildings", "Expense"),
    ADS: ("Expense", "AdvertisingPromotional", "Expense"),
    "prepaid": ("Other Current Asset", "PrepaidExpenses", "Asset"),
}
NOW = datetime(2026, 3, 31, 12)
PULLED = "TIMESTAMP '2026-04-01'"
MARCH = date(2026, 3, 1)


class Company:
    """Small books of the models that users have."""

    def __init__(self, database: Path) -> None:
        self.books = SmallBooks(database, shipped())
        self.record("CompanyInfo", "1", company_name="Small")
        self.record("Preferences", "1", home_currency_id="USD", multi_currency_enabled=True)
        for id_, (type_, sub_type, classification) in ACCOUNTS.items():
            self.account(id_, type_, sub_type, classification)

    def record(self, entity: str, id_: str, **values: Any) -> None:
        """A record in the place of its earlier version, noted as the merge notes it."""
        [found] = [one for one in ENTITIES if one.name == entity]
        self.books._forget(found.table, id_, "1")
        self.row(found.table, **{"id": id_, "deleted": False, "updated_at": NOW, "synced_at": NOW, **values})
        noted = id_ if found.category is Category.TRANSACTION else None
        self.books.rows("INSERT INTO audit.touched_record VALUES ('1', ?, ?)", [entity, noted])

    def row(self, table: str, **values: Any) -> None:
        self.books._row(table, "1", **values)

    def account(self, id_: str, type_: str, sub_type: str, classification: str, currency: str = "USD") -> None:
        self.record(
            "Account", id_, name=id_, account_type=type_, account_sub_type=sub_type, classification=classification,
            currency_id=currency, active=True,
        )  # fmt: skip

    def item(self, cost: int = 5, type_: str = "Inventory", stock: str = STOCK, **more: Any) -> None:
        self.record(
            "Item", "pump", name="Pump", type=type_, income_account_id=SALES, expense_account_id=COGS,
            asset_account_id=stock, purchase_cost=Decimal(cost), **more,
        )  # fmt: skip

    def transfer(self, source: str, target: str, **more: Any) -> None:
        self.record(
            "Transfer", "20", txn_date=date(2026, 3, 6), from_account_id=source, to_account_id=target,
            amount=Decimal(50), **more,
        )  # fmt: skip

    def pull(self, id_: str, title: str, *legs: tuple[str, int, str | None]) -> None:
        """QuickBooks' report of March with one transaction: account, amount and item of each leg."""
        for number, (account, amount, item) in enumerate(legs, 1):
            self.books.rows(
                "INSERT INTO reports.posted_leg BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, ? AS month, "
                "? AS transaction_id, ? AS transaction_title, ? AS leg_number, ? AS transaction_date, ? AS account_id, "
                "'' AS account_name, ? AS debit, ? AS credit, ? AS item_id, 6 AS quantity, 1 AS pull",
                [MARCH, id_, title, number, date(2026, 3, 6), account, max(amount, 0), max(-amount, 0), item],
            )
        self.books.rows(
            "INSERT INTO reports.month_pull BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, ? AS month, "
            f"'x' AS digest, {PULLED} AS pulled_at, ? AS legs, 0 AS debit, 0 AS credit, 1 AS requests, 1 AS pull",
            [MARCH, len(legs)],
        )


@pytest.fixture
def company(empty_warehouse: Path, tmp_path: Path) -> Iterator[Company]:
    path = tmp_path / "build.duckdb"
    shutil.copyfile(empty_warehouse, path)
    made = Company(path)
    yield made
    made.books.connection.close()


def _cost_of_stock(company: Company, *, changed: bool) -> None:
    company.item(cost=9 if changed else 5)
    if not changed:
        _sell_two_pumps(company)


def _stock_is_tracked_from_a_later_day_on(company: Company, *, changed: bool) -> None:
    company.item(inventory_start_date=date(2026, 3, 6 if changed else 1))
    if not changed:
        _sell_two_pumps(company)


def _sell_two_pumps(company: Company) -> None:
    company.record("Invoice", "10", txn_date=date(2026, 3, 5), total_amt=Decimal(100), customer_id="c")
    company.row(
        "invoice_line", invoice_id="10", line_number=1, detail_type="SalesItemLineDetail", item_id="pump",
        quantity=Decimal(2), amount=Decimal(100),
    )  # fmt: skip


def _an_account_becomes_cash(company: Company, *, changed: bool) -> None:
    if changed:
        company.account(ADS, "Bank", "Checking", "Asset")
    else:
        company.transfer(BANK, ADS)


def _a_foreign_account_comes_after_its_documents(company: Company, *, changed: bool) -> None:
    if changed:
        company.account("euro", "Bank", "Checking", "Asset", "EUR")
    else:
        company.transfer(BANK, "euro", currency_id="EUR", exchange_rate=Decimal("1.1"))


def _an_account_goes_to_another_statement(company: Company, *, changed: bool) -> None:
    """Only between accounts of the balance sheet a difference is taken for one of rates."""
    if changed:
        company.account(ADS, "Other Current Asset", "PrepaidExpenses", "Asset")
    else:
        company.transfer(ADS, "prepaid", currency_id="EUR", exchange_rate=Decimal("1.1"))
        company.pull("20", "Transfer", (ADS, -60, None), ("prepaid", 60, None))


def _a_tax_code_comes_after_its_documents(company: Company, *, changed: bool) -> None:
    """Of a sale and a purchase in one journal entry only the codes tell on which side each tax is."""
    if changed:
        company.record("TaxCode", "bought", name="Bought")
        company.row("tax_code_purchase_tax_rate", tax_code_id="bought", tax_rate_id="1")
        return
    company.record("TaxAgency", "1", display_name="Ohio")
    for rate in ("1", "2"):
        company.record("TaxRate", rate, agency_id="1")
    company.record("JournalEntry", "30", txn_date=date(2026, 3, 7))
    lines = (("Debit", ADS, 100, "bought"), ("Credit", SALES, 200, "sold"), ("Debit", BANK, 110, None))
    for number, (side, account, amount, code) in enumerate(lines, 1):
        company.row(
            "journal_entry_line", journal_entry_id="30", line_number=number, detail_type="JournalEntryLineDetail",
            posting_type=side, account_id=account, amount=Decimal(amount), tax_code_id=code,
        )  # fmt: skip
    for number, amount in enumerate((10, 20), 1):
        company.row(
            "journal_entry_tax_line", journal_entry_id="30", tax_line_number=number, amount=Decimal(amount),
            tax_rate_id=str(number),
        )  # fmt: skip


def _stock_of_an_assembly_is_on_another_account(company: Company, *, changed: bool) -> None:
    if changed:
        company.item(type_="Assembly", stock="prepaid")
        return
    company.account("prepaid", "Other Current Asset", "Inventory", "Asset")
    company.item(type_="Assembly")
    company.record("InventoryAdjustment", "40", txn_date=date(2026, 3, 8), adjust_account_id=COGS)
    company.row(
        "inventory_adjustment_line", inventory_adjustment_id="40", line_number=1, item_id="pump",
        quantity_difference=Decimal(1), value_difference=Decimal(7),
    )  # fmt: skip


def _an_item_comes_after_the_report_of_its_starting_value(company: Company, *, changed: bool) -> None:
    if changed:
        company.item()
    else:
        company.pull("50", "Inventory Starting Value", (STOCK, 60, "pump"), (SALES, -60, None))


@pytest.mark.parametrize(
    "step",
    [
        _cost_of_stock,
        _stock_is_tracked_from_a_later_day_on,
        _an_account_becomes_cash,
        _a_foreign_account_comes_after_its_documents,
        _an_account_goes_to_another_statement,
        _a_tax_code_comes_after_its_documents,
        _stock_of_an_assembly_is_on_another_account,
        _an_item_comes_after_the_report_of_its_starting_value,
    ],
    ids=lambda step: step.__name__.strip("_"),
)
def test_what_changes_beside_the_documents_is_in_the_models(company: Company, step: Any) -> None:
    step(company, changed=False)
    company.books.build()
    before = company.books.contents()
    step(company, changed=True)
    company.books.build()
    kept = company.books.contents()
    build(company.books.connection, shipped(), full=True)

    assert kept == company.books.contents() != before
