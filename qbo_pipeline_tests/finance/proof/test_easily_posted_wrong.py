"""What is easily posted wrong is noticed: postings that the best known package for QuickBooks' data makes of a small
company, put into the ledger in place of the right ones. The comparison with QuickBooks' statements finds every one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qbo_pipeline_tests.finance.proof import small_company as paper
from qbo_pipeline_tests.finance.proof.books import Books

TIES = "ledger_ties_with_quickbooks"
BALANCES = {"current_balances_are_the_ledgers"}
"""Red wherever the balance of an account of the balance sheet is wrong."""
CONTROL = "open_items_equal_their_control_accounts"
NO_ACCOUNT = {"every_leg_has_its_members", "assets_equal_liabilities_and_equity", "cash_flow_foots"}
"""A leg without an account is on no statement."""


@dataclass(frozen=True)
class Wrong:
    """A wrong posting, as changes of the ledger, and the checks that see it."""

    statements: tuple[str, ...]
    red: set[str]


def legs(transaction_id: str, account: str) -> str:
    return f"basis = 'Accrual' AND transaction_id = '{transaction_id}' AND account_id = '{account}'"


def change(transaction_id: str, account: str, changes: str) -> str:
    return f"UPDATE posting.leg SET {changes} WHERE {legs(transaction_id, account)}"


def drop(transaction_id: str, account: str) -> str:
    return f"DELETE FROM posting.leg WHERE {legs(transaction_id, account)}"


WRONG = {
    "a bundle's parts in place of every line of the invoice": Wrong(
        (
            change("101", paper.RECEIVABLE, "debit = 150"),
            f"DELETE FROM posting.leg WHERE {legs('101', paper.SALES)} AND credit = 20",
            change("101", paper.SALES, "credit = 50"),
        ),
        {TIES, CONTROL, *BALANCES},
    ),
    "no cost of goods sold": Wrong(
        (drop("102", paper.COGS), drop("102", paper.STOCK)),
        {TIES, "inventory_valuation_equals_its_account", *BALANCES},
    ),
    "a discount of a credit memo added, and on no account": Wrong(
        (
            change("103", paper.RECEIVABLE, "credit = 44"),
            change("103", paper.DISCOUNTS, "debit = 4, credit = 0, account_id = NULL"),
        ),
        {TIES, CONTROL, *NO_ACCOUNT, *BALANCES},
    ),
    "a discount of a refund added": Wrong(
        (change("104", paper.CHECKING, "credit = 55"), change("104", paper.DISCOUNTS, "debit = 5, credit = 0")),
        {TIES, *BALANCES},
    ),
    "cash taken back from a deposit not taken off": Wrong(
        (change("105", paper.CHECKING, "debit = 100"), drop("105", paper.PETTY)),
        {TIES, *BALANCES},
    ),
    "stock bought by check as cost of goods sold": Wrong(
        (change("106", paper.STOCK, f"account_id = '{paper.COGS}'"),),
        {TIES, "inventory_valuation_equals_its_account", *BALANCES},
    ),
    "stock given back as cost of goods sold": Wrong(
        (change("107", paper.STOCK, f"account_id = '{paper.COGS}'"),),
        {TIES, "inventory_valuation_equals_its_account", *BALANCES},
    ),
    "a payment without a bank account on no account": Wrong(
        (change("108", paper.UNDEPOSITED, "account_id = NULL"),),
        {TIES, "deposits_clear_undeposited_funds", *NO_ACCOUNT, *BALANCES},
    ),
    "shipping on no account": Wrong(
        (change("110", paper.SHIPPING, "account_id = NULL"),),
        {TIES, *NO_ACCOUNT},
    ),
    "a deposit on the form left out": Wrong(
        (change("111", paper.RECEIVABLE, "debit = 100"), drop("111", paper.CHECKING)),
        {TIES, CONTROL, *BALANCES},
    ),
    "a bill payment on both accounts of payables": Wrong(
        (
            change("112", paper.CHECKING, "credit = 140"),
            "INSERT INTO posting.leg SELECT * REPLACE (leg_number + 100000 AS leg_number, "
            f"'{paper.OTHER_PAYABLE}' AS account_id) FROM posting.leg WHERE {legs('112', paper.PAYABLE)}",
        ),
        {TIES, CONTROL, *BALANCES},
    ),
    "a journal entry's tax on the other side": Wrong(
        (change("113", paper.TAX, "debit = 0, credit = 8"),),
        {
            TIES,
            "debits_equal_credits",
            "trial_balance_sums_to_zero",
            "assets_equal_liabilities_and_equity",
            "cash_flow_foots",
            *BALANCES,
        },
    ),
}


def test_the_small_company_is_right_before_it_is_falsified(books: Books) -> None:
    assert books.red(keys=True) == set()


@pytest.mark.parametrize("name", WRONG)
def test_is_noticed(books: Books, name: str) -> None:
    with books.falsified(*WRONG[name].statements, made_again="posting.leg"):
        assert books.red() == WRONG[name].red


def test_every_document_is_posted_as_quickbooks_posts_it(books: Books) -> None:
    for one in paper.DOCUMENTS:
        on_paper: dict[str, int] = {}
        for account, amount, *_ in one.legs:
            on_paper[account] = on_paper.get(account, 0) + amount
        posted = dict(
            books.query(
                "SELECT account_id, sum(debit - credit) FROM posting.leg "
                "WHERE basis = 'Accrual' AND transaction_id = ? GROUP BY 1 HAVING sum(debit - credit) <> 0",
                [one.id],
            )
        )

        assert posted == {account: amount for account, amount in on_paper.items() if amount}, one.id


def test_all_but_the_cost_of_what_was_sold_follows_from_the_documents(books: Books) -> None:
    patched = books.query(
        "SELECT transaction_id, account_id, patch_reason FROM posting.leg WHERE patch_reason IS NOT NULL"
    )

    assert sorted(patched) == [("102", paper.COGS, "cogs"), ("102", paper.STOCK, "cogs")]


def test_a_foreign_credit_that_was_carried_over_to_another_customer_is_used_up_at_its_own_rate(books: Books) -> None:
    head = "realm_id, id, txn_date, deleted, updated_at, currency_id, exchange_rate"
    carried = "'1', 'carried', DATE '2026-03-26', false, TIMESTAMP '2026-03-31 14:00', 'EUR', 1.2"
    used = carried.replace("carried", "used").replace("1.2", "1.3")
    with books.falsified(
        f"INSERT INTO quickbooks.journal_entry ({head}) VALUES ({carried})",
        "INSERT INTO quickbooks.journal_entry_line (realm_id, journal_entry_id, line_number, detail_type, amount, "
        f"account_id, entity_type, entity_id, posting_type) VALUES {_entry_line(1, '4', 'Debit')}, "
        f"{_entry_line(2, '2', 'Credit')}",
        f"INSERT INTO quickbooks.payment ({head}, customer_id, total_amt, unapplied_amt) VALUES ({used}, '2', 0, 0)",
        "INSERT INTO quickbooks.payment_line (realm_id, payment_id, line_number, amount) "
        "VALUES ('1', 'used', 1, 100), ('1', 'used', 2, 100)",
        "INSERT INTO quickbooks.payment_line_linked_txn "
        "(realm_id, payment_id, line_number, linked_txn_number, txn_type, txn_id) "
        "VALUES ('1', 'used', 1, 1, 'Invoice', '118'), ('1', 'used', 2, 1, 'JournalEntry', 'carried')",
        made_again="quickbooks.payment",
    ):
        legs = books.query(
            "SELECT account_id, sum(debit - credit) FROM posting.leg "
            "WHERE basis = 'Accrual' AND transaction_id = 'used' GROUP BY ALL"
        )

    # The invoice is given up at 1.1, the credit at 1.2.
    assert dict(legs) == {paper.RECEIVABLE_EUR: 10, paper.EXCHANGE: -10}


def _entry_line(number: int, customer: str, side: str) -> str:
    return (
        f"('1', 'carried', {number}, 'JournalEntryLineDetail', 100, '{paper.RECEIVABLE_EUR}', 'Customer', "
        f"'{customer}', '{side}')"
    )
