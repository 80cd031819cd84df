-- Some documents by which the account for shipping is learned: of each kind of sales form the latest that name none.
-- Grain: a document with a line for shipping.
-- Key: realm_id, transaction_id
-- Built: table
-- Source: lines of sales forms.
-- Columns:
--   realm_id: The company.
--   transaction_id: Id of the document.
WITH sampled AS (
    SELECT realm_id, max(invoice_id, 200) AS ids
    FROM quickbooks.invoice_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(sales_receipt_id, 200) AS ids
    FROM quickbooks.sales_receipt_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(credit_memo_id, 200) AS ids
    FROM quickbooks.credit_memo_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
    UNION ALL
    SELECT realm_id, max(refund_receipt_id, 200) AS ids
    FROM quickbooks.refund_receipt_line
    WHERE item_id = 'SHIPPING_ITEM_ID' AND item_account_id IS NULL
    GROUP BY realm_id
)
SELECT DISTINCT realm_id, unnest(ids) AS transaction_id
FROM sampled
