-- Lines of estimates: the pipeline. The items of bundles are lines of their own; discounts are negative.
-- Grain: a line of an estimate.
-- Key: realm_id, transaction_id, line_number, child_number
-- Built: view
-- Source: Estimate.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   child_number: Number of the item in its bundle, 0 outside of bundles.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   expiration_date: Last day the estimate holds.
--   status: QuickBooks' status.
--   accepted_date: Day it was accepted.
--   invoice_id: The invoice it became, NULL before.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   description: Description.
WITH lines AS (
    SELECT realm_id, estimate_id, line_number, 0 AS child_number, detail_type, amount, item_id, class_id, quantity, unit_price,
        description FROM quickbooks.estimate_line
    UNION ALL
    SELECT realm_id, estimate_id, line_number, group_line_number, detail_type, amount, item_id, class_id, quantity, unit_price,
        description
    FROM quickbooks.estimate_line_group_line
),
invoiced AS (
    SELECT realm_id, estimate_id,
        min(txn_id) AS invoice_id FROM quickbooks.estimate_linked_txn WHERE txn_type = 'Invoice' GROUP BY ALL
)
SELECT
    estimate.realm_id,
    'Estimate' AS transaction_type,
    estimate.id AS transaction_id,
    estimate.realm_id || '|Estimate|' || estimate.id AS transaction_key,
    lines.line_number,
    lines.child_number,
    estimate.doc_number,
    estimate.txn_date AS transaction_date,
    estimate.expiration_date,
    estimate.txn_status AS status,
    estimate.accepted_date,
    invoiced.invoice_id,
    estimate.customer_id,
    estimate.realm_id || '|' || coalesce(estimate.customer_id, '-1') AS customer_key,
    CASE WHEN lines.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID') THEN lines.item_id END AS item_id,
    estimate.realm_id || '|' || CASE
        WHEN lines.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID') THEN lines.item_id ELSE '-1'
    END AS item_key,
    lines.class_id,
    estimate.realm_id || '|' || coalesce(lines.class_id, '-1') AS class_key,
    lines.quantity,
    lines.unit_price,
    estimate.currency_id,
    coalesce(estimate.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    (CASE lines.detail_type WHEN 'DiscountLineDetail' THEN -lines.amount ELSE lines.amount END)::DECIMAL(18, 2) AS foreign_amount,
    round((CASE lines.detail_type WHEN 'DiscountLineDetail'
        THEN -lines.amount ELSE lines.amount END) * coalesce(estimate.exchange_rate, 1), 2)::DECIMAL(18, 2) AS amount,
    lines.description
FROM quickbooks.estimate
INNER JOIN lines ON lines.realm_id = estimate.realm_id AND lines.estimate_id = estimate.id
LEFT JOIN invoiced ON invoiced.realm_id = estimate.realm_id AND invoiced.estimate_id = estimate.id
WHERE NOT estimate.deleted AND lines.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
