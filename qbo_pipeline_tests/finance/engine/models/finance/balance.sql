-- Balance of each account at the end of each month in which it moved.
-- Grain: an account, month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: view
-- Source: finance.account_month.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: First day of the month.
--   account_id: The account.
--   balance: Debits less credits,
--     from the beginning on.
SELECT realm_id, basis, month, account_id,
    sum(amount) OVER (PARTITION BY realm_id, basis, account_id ORDER BY month) AS balance
FROM finance.account_month
