-- Balances as of a month.
-- Grain: an account and basis.
-- Built: macro
-- Parameters: as_of
-- Source: finance.account_month.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   account_id: The account.
--   balance: Debits less credits.
SELECT realm_id, basis, account_id, sum(amount) AS balance
FROM finance.account_month
WHERE month <= as_of
GROUP BY ALL
