-- What was gained or lost on exchange when documents were settled follows from their rates to within a cent a document
-- and is what QuickBooks' journal posts.
-- Invariant: 25
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.01
-- On: finance.general_ledger
-- Cost: the legs of the accounts of exchange gains, and the patched ones.
-- Source: the accrual ledger.
-- Remedy: the ledger has QuickBooks' amount; compare the rates of the payment and of the documents it settles.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   transaction_date: Its date.
--   quickbooks: Loss as QuickBooks posts it, gains negative.
--   ours: Loss as it follows from the rates.
--   difference: QuickBooks' less ours.
SELECT
    leg.realm_id,
    leg.transaction_type,
    leg.transaction_id,
    min(leg.transaction_date) AS transaction_date,
    sum(leg.debit - leg.credit) AS quickbooks,
    coalesce(sum(leg.debit - leg.credit) FILTER (WHERE leg.posting_source = 'entity'), 0) AS ours,
    coalesce(sum(leg.debit - leg.credit) FILTER (WHERE leg.posting_source = 'report_patch'), 0) AS difference
FROM posting.leg AS leg
INNER JOIN quickbooks.account AS account
    ON account.realm_id = leg.realm_id AND account.id = leg.account_id
WHERE leg.basis = 'Accrual' AND account.account_sub_type = 'ExchangeGainOrLoss'
GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
HAVING abs(coalesce(sum(leg.debit - leg.credit) FILTER (WHERE leg.posting_source = 'report_patch'), 0)) > $tolerance
