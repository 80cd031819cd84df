-- What the titles of transactions in reports mean, learned from ids: reports are in the company's language, ids are not.
-- Some ids of each title are looked for among the entities; the type that has most of them, and at least half, is meant.
-- Grain: a company and title.
-- Key: realm_id, title
-- Built: table
-- Documents: posting.title_sample
-- Source: posting.title_sample and the ids of the transaction entities.
-- Columns:
--   realm_id: The company.
--   title: The transaction type as reports show it.
--   transaction_type: The type it stands for: learned, else by the English title, else the title itself.
--   learned: Whether ids told.
WITH entity AS (
    SELECT realm_id, 'Invoice' AS transaction_type, id
    FROM quickbooks.invoice
    UNION ALL
    SELECT realm_id, 'SalesReceipt' AS transaction_type, id
    FROM quickbooks.sales_receipt
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS transaction_type, id
    FROM quickbooks.credit_memo
    UNION ALL
    SELECT realm_id, 'RefundReceipt' AS transaction_type, id
    FROM quickbooks.refund_receipt
    UNION ALL
    SELECT realm_id, 'Payment' AS transaction_type, id
    FROM quickbooks.payment
    UNION ALL
    SELECT realm_id, 'Bill' AS transaction_type, id
    FROM quickbooks.bill
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS transaction_type, id
    FROM quickbooks.vendor_credit
    UNION ALL
    SELECT realm_id, 'BillPayment' AS transaction_type, id
    FROM quickbooks.bill_payment
    UNION ALL
    SELECT realm_id, 'Purchase' AS transaction_type, id
    FROM quickbooks.purchase
    UNION ALL
    SELECT realm_id, 'CreditCardPayment' AS transaction_type, id
    FROM quickbooks.credit_card_payment
    UNION ALL
    SELECT realm_id, 'Deposit' AS transaction_type, id
    FROM quickbooks.deposit
    UNION ALL
    SELECT realm_id, 'Transfer' AS transaction_type, id
    FROM quickbooks.transfer
    UNION ALL
    SELECT realm_id, 'JournalEntry' AS transaction_type, id
    FROM quickbooks.journal_entry
    UNION ALL
    SELECT realm_id, 'InventoryAdjustment' AS transaction_type, id
    FROM quickbooks.inventory_adjustment
    UNION ALL
    SELECT realm_id, 'TaxPayment' AS transaction_type, id
    FROM quickbooks.tax_payment
),
found AS (
    SELECT sample.realm_id, sample.title, entity.transaction_type, count(*) AS ids
    FROM posting.title_sample AS sample
    INNER JOIN entity ON entity.realm_id = sample.realm_id AND entity.id = sample.transaction_id
    GROUP BY sample.realm_id, sample.title, entity.transaction_type
),
looked_for AS (
    SELECT realm_id, title, count(*) AS ids
    FROM posting.title_sample
    GROUP BY realm_id, title
),
learned AS (
    SELECT found.realm_id, found.title, max_by(found.transaction_type, (found.ids, found.transaction_type)) AS transaction_type
    FROM found
    INNER JOIN looked_for ON looked_for.realm_id = found.realm_id AND looked_for.title = found.title
    WHERE found.ids * 2 >= looked_for.ids
    GROUP BY found.realm_id, found.title
)
SELECT
    looked_for.realm_id,
    looked_for.title,
    coalesce(learned.transaction_type, english_title.transaction_type, looked_for.title) AS transaction_type,
    learned.transaction_type IS NOT NULL AS learned
FROM looked_for
LEFT JOIN learned ON learned.realm_id = looked_for.realm_id AND learned.title = looked_for.title
LEFT JOIN posting.english_title ON english_title.title = lower(looked_for.title)
