-- Activity of each account and month.
-- Grain: an account, month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: months
-- Source: the ledger.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: First day of the month.
--   account_id: The account.
--   amount: Debits less credits.
SELECT realm_id, basis, month, account_id, sum(amount) AS amount
FROM changed.leg
GROUP BY realm_id, basis, month, account_id
