-- Lines of purchase orders, with what was billed of them and what is still to come.
-- Grain: a line of a purchase order.
-- Key: realm_id, transaction_id, line_number
-- Built: view
-- Source: PurchaseOrder; the lines of bills that refer to it, and of the checks and expenses that paid it at once.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   status: QuickBooks' status.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   billed_quantity: Quantity billed so far.
--   open_quantity: Quantity still to come, zero once closed.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   open_amount: Amount still to come, home currency, zero once closed.
--   description: Description.
WITH received AS (
    SELECT link.realm_id, link.txn_id AS purchase_order_id, link.txn_line_id AS line_id, line.quantity, line.amount
    FROM quickbooks.bill_line_linked_txn AS link
    INNER JOIN quickbooks.bill_line AS line ON line.realm_id = link.realm_id AND line.bill_id = link.bill_id
        AND line.line_number = link.line_number
    INNER JOIN quickbooks.bill ON bill.realm_id = link.realm_id AND bill.id = link.bill_id AND NOT bill.deleted
    WHERE link.txn_type = 'PurchaseOrder'
    UNION ALL
    SELECT link.realm_id, link.txn_id, link.txn_line_id, line.quantity, line.amount
    FROM quickbooks.purchase_line_linked_txn AS link
    INNER JOIN quickbooks.purchase_line AS line ON line.realm_id = link.realm_id AND line.purchase_id = link.purchase_id
        AND line.line_number = link.line_number
    INNER JOIN quickbooks.purchase ON purchase.realm_id = link.realm_id AND purchase.id = link.purchase_id
        AND NOT purchase.deleted
    WHERE link.txn_type = 'PurchaseOrder'
),
billed AS (
    SELECT realm_id, purchase_order_id, line_id, sum(quantity) AS quantity, sum(amount) AS amount
    FROM received
    GROUP BY realm_id, purchase_order_id, line_id
)
SELECT
    purchase_order.realm_id,
    'PurchaseOrder' AS transaction_type,
    purchase_order.id AS transaction_id,
    purchase_order.realm_id || '|PurchaseOrder|' || purchase_order.id AS transaction_key,
    line.line_number,
    purchase_order.doc_number,
    purchase_order.txn_date AS transaction_date,
    purchase_order.due_date,
    purchase_order.po_status AS status,
    purchase_order.vendor_id,
    purchase_order.realm_id || '|' || coalesce(purchase_order.vendor_id, '-1') AS vendor_key,
    line.item_id,
    purchase_order.realm_id || '|' || coalesce(line.item_id, '-1') AS item_key,
    line.account_id,
    purchase_order.realm_id || '|' || coalesce(line.account_id, '-1') AS account_key,
    line.class_id,
    purchase_order.realm_id || '|' || coalesce(line.class_id, '-1') AS class_key,
    line.customer_id,
    purchase_order.realm_id || '|' || coalesce(line.customer_id, '-1') AS customer_key,
    line.quantity,
    line.unit_price,
    coalesce(billed.quantity, 0)::DECIMAL(28, 10) AS billed_quantity,
    CASE WHEN purchase_order.po_status = 'Closed' THEN 0 ELSE greatest(coalesce(line.quantity, 0) - coalesce(billed.quantity,
        0), 0) END::DECIMAL(28, 10) AS open_quantity,
    purchase_order.currency_id,
    coalesce(purchase_order.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    line.amount::DECIMAL(18, 2) AS foreign_amount,
    round(line.amount * coalesce(purchase_order.exchange_rate, 1), 2)::DECIMAL(18, 2) AS amount,
    CASE
        WHEN purchase_order.po_status = 'Closed' THEN 0
        ELSE greatest(round((line.amount - coalesce(billed.amount, 0)) * coalesce(purchase_order.exchange_rate, 1), 2), 0)
    END::DECIMAL(18, 2) AS open_amount,
    line.description
FROM quickbooks.purchase_order
INNER JOIN quickbooks.purchase_order_line AS line ON line.realm_id = purchase_order.realm_id
    AND line.purchase_order_id = purchase_order.id
LEFT JOIN billed
    ON billed.realm_id = purchase_order.realm_id AND billed.purchase_order_id = purchase_order.id
        AND billed.line_id = line.line_id
WHERE NOT purchase_order.deleted AND line.detail_type IN ('AccountBasedExpenseLineDetail', 'ItemBasedExpenseLineDetail')
