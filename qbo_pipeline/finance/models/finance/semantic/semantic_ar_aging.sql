-- What customers owe at the end of each month, and today for the current one, as BI tools read it: an item that does not change from one day to the
-- next is the same row.
-- Grain: an open item of a month.
-- Key: aging_key
-- Built: view
-- Source: ar_aging, dim_transaction.
-- Columns:
--   aging_key: Key: the company's id, the month, the item's type and id, the customer, with bars between.
--   realm_id: The company.
--   month: First day of the month the item is open at the end of.
--   fiscal_month_key: Key of the month in semantic_fiscal_period.
--   customer_key: Key of the customer.
--   currency_id: Code of the transaction currency.
--   transaction_type: What people call the type of the item.
--   doc_number: Number on the document.
--   transaction_key: Key of the item's transaction.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   bucket: 'Current', '1-30', '31-60', '61-90' or '91+' days overdue.
--   bucket_ordinal: Order of the buckets, from 0.
--   open_balance: What is open, home currency; credits negative.
--   foreign_open_balance: What is open, transaction currency.
--   line_count: Always 1: its sum counts open items.
SELECT
    aging.realm_id || '|' || strftime(aging.as_of, '%Y-%m') || '|' || aging.transaction_type || '|' || aging.transaction_id || '|'
    || coalesce(aging.customer_id, '-1') AS aging_key,
    aging.realm_id,
    date_trunc('month', aging.as_of)::DATE AS month,
    aging.realm_id || '|' || strftime(aging.as_of, '%Y-%m') AS fiscal_month_key,
    aging.customer_key,
    aging.currency_id,
    coalesce(document.type_label, aging.transaction_type) AS transaction_type,
    aging.doc_number,
    aging.transaction_key,
    aging.transaction_date,
    aging.due_date,
    aging.bucket,
    aging.bucket_ordinal,
    aging.open_balance,
    aging.foreign_open_balance,
    1::INTEGER AS line_count
FROM finance.ar_aging AS aging
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = aging.realm_id AND document.transaction_type = aging.transaction_type
        AND document.transaction_id = aging.transaction_id
