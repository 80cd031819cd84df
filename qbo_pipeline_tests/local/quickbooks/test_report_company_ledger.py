"""The ledger of a company of the service: postings of its books, names and settings of its records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qbo_pipeline.local.quickbooks.books.model import Application, Transaction
from qbo_pipeline.local.quickbooks.reports.company_ledger import CompanyLedgers
from qbo_pipeline.local.quickbooks.store import Store
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, SmallBooks, stamped

START = "2026-01-01T08:00:00-08:00"


class Posted:
    def transactions(self) -> list[Transaction]:
        return []

    def applications(self) -> list[Application]:
        return []


def records() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("CompanyInfo", stamped("1", START, FiscalYearStartMonth="July")),
        (
            "Preferences",
            stamped(
                "1",
                START,
                ReportPrefs={"ReportBasis": "Cash"},
                CurrencyPrefs={"HomeCurrency": {"value": "CAD"}, "MultiCurrencyEnabled": True},
            ),
        ),
        ("Account", stamped("1", START, Name="Checking", AccountType="Bank", Active=True)),
        ("Account", stamped("2", START, Name="Sales", AccountType="Income", Active=True, AcctNum="4000")),
        (
            "Account",
            stamped("3", START, Name="Design", AccountType="Income", Active=False, ParentRef={"value": "2"}),
        ),
        (
            "Customer",
            stamped("4", START, DisplayName="Twin Lane", FullyQualifiedName="Freeman:Twin Lane", Active=False),
        ),
        ("Vendor", stamped("5", START, DisplayName="Cal Telephone", Active=True)),
        ("Item", stamped("6", START, Name="Pump", FullyQualifiedName="Garden:Pump", Sku="P-1", Active=True)),
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(tmp_path / "quickbooks.sqlite")
    one.add_company(SmallBooks(records=records(), deleted=()))
    yield one
    one.close()


def test_settings_come_from_the_preferences_and_the_company(store: Store) -> None:
    ledger = CompanyLedgers(store, lambda _: Posted())(REALM)
    assert (ledger.home_currency, ledger.multi_currency, ledger.preferred_basis) == ("CAD", True, "Cash")
    assert ledger.first_month == 7


def test_names_are_full_and_inactive_ones_say_that_they_are_deleted(store: Store) -> None:
    ledger = CompanyLedgers(store, lambda _: Posted())(REALM)
    assert ledger.name("Customer", "4") == "Freeman:Twin Lane (deleted)"
    assert ledger.name("Vendor", "5") == "Cal Telephone"
    assert ledger.name("Item", "6") == "Garden:Pump"
    assert ledger.lists["Item"]["6"].sku == "P-1"
    design = ledger.accounts.by_id["3"]
    assert ledger.accounts.full_name(design) == "Sales:Design (deleted)"


def test_a_ledger_is_kept_until_something_changes(store: Store) -> None:
    ledgers = CompanyLedgers(store, lambda _: Posted())
    before = ledgers(REALM)
    assert ledgers(REALM) is before
    store.put(REALM, "Vendor", stamped("5", START, DisplayName="Cal Telegraph", Active=True))
    assert ledgers(REALM).name("Vendor", "5") == "Cal Telegraph"
