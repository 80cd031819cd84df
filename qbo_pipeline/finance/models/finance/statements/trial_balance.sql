-- The trial balance at the end of each month, as QuickBooks shows it: income and expense since the fiscal year began, retained earnings
-- with what prior fiscal years earned. Accounts that are zero are left out.
-- Grain: an account of a month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: view
-- Source: account_balance_month, statement_balance.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   month_end: Last day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   debit: Debits, home currency.
--   credit: Credits, home currency.
--   ordinal: Order in the statement.
--   account_number: Account number.
--   account: Name of the account.
--   path: Names from the root down, with colons between.
--   account_type: QuickBooks' account type.
WITH balances AS (
    SELECT realm_id, basis, month, account_id, closing_balance AS balance
    FROM finance.account_balance_month
    WHERE statement IS DISTINCT FROM 'BalanceSheet'
    UNION ALL
    SELECT realm_id, basis, month, account_id, balance
    FROM finance.statement_balance
    WHERE line <> 'net_income'
)
SELECT
    balances.realm_id,
    balances.basis,
    balances.month,
    last_day(balances.month) AS month_end,
    balances.account_id,
    balances.realm_id || '|' || coalesce(balances.account_id, '-1') AS account_key,
    greatest(balances.balance, 0)::DECIMAL(18, 2) AS debit,
    greatest(-balances.balance, 0)::DECIMAL(18, 2) AS credit,
    dim_account.ordinal,
    dim_account.account_number,
    coalesce(dim_account.name, 'Retained Earnings') AS account,
    dim_account.path,
    dim_account.account_type
FROM balances
LEFT JOIN finance.dim_account
    ON dim_account.realm_id = balances.realm_id AND dim_account.account_id = balances.account_id
WHERE balances.balance <> 0
