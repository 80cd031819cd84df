-- The debits of every transaction equal its credits, in home currency, on both bases.
-- Invariant: 1
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over the legs, grouped by transaction: 0.3 seconds of a processor for a million legs.
-- Source: the ledger.
-- Remedy: a leg is missing or there twice; look at the legs of the transaction in finance.general_ledger.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   debits: Sum of its debits.
--   credits: Sum of its credits.
--   difference: Debits less credits.
SELECT
    realm_id,
    basis,
    transaction_type,
    transaction_id,
    sum(debit) AS debits,
    sum(credit) AS credits,
    sum(debit) - sum(credit) AS difference
FROM posting.leg
GROUP BY realm_id, basis, transaction_type, transaction_id
HAVING abs(sum(debit) - sum(credit)) > $tolerance
