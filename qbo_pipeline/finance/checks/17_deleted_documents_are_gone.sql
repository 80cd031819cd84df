-- A document that was deleted in QuickBooks is in no ledger and no dimension.
-- Invariant: 17
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Each: transaction
-- Cost: the deleted documents against the legs and finance.dim_transaction.
-- Source: quickbooks.$table against the accrual ledger and finance.dim_transaction.
-- Remedy: run qbo-pipeline rebuild; the models were not made again when it was deleted.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of document.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   deleted_at: When it was deleted, UTC.
--   still_in: Where it is.
--   amount: What it still counts.
WITH deleted AS (
    SELECT realm_id, id, $number AS doc_number, updated_at
    FROM quickbooks.$table
    WHERE deleted
)

SELECT
    deleted.realm_id,
    '$type' AS transaction_type,
    deleted.id AS transaction_id,
    any_value(deleted.doc_number) AS document,
    any_value(deleted.updated_at) AS deleted_at,
    'the ledger' AS still_in,
    sum(leg.debit) AS amount
FROM deleted
INNER JOIN posting.leg AS leg
    ON leg.realm_id = deleted.realm_id
    AND leg.transaction_type = '$type'
    AND leg.transaction_id = deleted.id
    AND leg.basis = 'Accrual'
    AND leg.posting_source = 'entity'
GROUP BY deleted.realm_id, deleted.id
UNION ALL
SELECT
    deleted.realm_id,
    '$type' AS transaction_type,
    deleted.id AS transaction_id,
    deleted.doc_number AS document,
    deleted.updated_at AS deleted_at,
    'dim_transaction' AS still_in,
    dimension.amount
FROM deleted
INNER JOIN finance.dim_transaction AS dimension
    ON dimension.realm_id = deleted.realm_id
    AND dimension.transaction_type = '$type'
    AND dimension.transaction_id = deleted.id
