-- What the lines of bills, vendor credits and purchases post, and where: accounts, items and the children of bundles.
-- Stock that is bought goes to the item's asset account; other items to their expense account.
-- Grain: a posting line of a bill, vendor credit or purchase.
-- Key: realm_id, transaction_type, transaction_id, line_number, child_number
-- Built: inline
-- Source: lines of purchase forms; the item's accounts where the line names none.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the form.
--   transaction_id: Id of the form.
--   line_number: Position of the line, from 1.
--   child_number: Position in the bundle, from 1; 0 for lines that are in none.
--   line_id: QuickBooks' id of the line.
--   leg_role: line or bundle_line.
--   account_id: The expense or asset account.
--   amount: Transaction currency; what the line adds to the form.
--   item_id: The product or service.
--   class_id: The class of the line.
--   customer_id: The customer or job it was bought for.
--   quantity: How many.
--   memo: The description of the line.
WITH form_line AS (
    SELECT
        realm_id, 'Bill' AS transaction_type, bill_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.bill_line
    UNION ALL
    SELECT
        realm_id, 'Bill' AS transaction_type, bill_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.bill_line_group_line
    UNION ALL
    SELECT
        realm_id, 'VendorCredit' AS transaction_type, vendor_credit_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.vendor_credit_line
    UNION ALL
    SELECT
        realm_id, 'VendorCredit' AS transaction_type, vendor_credit_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.vendor_credit_line_group_line
    UNION ALL
    SELECT
        realm_id, 'Purchase' AS transaction_type, purchase_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.purchase_line
    UNION ALL
    SELECT
        realm_id, 'Purchase' AS transaction_type, purchase_id AS transaction_id, line_number, group_line_number AS child_number, line_id, detail_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, description
    FROM changed.purchase_line_group_line
)
SELECT
    form_line.realm_id,
    form_line.transaction_type,
    form_line.transaction_id,
    form_line.line_number,
    form_line.child_number,
    form_line.line_id,
    CASE WHEN form_line.child_number > 0 THEN 'bundle_line' ELSE 'line' END AS leg_role,
    coalesce(
        form_line.account_id,
        form_line.item_account_id,
        CASE WHEN item.type = 'Inventory' THEN item.asset_account_id END,
        item.expense_account_id,
        item.income_account_id,
        company_account.expense_id
    ) AS account_id,
    form_line.amount,
    form_line.item_id,
    form_line.class_id,
    form_line.customer_id,
    form_line.quantity,
    form_line.description AS memo
FROM form_line
LEFT JOIN quickbooks.item ON item.realm_id = form_line.realm_id AND item.id = form_line.item_id
LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
WHERE form_line.detail_type IN ('AccountBasedExpenseLineDetail', 'ItemBasedExpenseLineDetail') AND form_line.amount <> 0
