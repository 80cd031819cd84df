-- What the ledger has from QuickBooks' reports because no document shows it, and why.
-- Grain: a company, month and reason, on the accrual basis.
-- Key: realm_id, month, patch_reason
-- Built: view
-- Source: the ledger's legs that are patches, or of transactions that are in reports alone.
-- Columns:
--   realm_id: The company.
--   month: The month.
--   patch_reason: cogs, tax, ar_account, item_account, fx, no_entity, rounding or unexplained.
--   legs: How many legs.
--   transactions: Of how many transactions.
--   debit: Sum of their debits, home currency.
--   credit: Sum of their credits, home currency.
SELECT
    realm_id,
    month,
    patch_reason,
    count(*) AS legs,
    count(DISTINCT (transaction_type, transaction_id)) AS transactions,
    sum(debit)::DECIMAL(18, 2) AS debit,
    sum(credit)::DECIMAL(18, 2) AS credit
FROM posting.leg
WHERE basis = 'Accrual' AND patch_reason IS NOT NULL
GROUP BY realm_id, month, patch_reason
