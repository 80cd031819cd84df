-- Every account of every month is in our statements what it is in QuickBooks' trial balance, balance sheet and profit
-- and loss, on both bases.
-- Invariant: 5
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.reconciliation
-- Cost: one pass over the reconciliation, which has a row an account, month, basis and statement.
-- Source: finance.reconciliation.
-- Remedy: pull the reports again (qbo-pipeline prove); what stays is a posting that the ledger does not know.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   statement: Which report.
--   month: The month, or the one that the report's day is in.
--   account_id: The account; nothing for net income.
--   account: Its name.
--   quickbooks: As QuickBooks' report shows it.
--   ours: As our statement shows it.
--   difference: Ours less QuickBooks'.
SELECT
    realm_id,
    basis,
    statement,
    month,
    account_id,
    account_name AS account,
    quickbooks,
    ours,
    difference
FROM finance.reconciliation
WHERE abs(difference) > $tolerance AND reason = 'differs'
