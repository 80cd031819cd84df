-- The trial balance of every month has as much debit as credit, on both bases.
-- Invariant: 2
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.trial_balance
-- Cost: one pass over the trial balances, which have a row an account and month.
-- Source: the trial balance.
-- Remedy: see debits_equal_credits and every_leg_has_its_members; a leg without an account is on no trial balance.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: The month at whose end the balances are.
--   debits: Sum of the debit balances.
--   credits: Sum of the credit balances.
--   difference: Debits less credits.
SELECT
    realm_id,
    basis,
    month,
    sum(debit) AS debits,
    sum(credit) AS credits,
    coalesce(sum(debit), 0) - coalesce(sum(credit), 0) AS difference
FROM finance.trial_balance
GROUP BY realm_id, basis, month
HAVING abs(coalesce(sum(debit), 0) - coalesce(sum(credit), 0)) > $tolerance
