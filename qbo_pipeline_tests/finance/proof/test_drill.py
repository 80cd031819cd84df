"""From a cell of a statement down to the lines of documents: each level sums to the one above, to the cent."""

from __future__ import annotations

import pytest

from qbo_pipeline_tests.finance.proof import small_company as paper
from qbo_pipeline_tests.finance.proof.books import Books
from qbo_pipeline_tests.finance.proof.drill import LEVELS


@pytest.mark.parametrize("level", LEVELS)
def test_every_cell_is_the_sum_of_what_is_below(books: Books, level: str) -> None:
    cells = books.query(LEVELS[level])

    assert cells
    assert [cell for cell in cells if cell[2] != cell[3]] == []


def test_a_number_can_be_followed_by_hand_to_the_line(books: Books) -> None:
    [(cell,)] = books.query(
        "SELECT amount FROM finance.profit_and_loss WHERE basis = 'Accrual' AND month = ? AND account_id = ?",
        [paper.FEBRUARY, paper.SHIPPING],
    )
    legs = books.query(
        "SELECT transaction_type, transaction_id, natural_amount, qbo_url FROM finance.general_ledger "
        "WHERE basis = 'Accrual' AND month = ? AND account_id = ?",
        [paper.FEBRUARY, paper.SHIPPING],
    )
    lines = books.query(
        "SELECT line_type, line_number, amount FROM finance.fct_sales_line "
        "WHERE transaction_id = '110' AND account_id = ?",
        [paper.SHIPPING],
    )

    assert cell == 15
    assert legs == [("Invoice", "110", 15, "https://app.qbo.intuit.com/app/invoice?txnId=110")]
    assert lines == [("shipping", 3, 15)]
