-- What the lines of sales forms post, and where: items, the children of bundles, discounts and shipping.
-- A bundle posts by its children; its own line carries their sum once more and posts nothing, as subtotals and descriptions do.
-- Discounts are positive amounts on the form and reduce the sale: they are negative here.
-- Grain: a posting line of an invoice, sales receipt, credit memo or refund receipt.
-- Key: realm_id, transaction_type, transaction_id, line_number, child_number
-- Built: inline
-- Source: lines of sales forms; the item's income account where the line names none.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the form.
--   transaction_id: Id of the form.
--   line_number: Position of the line, from 1.
--   child_number: Position in the bundle, from 1; 0 for lines that are in none.
--   line_id: QuickBooks' id of the line.
--   leg_role: line, bundle_line, discount or shipping.
--   account_id: The income account.
--   amount: Transaction currency; what the line adds to the form.
--   item_id: The product or service.
--   class_id: The class of the line.
--   quantity: How many.
--   memo: The description of the line.
WITH form_line AS (
    SELECT
        realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.invoice_line
    UNION ALL
    SELECT
        realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.invoice_line_group_line
    UNION ALL
    SELECT
        realm_id, 'SalesReceipt' AS transaction_type, sales_receipt_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.sales_receipt_line
    UNION ALL
    SELECT
        realm_id, 'SalesReceipt' AS transaction_type, sales_receipt_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.sales_receipt_line_group_line
    UNION ALL
    SELECT
        realm_id, 'CreditMemo' AS transaction_type, credit_memo_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.credit_memo_line
    UNION ALL
    SELECT
        realm_id, 'CreditMemo' AS transaction_type, credit_memo_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.credit_memo_line_group_line
    UNION ALL
    SELECT
        realm_id, 'RefundReceipt' AS transaction_type, refund_receipt_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.refund_receipt_line
    UNION ALL
    SELECT
        realm_id, 'RefundReceipt' AS transaction_type, refund_receipt_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, item_id, item_account_id, discount_account_id, class_id, quantity, description
    FROM changed.refund_receipt_line_group_line
)
SELECT
    form_line.realm_id,
    form_line.transaction_type,
    form_line.transaction_id,
    form_line.line_number,
    form_line.child_number,
    form_line.line_id,
    CASE
        WHEN form_line.detail_type = 'DiscountLineDetail' THEN 'discount'
        WHEN form_line.item_id = 'SHIPPING_ITEM_ID' THEN 'shipping'
        WHEN form_line.child_number > 0 THEN 'bundle_line'
        ELSE 'line'
    END AS leg_role,
    coalesce(
        CASE WHEN form_line.detail_type = 'DiscountLineDetail' THEN coalesce(form_line.discount_account_id, company_account.discount_id) END,
        form_line.item_account_id,
        CASE WHEN form_line.item_id = 'SHIPPING_ITEM_ID' THEN shipping_account.account_id END,
        item.income_account_id,
        company_account.sales_id
    ) AS account_id,
    CASE WHEN form_line.detail_type = 'DiscountLineDetail' THEN -form_line.amount ELSE form_line.amount END AS amount,
    nullif(form_line.item_id, 'SHIPPING_ITEM_ID') AS item_id,
    form_line.class_id,
    form_line.quantity,
    form_line.description AS memo
FROM form_line
LEFT JOIN quickbooks.item ON item.realm_id = form_line.realm_id AND item.id = form_line.item_id
LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
LEFT JOIN posting.shipping_account ON shipping_account.realm_id = form_line.realm_id
WHERE form_line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail') AND form_line.amount <> 0
