-- Nothing in the ledger had to be patched without a reason being known.
-- Invariant: 6
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over one column of the legs.
-- Source: the ledger.
-- Remedy: QuickBooks posts this document to other accounts or amounts than it shows; report it with its id.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   account_id: The account that had to be patched.
--   account: Its name.
--   difference: What QuickBooks' report has more than the document shows, debit positive.
SELECT
    leg.realm_id,
    leg.transaction_type,
    leg.transaction_id,
    leg.doc_number AS document,
    leg.transaction_date,
    leg.account_id,
    account.fully_qualified_name AS account,
    leg.debit - leg.credit AS difference
FROM posting.leg AS leg
LEFT JOIN quickbooks.account AS account
    ON account.realm_id = leg.realm_id AND account.id = leg.account_id
WHERE leg.patch_reason = 'unexplained'
