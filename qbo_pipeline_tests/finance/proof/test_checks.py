"""Every check is able to fail: what it is against is done to a company whose books are right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qbo_pipeline.finance.checks import Severity, shipped_checks
from qbo_pipeline.finance.proof import JUDGED_WITH_EACH_LOAD
from qbo_pipeline_tests.finance.proof import small_company as paper
from qbo_pipeline_tests.finance.proof.books import KEYS, Books

INVARIANTS = range(1, 26)


@dataclass(frozen=True)
class Harm:
    """Something wrong with the books, and the checks that see it."""

    statements: tuple[str, ...]
    red: set[str]
    made_again: str | None = None
    """What is made from this relation is made again."""


def record(table: str, id_: str, changes: str) -> str:
    return f"UPDATE quickbooks.{table} SET {changes} WHERE id = '{id_}'"


def line(table: str, id_: str, number: int, changes: str) -> str:
    return f"UPDATE quickbooks.{table}_line SET {changes} WHERE {table}_id = '{id_}' AND line_number = {number}"


def leg(id_: str, account: str, changes: str) -> str:
    accrual = "basis = 'Accrual'"
    return f"UPDATE posting.leg SET {changes} WHERE {accrual} AND transaction_id = '{id_}' AND account_id = '{account}'"


MARCH = "basis = 'Accrual' AND month = DATE '2026-03-01'"
HARMS = {
    "a leg a cent too much": Harm((leg("112", paper.CHECKING, "credit = credit + 0.01"),), {"debits_equal_credits"}),
    "an account that is on no trial balance": Harm(
        (f"DELETE FROM finance.account_balance_month WHERE {MARCH} AND account_id = '{paper.SUPPLIES}'",),
        {"trial_balance_sums_to_zero"},
    ),
    "an account whose balance is another on the balance sheet": Harm(
        (f"UPDATE finance.statement_balance SET balance = balance + 1 WHERE {MARCH} AND account_id = '{paper.CARD}'",),
        {"assets_equal_liabilities_and_equity", "trial_balance_sums_to_zero"},
    ),
    "net income that is another on the balance sheet": Harm(
        (f"UPDATE finance.statement_balance SET balance = balance - 1 WHERE {MARCH} AND line = 'net_income'",),
        {"net_income_agrees", "assets_equal_liabilities_and_equity"},
    ),
    "a fiscal year that is not rolled into retained earnings": Harm(
        (
            f"UPDATE finance.statement_balance SET balance = 0 WHERE {MARCH} AND line = 'retained_earnings'",
            f"UPDATE finance.statement_balance SET balance = 0 WHERE {MARCH} AND line = 'net_income'",
        ),
        {"net_income_agrees", "assets_equal_liabilities_and_equity", "trial_balance_sums_to_zero"},
    ),
    "cash that the flows do not lead to": Harm(
        (
            f"UPDATE finance.account_balance_month SET closing_balance = closing_balance + 1 WHERE {MARCH} "
            f"AND account_id = '{paper.PETTY}'",
        ),
        {"cash_flow_foots"},
    ),
    "a balance sheet of QuickBooks a cent off": Harm(
        (
            f"UPDATE reports.account_month SET amount = amount + 0.01 WHERE {MARCH} AND statement = 'BalanceSheet' "
            f"AND account_id = '{paper.PAYABLE}'",
        ),
        {"ledger_ties_with_quickbooks"},
        made_again="reports.account_month",
    ),
    "an expense of QuickBooks' cash basis that ours does not have": Harm(
        (
            "UPDATE reports.account_month SET amount = amount + 0.01 WHERE basis = 'Cash' "
            f"AND statement = 'ProfitAndLoss' AND month = DATE '2026-01-01' AND account_id = '{paper.RENT}'",
        ),
        {"ledger_ties_with_quickbooks"},
        made_again="reports.account_month",
    ),
    "an account that is on QuickBooks' trial balance alone": Harm(
        (
            "INSERT INTO reports.trial_balance BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, "
            "DATE '2026-03-31' AS as_of, '77' AS account_id, 5 AS debit, 0 AS credit, 1 AS pull",
        ),
        {"ledger_ties_with_quickbooks"},
        made_again="reports.trial_balance",
    ),
    "a document that posts elsewhere than it shows": Harm(
        (line("purchase", "121", 1, f"account_id = '{paper.RENT}'"),),
        {"nothing_unexplained", "entities_tie_out"},
        made_again="quickbooks.purchase_line",
    ),
    "legs that had to be patched": Harm(
        (leg("120", paper.PETTY, "posting_source = 'report_patch', patch_reason = 'rounding'"),),
        {"entities_tie_out"},
        made_again="posting.leg",
    ),
    "an account with another balance in QuickBooks": Harm(
        (record("account", paper.CHECKING, "current_balance = current_balance + 0.01"),),
        {"current_balances_are_the_ledgers"},
    ),
    "an account in euros with another balance in QuickBooks": Harm(
        (record("account", paper.RECEIVABLE_EUR, "current_balance = current_balance + 0.01"),),
        {"current_balances_are_the_ledgers"},
    ),
    "a line that the total does not have": Harm(
        (line("invoice", "110", 1, "amount = amount + 0.02"),), {"document_totals_equal_their_lines"}
    ),
    "a part of a bundle that the total does not have": Harm(
        ("UPDATE quickbooks.invoice_line_group_line SET amount = amount + 0.02 WHERE group_line_number = 1",),
        {"document_totals_equal_their_lines"},
    ),
    "a discount that was added": Harm(
        (record("credit_memo", "103", "total_amt = 44, balance = 8"),), {"document_totals_equal_their_lines"}
    ),
    "shipping left out of a total": Harm(
        (record("invoice", "110", "total_amt = 50, balance = 50"),), {"document_totals_equal_their_lines"}
    ),
    "tax left out of a total that includes it": Harm(
        (record("invoice", "130", "total_amt = 50, balance = 41"),), {"document_totals_equal_their_lines"}
    ),
    "a line of a bill that the total does not have": Harm(
        (line("bill", "109", 1, "amount = 181"),), {"purchase_totals_equal_their_lines"}
    ),
    "a line of a vendor credit that the total does not have": Harm(
        (line("vendor_credit", "107", 1, "amount = 11"),), {"purchase_totals_equal_their_lines"}
    ),
    "an open balance a cent off": Harm(
        (record("invoice", "101", "balance = balance + 0.01"),), {"open_balances_are_what_is_unpaid"}
    ),
    "a deposit on the form that the balance does not have": Harm(
        (record("invoice", "111", "deposit = NULL"),), {"open_balances_are_what_is_unpaid"}
    ),
    "a credit that was used and is still open": Harm(
        (record("credit_memo", "103", "balance = 36"),), {"open_balances_are_what_is_unpaid"}
    ),
    "a bill that was paid and is still open": Harm(
        (record("bill", "109", "balance = 180"),), {"open_balances_are_what_is_unpaid"}
    ),
    "a payment that is neither applied nor unapplied": Harm(
        (record("payment", "117", "unapplied_amt = 29"),), {"payments_are_applied_or_unapplied"}
    ),
    "a credit counted as a payment": Harm(
        (line("payment", "116", 2, "amount = 35"),),
        {"payments_are_applied_or_unapplied", "open_balances_are_what_is_unpaid"},
    ),
    "a bill payment of more than it is": Harm(
        (line("bill_payment", "112", 1, "amount = 71"),),
        {"payments_are_applied_or_unapplied", "open_balances_are_what_is_unpaid"},
    ),
    "a leg of receivables on another account": Harm(
        (leg("110", paper.RECEIVABLE, f"account_id = '{paper.CARD}'"),), {"open_items_equal_their_control_accounts"}
    ),
    "a leg of payables on another account": Harm(
        (leg("107", paper.PAYABLE, f"account_id = '{paper.CARD}'"),), {"open_items_equal_their_control_accounts"}
    ),
    "another open amount in QuickBooks' aging": Harm(
        ("UPDATE reports.aging SET open_balance = open_balance + 0.01 WHERE transaction_id = '101'",),
        {"agings_equal_quickbooks"},
    ),
    "an open bill that QuickBooks' aging does not have": Harm(
        ("DELETE FROM reports.aging WHERE transaction_id = '129'",), {"agings_equal_quickbooks"}
    ),
    "an open amount in euros that ours does not have": Harm(
        (
            "INSERT INTO reports.aging BY NAME SELECT * REPLACE ('2' AS name_id, '118' AS transaction_id) "
            "FROM reports.aging WHERE transaction_id = '110'",
        ),
        {"agings_equal_quickbooks"},
    ),
    "a deposit a cent more than its lines": Harm(
        (record("deposit", "105", "total_amt = 80.01"),), {"deposits_equal_their_lines"}
    ),
    "cash taken back that the deposit does not know": Harm(
        (record("deposit", "105", "cash_back_amount = NULL"),), {"deposits_equal_their_lines"}
    ),
    "a deposit of what was not received": Harm(
        ("UPDATE quickbooks.deposit_line_linked_txn SET txn_id = '131', txn_type = 'Payment' WHERE txn_id = '115'",),
        {"deposits_clear_undeposited_funds"},
    ),
    "a leg without an account": Harm((leg("109", paper.RENT, "account_id = NULL"),), {"every_leg_has_its_members"}),
    "a leg of a customer who is not there": Harm(
        (leg("110", paper.SHIPPING, "customer_id = '99'"),), {"every_leg_has_its_members", KEYS}
    ),
    "a transaction of the journal that the ledger does not have": Harm(
        ("DELETE FROM posting.leg WHERE transaction_id = '120'",), {"journal_and_documents_know_each_other"}
    ),
    "a document that the journal does not have": Harm(
        ("DELETE FROM reports.posted_leg WHERE transaction_id = '120'",),
        {"journal_and_documents_know_each_other", "reports_are_complete"},
    ),
    "a deleted document in the ledger": Harm(
        (record("transfer", "120", "deleted = TRUE"),), {"deleted_documents_are_gone"}
    ),
    "a voided document with an amount": Harm(
        ("UPDATE finance.dim_transaction SET is_voided = TRUE WHERE transaction_id = '101'",),
        {"voided_documents_are_zero"},
    ),
    "a leg that did not come with the report": Harm(
        ("DELETE FROM reports.posted_leg WHERE transaction_id = '101' AND leg_number = 5 AND basis = 'Cash'",),
        {"reports_are_complete"},
    ),
    "legs that are not those of the report's total": Harm(
        ("UPDATE reports.month_pull SET debit = debit + 1 WHERE basis = 'Cash' AND month = DATE '2026-02-01'",),
        {"reports_are_complete"},
    ),
    "a month that was left out": Harm(
        (
            "DELETE FROM reports.month_pull WHERE basis = 'Cash' AND month = DATE '2026-02-01'",
            "DELETE FROM reports.posted_leg WHERE basis = 'Cash' AND month = DATE '2026-02-01'",
        ),
        {"reports_are_complete"},
    ),
    "a closed month that is another in a later pull": Harm(
        (
            "UPDATE finance.dim_company SET books_closed_until = DATE '2026-01-31'",
            "INSERT INTO reports.restatement BY NAME SELECT '1' AS realm_id, 'Accrual' AS basis, "
            "'ProfitAndLoss' AS statement, unnest([DATE '2026-01-01', DATE '2026-02-01']) AS month, "
            "'account' AS line, '16' AS account_id, 190 AS was, 200 AS became, "
            "TIMESTAMP '2026-03-31 11:00' AS pulled_at, 1 AS pull",
        ),
        {"closed_months_are_unchanged"},
    ),
    "a stock that is worth more than its account": Harm(
        ("UPDATE reports.inventory_valuation SET asset_value = asset_value + 0.02",),
        {"inventory_valuation_equals_its_account"},
    ),
    "a widget too many": Harm((record("item", "2", "quantity_on_hand = 5"),), {"stock_on_hand_is_the_valuations"}),
    "tax on another account": Harm(
        (leg("102", paper.TAX, f"account_id = '{paper.CARD}'"),), {"tax_payable_is_the_documents_tax"}
    ),
    "a tax payment of another amount": Harm(
        (record("tax_payment", "123", "payment_amount = 4"),), {"tax_payable_is_the_documents_tax"}
    ),
    "accounts below each other": Harm(
        (record("account", paper.RENT, f"parent_id = '{paper.SUPPLIES}'"),),
        {"hierarchies_roll_up"},
        made_again="quickbooks.account",
    ),
    "a customer below one who is not there": Harm(
        (record("customer", "3", "parent_id = '99'"),), {"hierarchies_roll_up"}, made_again="quickbooks.customer"
    ),
    "an account that moved and still counts for its former parent": Harm(
        (record("account", paper.SUPPLIES, f"parent_id = '{paper.COGS}'"),), {"hierarchies_roll_up"}
    ),
    "classes six levels deep": Harm(
        (
            "INSERT INTO quickbooks.class BY NAME SELECT '1' AS realm_id, (n + 1)::VARCHAR AS id, "
            "n::VARCHAR AS parent_id, 'Shelf ' || n AS name, FALSE AS deleted, TRUE AS active "
            "FROM range(1, 6) AS one (n)",
        ),
        {"hierarchies_roll_up"},
        made_again="quickbooks.class",
    ),
    "a vendor who is there twice": Harm(
        ("INSERT INTO quickbooks.vendor BY NAME SELECT * FROM quickbooks.vendor WHERE id = '1'",), {KEYS}
    ),
    "a home amount at another rate": Harm(
        (leg("118", paper.SALES, "exchange_rate = 1.3"),), {"home_amounts_follow_the_rate"}
    ),
    "a gain that the rates do not give": Harm(
        (leg("119", paper.EXCHANGE, "posting_source = 'report_patch', patch_reason = 'fx'"),),
        {"exchange_gains_are_quickbooks"},
    ),
}


@pytest.mark.parametrize("name", HARMS)
def test_is_seen_by_the_checks_that_are_against_it(books: Books, name: str) -> None:
    harm = HARMS[name]
    with books.falsified(*harm.statements, made_again=harm.made_again):
        assert books.red(keys=KEYS in harm.red) == harm.red


def test_every_check_was_seen_to_fail() -> None:
    assert {check.name for check in shipped_checks()} == set().union(*(harm.red for harm in HARMS.values()))


def test_every_invariant_has_a_check() -> None:
    assert {check.invariant for check in shipped_checks()} | set(JUDGED_WITH_EACH_LOAD) == set(INVARIANTS)


def test_what_to_do_is_said_without_the_placeholders_of_the_statements() -> None:
    """One remedy stands for the statements of all lists and dimensions; a shell makes nothing of `--entity $type`."""
    assert [check.name for check in shipped_checks() if "$" in check.remedy] == []


def test_what_would_publish_a_wrong_number_blocks() -> None:
    assert all(
        check.blocking for check in shipped_checks() if check.severity is Severity.ERROR and check.invariant != 11
    )
    assert not any(check.blocking for check in shipped_checks() if check.severity is Severity.WARN)


def test_an_offender_is_named_in_words_of_the_books(books: Books) -> None:
    with books.falsified(record("invoice", "101", "balance = balance + 1234.5")):
        verdict = books.verdicts(keys=False)["open_balances_are_what_is_unpaid"]

    [offender] = verdict.offenders
    assert offender == {
        "company": "1",
        "transaction type": "Invoice",
        "transaction id": "101",
        "document": "101",
        "transaction date": "2026-01-05",
        "total": "200.00",
        "deposit": "0.00",
        "applied": "86.00",
        "balance": "1,348.50",
        "difference": "1,234.50",
    }
    assert verdict.sentence.startswith("Not so in 1 cases. What to do: a payment or the document is older")


def test_other_companies_are_not_looked_at(books: Books) -> None:
    from qbo_pipeline.finance.checks import judge

    with books.falsified(leg("112", paper.CHECKING, "credit = credit + 1")):
        assert all(judge(books.query, check, ["2"]).holds for check in shipped_checks() if check.name != KEYS)
