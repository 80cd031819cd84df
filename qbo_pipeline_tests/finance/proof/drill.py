"""The way down from a cell of a statement: account and month, legs, document, lines."""

from __future__ import annotations

from collections.abc import Mapping

LEVELS: Mapping[str, str] = {
    "a cell of the profit and loss is the activity of its account and month": """
        WITH cell AS (
            SELECT realm_id, basis, month, account_id, amount * natural_sign AS amount
            FROM finance.profit_and_loss JOIN finance.dim_account USING (realm_id, account_id)
        ),
        below AS (
            SELECT realm_id, basis, month, account_id, sum(net) AS amount
            FROM finance.fct_account_balance_month GROUP BY ALL
        )
        SELECT realm_id, basis || ' ' || month || ' ' || account_id AS cell, cell.amount, below.amount AS below
        FROM cell LEFT JOIN below USING (realm_id, basis, month, account_id)
    """,
    "a balance is the activity of its account in all months so far": """
        WITH cell AS (
            SELECT realm_id, basis, month, account_id, balance * natural_sign AS amount
            FROM finance.balance_sheet JOIN finance.dim_account USING (realm_id, account_id)
            WHERE line = 'account'
        )
        SELECT cell.realm_id, cell.basis || ' ' || cell.month || ' ' || cell.account_id AS cell, cell.amount,
            sum(below.net) AS below
        FROM cell JOIN finance.fct_account_balance_month AS below
            ON below.realm_id = cell.realm_id AND below.basis = cell.basis AND below.account_id = cell.account_id
            AND below.month <= cell.month
        GROUP BY ALL
    """,
    "the activity of an account and month is the sum of its legs": """
        WITH cell AS (
            SELECT realm_id, basis, month, account_id, sum(net) AS amount
            FROM finance.fct_account_balance_month GROUP BY ALL
        ),
        below AS (
            SELECT realm_id, basis, month, account_id, sum(signed_amount) AS amount
            FROM finance.general_ledger GROUP BY ALL
        )
        SELECT realm_id, basis || ' ' || month || ' ' || account_id AS cell, cell.amount, below.amount AS below
        FROM cell FULL JOIN below USING (realm_id, basis, month, account_id)
    """,
    "a leg belongs to one document, whose legs on a basis are zero together": """
        WITH document AS (
            SELECT realm_id, basis, transaction_type, transaction_id, sum(signed_amount) AS amount
            FROM finance.general_ledger GROUP BY ALL
        )
        SELECT document.realm_id, basis || ' ' || transaction_type || ' ' || transaction_id AS cell,
            1 + document.amount AS amount, count(found.realm_id) AS below
        FROM document LEFT JOIN finance.dim_transaction AS found USING (realm_id, transaction_type, transaction_id)
        GROUP BY ALL
    """,
    "what a sale posts to an account is the sum of its lines for it": """
        WITH document AS (
            SELECT realm_id, transaction_type, transaction_id, account_id, -sum(signed_amount) AS amount
            FROM finance.general_ledger
            WHERE basis = 'Accrual' AND posting_source = 'entity'
                AND transaction_type IN ('Invoice', 'SalesReceipt', 'CreditMemo', 'RefundReceipt')
                AND leg_role IN ('line', 'bundle_line', 'discount', 'shipping', 'tax')
            GROUP BY ALL HAVING sum(signed_amount) <> 0
        ),
        below AS (
            SELECT realm_id, transaction_type, transaction_id, account_id, sum(amount) AS amount
            FROM finance.fct_sales_line GROUP BY ALL HAVING sum(amount) <> 0
        )
        SELECT realm_id, transaction_type || ' ' || transaction_id || ' ' || account_id AS cell, document.amount,
            below.amount AS below
        FROM document FULL JOIN below USING (realm_id, transaction_type, transaction_id, account_id)
    """,
    "what a purchase posts to an account is the sum of its lines for it": """
        WITH document AS (
            SELECT realm_id, transaction_type, transaction_id, account_id, sum(signed_amount) AS amount
            FROM finance.general_ledger
            WHERE basis = 'Accrual' AND posting_source = 'entity'
                AND transaction_type IN ('Bill', 'Purchase', 'VendorCredit') AND leg_role IN ('line', 'tax')
            GROUP BY ALL HAVING sum(signed_amount) <> 0
        ),
        below AS (
            SELECT realm_id, transaction_type, transaction_id, account_id, sum(amount) AS amount
            FROM finance.fct_spend_line
            WHERE transaction_type IN ('Bill', 'Purchase', 'VendorCredit')
            GROUP BY ALL HAVING sum(amount) <> 0
        )
        SELECT realm_id, transaction_type || ' ' || transaction_id || ' ' || account_id AS cell, document.amount,
            below.amount AS below
        FROM document FULL JOIN below USING (realm_id, transaction_type, transaction_id, account_id)
    """,
}
"""What a level says of the one below → each of its cells, its amount, and what is below."""
