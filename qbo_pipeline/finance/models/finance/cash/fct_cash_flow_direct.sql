-- What cash was paid for and received from, by the account on the other side: for each transaction that moves cash, all its legs
-- that are not cash. Its sum is the change of cash, as in cash_flow.
-- Grain: a counter account and transaction type of a month.
-- Key: realm_id, basis, month, transaction_type, account_id
-- Built: months
-- Source: the ledger, accrual basis.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
WITH cash_accounts AS (SELECT realm_id, account_id FROM finance.dim_account WHERE is_cash),
cash_transactions AS (
    SELECT DISTINCT leg.realm_id, leg.transaction_type, leg.transaction_id
    FROM changed.leg
    SEMI JOIN cash_accounts ON cash_accounts.realm_id = leg.realm_id AND cash_accounts.account_id = leg.account_id
    WHERE leg.basis = 'Accrual'
)
SELECT
    leg.realm_id,
    leg.basis,
    leg.month,
    leg.transaction_type,
    leg.account_id,
    leg.realm_id || '|' || coalesce(leg.account_id, '-1') AS account_key,
    (sum(leg.credit) - sum(leg.debit))::DECIMAL(18, 2) AS amount
FROM changed.leg
SEMI JOIN cash_transactions
    ON cash_transactions.realm_id = leg.realm_id AND cash_transactions.transaction_type = leg.transaction_type
    AND cash_transactions.transaction_id = leg.transaction_id
ANTI JOIN cash_accounts ON cash_accounts.realm_id = leg.realm_id AND cash_accounts.account_id = leg.account_id
WHERE leg.basis = 'Accrual'
GROUP BY leg.realm_id, leg.basis, leg.month, leg.transaction_type, leg.account_id
HAVING sum(leg.credit) <> sum(leg.debit)
