-- The ledger: what documents post, and what QuickBooks reports of transactions that are no documents.
-- Grain: a leg.
-- Key: realm_id, basis, transaction_id, leg_number
-- Built: documents
-- Source: documents, reports and when these were pulled.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   transaction_id: The transaction.
--   leg_number: Its place among the legs.
--   month: First day of its month.
--   account_id: The account.
--   amount: Debits positive.
--   confirmed: Whether QuickBooks' report of its month was pulled.
WITH document AS (
    SELECT * FROM posting.invoice
    UNION ALL
    SELECT * FROM posting.payment
),
leg AS (
    SELECT realm_id, 'Accrual' AS basis, transaction_id, leg_number, date_trunc('month', day)::DATE AS month, account_id, amount
    FROM document
    UNION ALL
    SELECT realm_id, basis, transaction_id, leg_number, month, account_id, debit - credit
    FROM changed.posted_leg AS reported
    WHERE basis = 'Cash' OR NOT EXISTS (
        SELECT 1 FROM document
        WHERE document.realm_id = reported.realm_id AND document.transaction_id = reported.transaction_id
    )
)
SELECT leg.realm_id, leg.basis, leg.transaction_id, leg.leg_number, leg.month, leg.account_id, leg.amount,
    pulled.month IS NOT NULL AS confirmed
FROM leg
LEFT JOIN reports.month_pull AS pulled
    ON pulled.realm_id = leg.realm_id AND pulled.basis = leg.basis AND pulled.month = leg.month
