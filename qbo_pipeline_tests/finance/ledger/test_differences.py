"""Reports that say otherwise than documents: the ledger follows the report, and says why it thinks they differ."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qbo_pipeline.finance.build import build
from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline_tests.finance.ledger.ledger_company import (
    AMY,
    CHECKING,
    EXCHANGE,
    FOUNDED,
    HANS,
    PAYABLE,
    PAYABLE_FREIGHT,
    RECEIVABLE,
    RECEIVABLE_EUR,
    RENT,
    SALES,
    TAX,
    TIM,
    company,
    ref,
    running,
    settles,
    sold,
    spent,
    taxed,
)
from qbo_pipeline_tests.local.quickbooks.small_books import REALM, SmallBooks, stamped

PROJECTS, OTHER_TAX = "31", "32"
EUR = {"CurrencyRef": ref("EUR")}


def _more_accounts(books: SmallBooks) -> SmallBooks:
    """A second A/R account and a second one for tax."""
    kinds = (
        (PROJECTS, "Receivable - Projects", "Accounts Receivable", "AccountsReceivable", "Asset"),
        (OTHER_TAX, "Indiana Payable", "Other Current Liability", "GlobalTaxPayable", "Liability"),
    )
    accounts = [
        ("Account", stamped(
            identity, FOUNDED, Name=name, FullyQualifiedName=name, AccountType=kind, AccountSubType=subtype,
            Classification=classification, Active=True, CurrencyRef=ref("USD"), CurrentBalance=0,
            CurrentBalanceWithSubAccounts=0,
        )) for identity, name, kind, subtype, classification in kinds
    ]  # fmt: skip
    return replace(books, records=[*books.records, *accounts])


class Reported:
    """A warehouse whose reports can be falsified."""

    def __init__(self, original: Path, ids: dict[str, str], models: Models, folder: Path) -> None:
        self.ids = ids
        self._models = models
        shutil.copy(original, folder / "warehouse.duckdb")
        self._connection = duckdb.connect(str(folder / "warehouse.duckdb"))

    def falsify(self, *statements: str) -> None:
        """Change what was reported, and build."""
        for statement in statements:
            [(changed,)] = self._connection.execute(statement).fetchall()
            assert changed, f"this changed nothing: {statement}"
        build(self._connection, self._models, full=True)

    def move(self, name: str, before: str, after: str) -> str:
        """A report that has a document on another account."""
        return (
            f"UPDATE reports.posted_leg SET account_id = '{after}' WHERE {self._of(name)} AND account_id = '{before}'"
        )

    def add(self, name: str, account: str, amount: str) -> str:
        """A report that has more on an account."""
        side = "credit = credit -" if amount.startswith("-") else "debit = debit +"
        return f"UPDATE reports.posted_leg SET {side} ({amount}) WHERE {self._of(name)} AND account_id = '{account}'"

    def _of(self, name: str) -> str:
        return f"basis = 'Accrual' AND transaction_id = '{self.ids[name]}'"

    def legs(self, name: str) -> dict[str, Decimal]:
        """Account → debit less credit."""
        return dict(
            self.query(
                "SELECT account_id, sum(signed_amount) FROM finance.general_ledger "
                f"WHERE {self._of(name)} GROUP BY ALL HAVING sum(signed_amount) <> 0"
            )
        )

    def patches(self, name: str) -> set[tuple[str, str, Decimal | int]]:
        """Reason, account and amount of what the report has otherwise."""
        return set(
            self.query(
                "SELECT patch_reason, account_id, signed_amount FROM finance.general_ledger "
                f"WHERE {self._of(name)} AND posting_source = 'report_patch'"
            )
        )

    def query(self, sql: str) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, empty_data: Path) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("reported") / "books"
    with running(folder, empty_data, _more_accounts(company())) as books:
        amy, hans = {"CustomerRef": ref(AMY)}, {"CustomerRef": ref(HANS), **EUR}
        ids = {}
        ids["invoice"] = books.create("Invoice", **amy, Line=[sold(100)])["Id"]
        for name in ("taxed", "taxed too", "taxed as well"):
            ids[name] = books.create("Invoice", **amy, Line=[sold(100)], TxnTaxDetail=taxed(8, 100))["Id"]
        ids["bill"] = books.create("Bill", VendorRef=ref(TIM), APAccountRef=ref(PAYABLE), Line=[spent(50)])["Id"]
        ids["EUR invoice"] = books.create("Invoice", **hans, ExchangeRate=Decimal("1.1"), Line=[sold(100)])["Id"]
        paid = [settles(100, "Invoice", ids["EUR invoice"])]
        bank = {"DepositToAccountRef": ref(CHECKING)}
        payment = books.create("Payment", **hans, **bank, ExchangeRate=Decimal("1.2"), TotalAmt=100, Line=paid)
        ids["EUR payment"] = payment["Id"]
        books.load()
        time.sleep(1)  # QuickBooks stamps by the second: in one and the same, a report may be older than the document
        books.pull()
    return folder / "data" / "build" / "warehouse.duckdb", ids


@pytest.fixture
def reported(original: tuple[Path, dict[str, str]], ledger_models: Models, tmp_path: Path) -> Iterator[Reported]:
    warehouse = Reported(*original, ledger_models, tmp_path)
    yield warehouse
    warehouse.close()


def test_documents_agree_with_reports_that_are_right(reported: Reported) -> None:
    reported.falsify()

    assert reported.query("SELECT DISTINCT posting_source, confirmed FROM posting.leg WHERE basis = 'Accrual'") == [
        ("entity", True)
    ]


def test_the_receivable_account_of_a_document_is_the_one_its_report_shows(reported: Reported) -> None:
    reported.falsify(reported.move("invoice", RECEIVABLE, PROJECTS))

    assert reported.legs("invoice") == {PROJECTS: 100, SALES: -100}
    assert reported.patches("invoice") == set()
    assert reported.legs("taxed")[RECEIVABLE] == 108


def test_another_payable_account_than_the_document_names_is_told(reported: Reported) -> None:
    reported.falsify(reported.move("bill", PAYABLE, PAYABLE_FREIGHT))

    assert reported.legs("bill") == {RENT: 50, PAYABLE_FREIGHT: -50}
    assert reported.patches("bill") == {("ar_account", PAYABLE, 50), ("ar_account", PAYABLE_FREIGHT, -50)}


def test_tax_on_another_account_than_its_agencys_is_told(reported: Reported) -> None:
    reported.falsify(reported.move("taxed", TAX, OTHER_TAX))

    assert reported.legs("taxed") == {RECEIVABLE: 108, SALES: -100, OTHER_TAX: -8}
    assert reported.patches("taxed") == {("tax", TAX, 8), ("tax", OTHER_TAX, -8)}
    assert reported.patches("taxed too") == set()


def test_another_exchange_gain_is_told(reported: Reported) -> None:
    assert reported.legs("EUR payment") == {CHECKING: 120, RECEIVABLE_EUR: -110, EXCHANGE: -10}

    reported.falsify(
        reported.add("EUR payment", RECEIVABLE_EUR, "1.00"), reported.add("EUR payment", EXCHANGE, "-1.00")
    )

    assert reported.legs("EUR payment") == {CHECKING: 120, RECEIVABLE_EUR: -109, EXCHANGE: -11}
    assert reported.patches("EUR payment") == {("fx", RECEIVABLE_EUR, 1), ("fx", EXCHANGE, -1)}


def test_a_cent_of_a_foreign_document_is_rounding(reported: Reported) -> None:
    cent = Decimal("0.01")
    reported.falsify(reported.add("EUR invoice", RECEIVABLE_EUR, "0.01"), reported.add("EUR invoice", SALES, "-0.01"))

    assert reported.patches("EUR invoice") == {("rounding", RECEIVABLE_EUR, cent), ("rounding", SALES, -cent)}


def test_what_has_no_reason_is_unexplained_and_the_report_counts(reported: Reported) -> None:
    reported.falsify(reported.add("invoice", RECEIVABLE, "5.00"), reported.add("invoice", SALES, "-5.00"))

    assert reported.legs("invoice") == {RECEIVABLE: 105, SALES: -105}
    assert reported.patches("invoice") == {("unexplained", RECEIVABLE, 5), ("unexplained", SALES, -5)}


def test_a_document_that_its_report_lacks_is_taken_back_unexplained(reported: Reported) -> None:
    identity = reported.ids["invoice"]
    reported.falsify(f"DELETE FROM reports.posted_leg WHERE transaction_id = '{identity}'")

    assert reported.legs("invoice") == {}
    assert reported.patches("invoice") == {("unexplained", RECEIVABLE, -100), ("unexplained", SALES, 100)}


@pytest.mark.parametrize("basis", ["Accrual", "Cash"])
def test_a_transaction_without_an_entity_is_in_the_ledger(reported: Reported, basis: str) -> None:
    reported.falsify(
        f"""
        INSERT INTO reports.posted_leg (
            realm_id, basis, month, transaction_id, transaction_title, leg_number, transaction_date, account_id,
            account_name, debit, credit, pull
        )
        SELECT
            '{REALM}', '{basis}', DATE '2026-11-01', '7001', 'Payroll Check', number, DATE '2026-11-15', account_id,
            '', debit, credit, 1
        FROM (VALUES (1, '{CHECKING}', 0, 900), (2, '{RENT}', 900, 0)) AS leg (number, account_id, debit, credit)
        """
    )

    assert reported.query(
        """
        SELECT transaction_type, posting_source, patch_reason, account_id, signed_amount, confirmed
        FROM finance.general_ledger
        WHERE transaction_id = '7001'
        ORDER BY leg_number
        """
    ) == [
        ("PayrollCheck", "report_only", "no_entity", CHECKING, -900, True),
        ("PayrollCheck", "report_only", "no_entity", RENT, 900, True),
    ]


def test_the_date_of_the_report_counts(reported: Reported) -> None:
    identity = reported.ids["invoice"]
    reported.falsify(
        f"UPDATE reports.posted_leg SET transaction_date = DATE '2026-11-20' WHERE transaction_id = '{identity}'"
    )

    assert reported.query(
        "SELECT DISTINCT transaction_date, posting_source FROM posting.leg "
        f"WHERE transaction_id = '{identity}' AND basis = 'Accrual'"
    ) == [(date(2026, 11, 20), "entity")]  # fmt: skip


def test_an_older_report_corrects_nothing(reported: Reported) -> None:
    reported.falsify(
        "UPDATE reports.month_pull SET pulled_at = TIMESTAMP '2026-11-01' WHERE basis = 'Accrual'",
        reported.add("invoice", RECEIVABLE, "5.00"),
    )

    assert reported.legs("invoice") == {RECEIVABLE: 100, SALES: -100}
    assert reported.query("SELECT DISTINCT confirmed FROM posting.leg WHERE basis = 'Accrual'") == [(False,)]


def test_titles_in_a_language_nobody_knows_are_learned_from_ids(reported: Reported) -> None:
    before = reported.query("SELECT * FROM posting.leg ORDER BY ALL")
    reported.falsify("UPDATE reports.posted_leg SET transaction_title = reverse(transaction_title)")

    assert reported.query("SELECT * FROM posting.leg ORDER BY ALL") == before
