-- The total of a document is the sum of its lines with shipping, less its discounts, plus its tax. The parts of a bundle
-- count once, a subtotal never; where amounts include tax, QuickBooks shows the lines without it.
-- Invariant: 8
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.01
-- On: finance.general_ledger
-- Each: invoice, sales_receipt, credit_memo, refund_receipt
-- Cost: one pass over the documents and their lines.
-- Source: quickbooks.$table with its lines and the parts of its bundles.
-- Remedy: load the document again (qbo-pipeline sync); the lines in the warehouse are not those of its total.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of document.
--   transaction_id: QuickBooks' id of it.
--   document: Its number.
--   transaction_date: Its date.
--   total: Its total.
--   lines: Sum of its lines, discounts taken off.
--   tax: Its tax.
--   difference: Total less lines and tax.
WITH bundle AS (
    SELECT realm_id, ${table}_id, line_number, sum(amount) AS amount
    FROM quickbooks.${table}_line_group_line
    GROUP BY realm_id, ${table}_id, line_number
),

summed AS (
    SELECT
        line.realm_id,
        line.${table}_id AS id,
        sum(
            CASE line.detail_type
                WHEN 'SubTotalLineDetail' THEN 0
                WHEN 'DiscountLineDetail' THEN -coalesce(line.amount, 0)
                WHEN 'GroupLineDetail' THEN coalesce(bundle.amount, line.amount, 0)
                ELSE coalesce(line.amount, 0)
            END
        ) AS lines
    FROM quickbooks.${table}_line AS line
    LEFT JOIN bundle
        ON line.detail_type = 'GroupLineDetail'
        AND bundle.realm_id = line.realm_id
        AND bundle.${table}_id = line.${table}_id
        AND bundle.line_number = line.line_number
    GROUP BY line.realm_id, line.${table}_id
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
