-- A voided document has a total of zero and posts nothing.
-- Invariant: 17
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: the voided documents against their legs.
-- Source: finance.dim_transaction and the ledger.
-- Remedy: load the document again (qbo-pipeline sync); the warehouse has its lines of before.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of document.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   total: Its total.
--   posted: What it posts, debits on both bases.
WITH voided AS (
    SELECT realm_id, transaction_type, transaction_id, doc_number, transaction_date, coalesce(amount, 0) AS total
    FROM finance.dim_transaction
    WHERE is_voided
),

posted AS (
    SELECT leg.realm_id, leg.transaction_type, leg.transaction_id, sum(leg.debit + leg.credit) / 2 AS amount
    FROM posting.leg AS leg
    SEMI JOIN voided
        ON voided.realm_id = leg.realm_id
        AND voided.transaction_type = leg.transaction_type
        AND voided.transaction_id = leg.transaction_id
    -- What reports had of it before it was voided is not confirmed: it stays on the cash basis until they are pulled.
    WHERE leg.posting_source = 'entity' OR leg.confirmed
    GROUP BY leg.realm_id, leg.transaction_type, leg.transaction_id
)

SELECT
    voided.realm_id,
    voided.transaction_type,
    voided.transaction_id,
    voided.doc_number AS document,
    voided.transaction_date,
    voided.total,
    coalesce(posted.amount, 0) AS posted
FROM voided
LEFT JOIN posted
    ON posted.realm_id = voided.realm_id
    AND posted.transaction_type = voided.transaction_type
    AND posted.transaction_id = voided.transaction_id
WHERE abs(voided.total) > $tolerance OR abs(coalesce(posted.amount, 0)) > $tolerance
