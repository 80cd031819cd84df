-- What is open today, with customers and to vendors: the documents behind the newest agings.
-- Grain: an open item.
-- Key: open_document_key
-- Built: view
-- Source: ar_open_item, ap_open_item, dim_transaction, dim_term.
-- Columns:
--   open_document_key: Key: the ledger, the company's id, the item's type and id, the customer or vendor, with bars between.
--   realm_id: The company.
--   ledger: 'Receivable' or 'Payable'.
--   as_of: The day.
--   transaction_date: Date of the transaction.
--   customer_key: Key of the customer.
--   vendor_key: Key of the vendor.
--   currency_id: Code of the transaction currency.
--   term: Name of the payment term.
--   transaction_type: What people call the type.
--   doc_number: Number on the document.
--   transaction_key: Key of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   days_overdue: Days since the due date, negative before.
--   bucket: 'Current', '1-30', '31-60', '61-90' or '91+' days overdue.
--   bucket_ordinal: Order of the buckets, from 0.
--   open_balance: What is open, home currency; credits negative.
--   overdue_balance: What of it is overdue, home currency.
--   foreign_open_balance: What is open, transaction currency.
--   foreign_total: Total of the document, transaction currency.
--   qbo_url: Opens it in QuickBooks.
WITH items AS (
    SELECT
        'Receivable' AS ledger, realm_id, as_of, transaction_type, transaction_id, transaction_key, doc_number,
        transaction_date, due_date, days_overdue, currency_id, customer_key, realm_id || '|-1' AS vendor_key,
        coalesce(customer_id, '-1') AS party_id, open_balance, foreign_open_balance, foreign_total
    FROM finance.ar_open_item
    UNION ALL
    SELECT
        'Payable', realm_id, as_of, transaction_type, transaction_id, transaction_key, doc_number, transaction_date, due_date,
        days_overdue, currency_id, realm_id || '|-1', vendor_key, coalesce(vendor_id, '-1'), open_balance,
        foreign_open_balance, foreign_total
    FROM finance.ap_open_item
)
SELECT
    items.ledger || '|' || items.realm_id || '|' || items.transaction_type || '|' || items.transaction_id || '|'
    || items.party_id AS open_document_key,
    items.realm_id,
    items.ledger,
    items.as_of,
    items.transaction_date,
    items.customer_key,
    items.vendor_key,
    items.currency_id,
    dim_term.name AS term,
    coalesce(document.type_label, items.transaction_type) AS transaction_type,
    items.doc_number,
    items.transaction_key,
    items.due_date,
    items.days_overdue,
    CASE
        WHEN items.days_overdue <= 0 OR items.days_overdue IS NULL THEN 'Current'
        WHEN items.days_overdue <= 30 THEN '1-30'
        WHEN items.days_overdue <= 60 THEN '31-60'
        WHEN items.days_overdue <= 90 THEN '61-90'
        ELSE '91+'
    END AS bucket,
    CASE
        WHEN items.days_overdue <= 0 OR items.days_overdue IS NULL THEN 0
        WHEN items.days_overdue <= 30 THEN 1
        WHEN items.days_overdue <= 60 THEN 2
        WHEN items.days_overdue <= 90 THEN 3
        ELSE 4
    END::INTEGER AS bucket_ordinal,
    items.open_balance,
    CASE WHEN items.days_overdue > 0 THEN items.open_balance ELSE 0 END::DECIMAL(18, 2) AS overdue_balance,
    items.foreign_open_balance,
    items.foreign_total,
    document.qbo_url
FROM items
LEFT JOIN finance.dim_transaction AS document
    ON document.realm_id = items.realm_id AND document.transaction_type = items.transaction_type
        AND document.transaction_id = items.transaction_id
LEFT JOIN finance.dim_term ON dim_term.realm_id = document.realm_id AND dim_term.term_id = document.term_id
