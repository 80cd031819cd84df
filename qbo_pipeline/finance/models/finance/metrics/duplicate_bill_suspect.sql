-- Bills and purchases that may have been entered twice: the same vendor and amount, with the same number or within three days.
-- Grain: a pair of documents.
-- Key: realm_id, transaction_type, transaction_id, other_transaction_type, other_transaction_id
-- Built: view
-- Source: dim_transaction.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   other_transaction_type: Type of the earlier document.
--   other_transaction_id: Id of the earlier document.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   transaction_date: Date of the transaction.
--   other_date: Date of the earlier document.
--   doc_number: Number on the document.
--   other_doc_number: Number of the earlier document.
--   amount: Amount, home currency.
--   reason: Why it is suspected.
WITH bought AS (
    SELECT realm_id, transaction_type, transaction_id, vendor_id, currency_id, foreign_amount, amount, transaction_date,
        nullif(trim(doc_number), '') AS doc_number
    FROM finance.dim_transaction
    WHERE transaction_type IN ('Bill', 'Purchase') AND vendor_id IS NOT NULL AND foreign_amount <> 0
)
SELECT
    later.realm_id,
    later.transaction_type,
    later.transaction_id,
    earlier.transaction_type AS other_transaction_type,
    earlier.transaction_id AS other_transaction_id,
    later.vendor_id,
    later.realm_id || '|' || later.vendor_id AS vendor_key,
    later.transaction_date,
    earlier.transaction_date AS other_date,
    later.doc_number,
    earlier.doc_number AS other_doc_number,
    later.amount,
    CASE WHEN later.doc_number = earlier.doc_number
        THEN 'same number and amount' ELSE 'same amount within three days' END AS reason
FROM bought AS later
INNER JOIN bought AS earlier
    ON earlier.realm_id = later.realm_id AND earlier.vendor_id = later.vendor_id AND earlier.currency_id = later.currency_id
    AND earlier.foreign_amount = later.foreign_amount
    AND (earlier.transaction_date, earlier.transaction_type, length(earlier.transaction_id), earlier.transaction_id)
    < (later.transaction_date, later.transaction_type, length(later.transaction_id), later.transaction_id)
WHERE later.doc_number = earlier.doc_number
    OR (later.transaction_date - earlier.transaction_date <= 3 AND (later.doc_number IS NULL OR earlier.doc_number IS NULL))
