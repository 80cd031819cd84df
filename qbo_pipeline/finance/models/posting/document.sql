-- Every transaction that QuickBooks serves as an entity, with what its legs have in common. Deleted ones are here, marked.
-- Grain: a transaction.
-- Key: realm_id, transaction_type, transaction_id
-- Built: documents
-- Source: the transaction entities.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   updated_at: When this version of it was saved, UTC.
--   deleted: Whether it was deleted.
--   transaction_date: The date of the transaction.
--   doc_number: Its number as printed.
--   currency_id: Its currency; NULL where the company has only one.
--   exchange_rate: Home currency for one unit of its currency; NULL means 1.
--   customer_id: Its customer.
--   vendor_id: Its vendor.
SELECT
    realm_id, 'Invoice' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, customer_id AS customer_id, NULL::VARCHAR AS vendor_id
FROM changed.invoice
UNION ALL
SELECT
    realm_id, 'SalesReceipt' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, customer_id AS customer_id, NULL AS vendor_id
FROM changed.sales_receipt
UNION ALL
SELECT
    realm_id, 'CreditMemo' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, customer_id AS customer_id, NULL AS vendor_id
FROM changed.credit_memo
UNION ALL
SELECT
    realm_id, 'RefundReceipt' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, customer_id AS customer_id, NULL AS vendor_id
FROM changed.refund_receipt
UNION ALL
SELECT
    realm_id, 'Payment' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, customer_id AS customer_id, NULL AS vendor_id
FROM changed.payment
UNION ALL
SELECT
    realm_id, 'Bill' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, vendor_id AS vendor_id
FROM changed.bill
UNION ALL
SELECT
    realm_id, 'VendorCredit' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, vendor_id AS vendor_id
FROM changed.vendor_credit
UNION ALL
SELECT
    realm_id, 'BillPayment' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, vendor_id AS vendor_id
FROM changed.bill_payment
UNION ALL
SELECT
    realm_id, 'Purchase' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, CASE WHEN entity_type = 'Customer' THEN entity_id END AS customer_id, CASE WHEN entity_type = 'Vendor' THEN entity_id END AS vendor_id
FROM changed.purchase
UNION ALL
SELECT
    realm_id, 'CreditCardPayment' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, vendor_id AS vendor_id
FROM changed.credit_card_payment
UNION ALL
SELECT
    realm_id, 'Deposit' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, NULL AS vendor_id
FROM changed.deposit
UNION ALL
SELECT
    realm_id, 'Transfer' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, NULL AS vendor_id
FROM changed.transfer
UNION ALL
SELECT
    realm_id, 'JournalEntry' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, NULL AS vendor_id
FROM changed.journal_entry
UNION ALL
SELECT
    realm_id, 'InventoryAdjustment' AS transaction_type, id AS transaction_id, updated_at, deleted, txn_date AS transaction_date,
    doc_number AS doc_number, currency_id AS currency_id, exchange_rate AS exchange_rate, NULL AS customer_id, NULL AS vendor_id
FROM changed.inventory_adjustment
UNION ALL
SELECT
    realm_id, 'TaxPayment' AS transaction_type, id AS transaction_id, updated_at, deleted, payment_date AS transaction_date,
    NULL AS doc_number, NULL AS currency_id, NULL AS exchange_rate, NULL AS customer_id, NULL AS vendor_id
FROM changed.tax_payment
