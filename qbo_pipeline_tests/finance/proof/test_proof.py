from __future__ import annotations

from decimal import Decimal

import pytest

from qbo_pipeline.finance.checks import shipped_checks
from qbo_pipeline.finance.proof import NothingToProveError, Proof, companies, prove
from qbo_pipeline_tests.finance.proof import small_company as paper
from qbo_pipeline_tests.finance.proof.books import KEYS, REALM, Books

CHECKS = [check for check in shipped_checks() if check.name != KEYS]


def proof_of(books: Books) -> Proof:
    [proof] = prove(books.query, [REALM], CHECKS)
    return proof


def test_a_company_whose_books_tie_is_proven(books: Books) -> None:
    proof = proof_of(books)

    assert proof.proven
    assert (proof.company, proof.unexplained, proof.unproven, proof.broken) == ("Fjord Outfitters", 0, 0, ())
    assert {(one.basis, one.statement) for one in proof.tie_outs} == {
        (basis, statement)
        for basis in ("Accrual", "Cash")
        for statement in ("BalanceSheet", "ProfitAndLoss", "TrialBalance")
    }
    assert all(one.tied == one.account_months > 0 for one in proof.tie_outs)
    assert all((one.months_tied, one.accounts_tied) == (one.months, one.accounts) for one in proof.tie_outs)
    assert all(one.months == 3 for one in proof.tie_outs)


def test_it_tells_what_follows_from_the_documents_alone_and_what_was_patched(books: Books) -> None:
    proof = proof_of(books)
    legs = sum(len(one.legs) for one in paper.DOCUMENTS)
    [patched] = proof.patched

    assert (proof.entities.legs, proof.entities.tied, proof.entities.named_by_quickbooks) == (legs, legs - 2, 2)
    assert proof.entities.percent == round(Decimal(100 * (legs - 2)) / legs, 2)
    assert proof.entities.percent_of_shown == 100
    assert (patched.reason, patched.legs, patched.transactions) == ("cogs", 2, 1)
    assert (patched.debit, patched.credit) == (Decimal(20), Decimal(20))
    assert (patched.first_month, patched.last_month) == (paper.FEBRUARY, paper.FEBRUARY)


def test_a_cent_that_differs_is_unexplained(books: Books) -> None:
    with books.falsified(
        "UPDATE reports.account_month SET amount = amount + 0.01 WHERE account_id = '16' AND basis = 'Cash'",
        made_again="reports.account_month",
    ):
        proof = proof_of(books)

    assert not proof.proven
    assert proof.unexplained == 1
    assert [one.name for one in proof.broken] == ["ledger_ties_with_quickbooks"]
    [differing] = [one for one in proof.tie_outs if one.differing]
    assert (differing.basis, differing.statement, differing.months_tied) == ("Cash", "ProfitAndLoss", 2)


def test_a_document_that_changed_after_the_reports_waits_and_is_not_yet_proven(books: Books) -> None:
    with books.falsified(
        "UPDATE quickbooks.purchase SET total_amt = 31, updated_at = TIMESTAMP '2026-03-31 12:30' WHERE id = '121'",
        "UPDATE quickbooks.purchase_line SET amount = 31 WHERE purchase_id = '121'",
        made_again="quickbooks.purchase",
    ):
        proof = proof_of(books)

    assert not proof.proven
    assert proof.unexplained == 0
    assert proof.unproven > 0
    assert proof.entities.waiting == 2
    assert all(one.basis == "Accrual" for one in proof.tie_outs if one.waiting)
    assert "ledger_ties_with_quickbooks" not in {one.name for one in proof.broken}


def test_what_moved_to_another_month_waits_in_both(books: Books) -> None:
    with books.falsified(
        "UPDATE quickbooks.bill SET txn_date = DATE '2026-03-04', updated_at = TIMESTAMP '2026-03-31 12:30' "
        "WHERE id = '129'",
        made_again="quickbooks.bill",
    ):
        rows = books.query(
            "SELECT month, reason FROM finance.reconciliation WHERE statement = 'ProfitAndLoss' AND basis = 'Accrual' "
            "AND account_id = '17' ORDER BY month"
        )

    assert rows == [(paper.FEBRUARY, "waiting"), (paper.MARCH, "waiting")]


def test_a_month_without_reports_is_not_proven(books: Books) -> None:
    with books.falsified(
        "DELETE FROM reports.account_month WHERE month = DATE '2026-03-01' AND basis = 'Cash'",
        made_again="reports.account_month",
    ):
        proof = proof_of(books)

    assert not proof.proven
    assert sum(one.not_pulled for one in proof.tie_outs) == proof.unproven > 5


def test_reports_of_a_month_to_come_in_which_nothing_is_posted_any_more_prove_nothing(books: Books) -> None:
    figure = "'1', 'Accrual', DATE '2026-04-01', 'BalanceSheet', '1', 'account', 500, 1"
    with books.falsified(
        "INSERT INTO reports.account_month (realm_id, basis, month, statement, account_id, line, amount, pull) "
        f"VALUES ({figure})",
        made_again="reports.account_month",
    ):
        assert books.query("SELECT count(*) FROM finance.reconciliation WHERE month = '2026-04-01'") == [(0,)]
        assert books.red() == set()


def test_a_month_in_which_nothing_has_happened_yet_is_proven(books: Books) -> None:
    """Reports are pulled for a day of it, and QuickBooks shows the balances of the month before."""
    with books.falsified(
        *(
            f"INSERT INTO reports.{table} SELECT * REPLACE (DATE '2026-04-02' AS as_of) "
            f"FROM reports.{table} WHERE as_of = DATE '2026-03-31'"
            for table in ("trial_balance", "aging", "inventory_valuation")
        ),
        made_again="reports.trial_balance",
    ):
        shown = books.query("SELECT DISTINCT reason FROM finance.reconciliation WHERE as_of = DATE '2026-04-02'")

        assert shown == [("ties",)]
        assert books.red() == set()


def _trial_balance_of_january(pulled_at: str) -> tuple[str, ...]:
    """One that is a cent off, and when it was pulled; the legs of all months were at noon of the last of March."""
    return (
        "UPDATE reports.trial_balance SET debit = debit + 0.01, pull = 7 WHERE as_of = DATE '2026-01-31'",
        "INSERT INTO audit.report_batch VALUES (7, '1', 'TrialBalance', 'Accrual', DATE '2026-01-31', "
        f"DATE '2026-01-31', TIMESTAMP '{pulled_at}', 'run', TIMESTAMP '{pulled_at}', 1, 1, NULL), "
        "(7, '1', 'TrialBalance', 'Cash', DATE '2026-01-31', DATE '2026-01-31', "
        f"TIMESTAMP '{pulled_at}', 'run', TIMESTAMP '{pulled_at}', 1, 1, NULL)",
    )


def test_a_trial_balance_is_not_compared_any_more_when_a_month_before_it_was_pulled_anew(books: Books) -> None:
    """Nobody asks for those of earlier months again: what was corrected in January since would differ for ever."""
    reasons = "SELECT DISTINCT reason FROM finance.reconciliation WHERE month = DATE '2026-01-01'"
    with books.falsified(*_trial_balance_of_january("2026-02-02"), made_again="reports.trial_balance"):
        assert books.query(reasons) == [("ties",)]
        assert books.red() == set()
    with books.falsified(*_trial_balance_of_january("2026-03-31 12:00:05"), made_again="reports.trial_balance"):
        assert ("differs",) in books.query(reasons)


def test_agings_of_days_that_are_not_kept_are_not_compared(books: Books) -> None:
    """What was open on the day of an earlier pull is kept as QuickBooks told it, and nobody has figures beside it."""
    with books.falsified(
        "INSERT INTO reports.aging SELECT * REPLACE (DATE '2026-03-17' AS as_of) FROM reports.aging",
        made_again="reports.aging",
    ):
        assert books.red() == set()


def test_stock_is_not_compared_any_more_when_its_cost_was_restated_since(books: Books) -> None:
    pulled = "TIMESTAMP '2026-03-31 11:00'"
    with books.falsified(
        "UPDATE reports.inventory_valuation SET asset_value = asset_value + 1, pull = 7",
        "INSERT INTO audit.report_batch VALUES (7, '1', 'InventoryValuationSummary', NULL, DATE '2026-03-31', "
        f"DATE '2026-03-31', {pulled}, 'run', {pulled}, 1, 1, NULL)",
        made_again="reports.inventory_valuation",
    ):
        assert books.red() == set()


def test_a_month_of_which_no_balance_is_left_has_no_figures(books: Books) -> None:
    """As the first one of a company that has sent an invoice: on the cash basis nothing has happened yet."""
    with books.falsified(
        "INSERT INTO reports.posted_leg BY NAME SELECT * REPLACE (DATE '2025-12-01' AS month, 0 AS debit, 0 AS credit) "
        "FROM reports.posted_leg WHERE basis = 'Cash' AND transaction_id = '101'",
        "INSERT INTO reports.month_pull BY NAME SELECT month_pull.* REPLACE (DATE '2025-12-01' AS month, "
        "(SELECT count(*) FROM reports.posted_leg WHERE month = DATE '2025-12-01') AS legs, 0 AS debit, 0 AS credit) "
        "FROM reports.month_pull WHERE basis = 'Cash' AND month = DATE '2026-01-01'",
    ):
        assert "reports_are_complete" not in books.red()


def test_a_document_that_was_deleted_after_its_report_was_pulled_is_missed_by_nobody(books: Books) -> None:
    with books.falsified(
        "UPDATE quickbooks.transfer SET deleted = true, updated_at = TIMESTAMP '2026-03-31 14:00' WHERE id = '120'",
        made_again="quickbooks.transfer",
    ):
        assert books.query("SELECT * FROM posting.leg WHERE basis = 'Accrual' AND transaction_id = '120'") == []
        assert "journal_and_documents_know_each_other" not in books.red()


def test_a_document_that_was_voided_after_its_report_was_pulled_stops_nothing(books: Books) -> None:
    with books.falsified(
        "UPDATE quickbooks.transfer SET amount = 0, private_note = 'Voided', updated_at = TIMESTAMP '2026-03-31 14:00' "
        "WHERE id = '120'",
        made_again="quickbooks.transfer",
    ):
        legs = "SELECT DISTINCT basis, confirmed FROM posting.leg WHERE transaction_id = '120'"
        assert books.query(legs) == [("Cash", False)]
        assert not {"journal_and_documents_know_each_other", "voided_documents_are_zero"} & books.red()


@pytest.mark.parametrize(
    ("gone", "became"),
    [
        (paper.SUPPLIES, paper.RENT),
        (paper.COGS, paper.RENT),
        (paper.STOCK, paper.UNDEPOSITED),
        (paper.TAX, paper.CARD),
    ],
    ids=["of documents", "of cost", "of stock", "of tax"],
)
def test_an_account_that_was_merged_after_its_reports_were_pulled_is_compared_with_what_it_became(
    books: Books, gone: str, became: str
) -> None:
    """Documents and items may still name the one that is no more, and their stamps be as old as the reports."""
    movements = "SELECT item_id, quantity, value, confirmed FROM finance.fct_inventory_movement ORDER BY ALL"
    moved = books.query(movements)
    with books.falsified(
        f"INSERT INTO quickbooks.surviving_record VALUES ('{REALM}', 'Account', '{gone}', '{became}')",
        f"UPDATE quickbooks.account SET deleted = true WHERE id = '{gone}'",
        made_again="quickbooks.surviving_record",
    ):
        assert books.query(f"SELECT 1 FROM posting.leg WHERE account_id = '{gone}'") == []
        assert books.query(movements) == moved
        assert {one.reason for one in proof_of(books).patched} == {"cogs"}
        assert not {
            "nothing_unexplained", "ledger_ties_with_quickbooks", "tax_payable_is_the_documents_tax",
        } & books.red()  # fmt: skip


def test_nothing_vanishes_from_the_reconciliation(books: Books) -> None:
    [(theirs,)] = books.query(
        "SELECT (SELECT count(*) FROM reports.account_month) + (SELECT count(*) FROM reports.trial_balance)"
    )
    with books.falsified(
        "DELETE FROM finance.fct_account_balance_month WHERE account_id = '17'",
        made_again="finance.fct_account_balance_month",
    ):
        rows = books.query(
            "SELECT statement, ours, reason FROM finance.reconciliation WHERE account_id = '17' AND basis = 'Accrual'"
        )
        [(compared,)] = books.query("SELECT count(*) FROM finance.reconciliation WHERE quickbooks <> 0")

    assert compared == theirs
    assert {(ours, reason) for _, ours, reason in rows} == {(0, "differs")}


def test_without_reports_of_both_bases_nothing_is_proven(books: Books) -> None:
    with books.falsified(
        *(f"DELETE FROM reports.{table} WHERE basis = 'Cash'" for table in ("account_month", "trial_balance")),
        "DELETE FROM posting.leg WHERE basis = 'Cash'",
        made_again="posting.leg",
    ):
        assert not proof_of(books).proven


def test_a_company_that_is_not_there_cannot_be_proven(books: Books) -> None:
    assert companies(books.query) == [(REALM, "Fjord Outfitters")]
    with pytest.raises(NothingToProveError, match="company 7"):
        prove(books.query, ["7"], CHECKS)


def test_what_does_not_hold_of_one_company_is_not_told_of_another(books: Books) -> None:
    with books.falsified(
        "UPDATE reports.account_month SET amount = amount + 0.01 WHERE account_id = '16' AND basis = 'Cash'",
        "INSERT INTO finance.dim_company BY NAME SELECT * REPLACE ('7' AS realm_id) FROM finance.dim_company",
        made_again="reports.account_month",
    ):
        ours, other = prove(books.query, [REALM, "7"], CHECKS)

    assert ours.broken
    assert all(one.verdict.holds for one in other.judged)
    assert [one.name for one in other.judged] == [one.name for one in ours.judged]
