-- The total of a bill, expense or vendor credit is the sum of its lines plus its tax.
-- Invariant: 8
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.01
-- On: finance.general_ledger
-- Each: bill, purchase, vendor_credit
-- Cost: one pass over the documents and their lines.
-- Source: quickbooks.$table with its lines.
-- Remedy: load the document again (qbo-pipeline sync); the lines in the warehouse are not those of its total.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of document.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   total: Its total.
--   lines: Sum of its lines.
--   tax: Its tax.
--   difference: Total less lines and tax.
WITH summed AS (
    SELECT realm_id, ${table}_id AS id, sum(amount) AS lines
    FROM quickbooks.${table}_line
    GROUP BY realm_id, ${table}_id
),

document AS (
    SELECT
        document.realm_id,
        document.id AS transaction_id,
        document.doc_number AS document,
        document.txn_date AS transaction_date,
        coalesce(document.total_amt, 0) AS total,
        coalesce(summed.lines, 0) AS lines,
        coalesce(document.total_tax, 0) AS tax
    FROM quickbooks.$table AS document
    LEFT JOIN summed ON summed.realm_id = document.realm_id AND summed.id = document.id
    WHERE NOT document.deleted
)

SELECT
    realm_id,
    '$type' AS transaction_type,
    transaction_id,
    document,
    transaction_date,
    total,
    lines,
    tax,
    total - lines - tax AS difference
FROM document
WHERE abs(total - lines - tax) > $tolerance
