-- Every transaction with what identifies it: the hub of the drill from a statement to legs, to the document and to its lines. Estimates,
-- purchase orders and charges to reimburse are there and post nothing; transactions that only QuickBooks' reports know are there, too.
-- Grain: a transaction.
-- Key: realm_id, transaction_type, transaction_id
-- Built: documents
-- Source: the transaction entities; for types without an entity, the ledger.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   type_label: What people call the type.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   term_id: Payment term.
--   payment_method_id: Payment method.
--   department_id: The department (location).
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   foreign_open_balance: What is open, transaction currency.
--   memo: Memo.
--   is_voided: Voided: its amounts are zero, those of its lines too, and its memo says so.
--   is_adjusting: An adjusting journal entry.
--   is_posting: Posts to the ledger.
--   has_entity: QuickBooks' API serves it as an entity; others are known from reports alone.
--   created_at: When it was made, UTC.
--   updated_at: When it was last changed, UTC.
--   qbo_url: Opens it in QuickBooks.
WITH documents AS (
    SELECT realm_id, 'Invoice' AS transaction_type, id AS transaction_id, txn_date AS transaction_date, due_date, doc_number,
        customer_id, NULL::VARCHAR AS vendor_id,
        NULL::VARCHAR AS employee_id, sales_term_id AS term_id, NULL::VARCHAR AS payment_method_id, department_id, currency_id, exchange_rate,
            total_amt AS total, balance,
        private_note AS memo, FALSE AS is_adjusting, created_at, updated_at
    FROM changed.invoice WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'SalesReceipt', id, txn_date, NULL, doc_number, customer_id, NULL, NULL, NULL, payment_method_id,
        department_id, currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.sales_receipt WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo', id, txn_date, NULL, doc_number, customer_id, NULL, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, balance, private_note, FALSE, created_at, updated_at
    FROM changed.credit_memo WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'RefundReceipt', id, txn_date, NULL, doc_number, customer_id, NULL, NULL, NULL, payment_method_id,
        department_id, currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.refund_receipt WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Payment', id, txn_date, NULL, coalesce(doc_number, payment_ref_num), customer_id, NULL, NULL, NULL,
        payment_method_id, department_id, currency_id,
        exchange_rate, total_amt, unapplied_amt, private_note, FALSE, created_at, updated_at
    FROM changed.payment WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Bill', id, txn_date, due_date, doc_number, NULL, vendor_id, NULL, sales_term_id, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, balance, private_note, FALSE, created_at, updated_at
    FROM changed.bill WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'VendorCredit', id, txn_date, NULL, doc_number, NULL, vendor_id, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, balance, private_note, FALSE, created_at, updated_at
    FROM changed.vendor_credit WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'BillPayment', id, txn_date, NULL, doc_number, NULL, vendor_id, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.bill_payment WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Purchase', id, txn_date, NULL, doc_number, CASE entity_type WHEN 'Customer' THEN entity_id END,
        CASE entity_type WHEN 'Vendor' THEN entity_id END,
        CASE entity_type WHEN 'Employee' THEN entity_id END, NULL, payment_method_id, department_id, currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.purchase WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Deposit', id, txn_date, NULL, doc_number, NULL, NULL, NULL, NULL, NULL, department_id, currency_id,
        exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.deposit WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Transfer', id, txn_date, NULL, doc_number, NULL, NULL, NULL, NULL, NULL, department_id, currency_id,
        exchange_rate,
        amount, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.transfer WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'JournalEntry', id, txn_date, NULL, doc_number, NULL, NULL, NULL, NULL, NULL, department_id, currency_id,
        exchange_rate,
        total_amt, NULL, private_note, coalesce(adjustment, FALSE), created_at, updated_at
    FROM changed.journal_entry WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditCardPayment', id, txn_date, NULL, doc_number, NULL, vendor_id, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        amount, NULL, coalesce(memo, private_note), FALSE, created_at, updated_at
    FROM changed.credit_card_payment WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'InventoryAdjustment', id, txn_date, NULL, doc_number, customer_id, NULL, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.inventory_adjustment WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'TaxPayment', id, payment_date, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        payment_amount, NULL, description, FALSE, created_at, updated_at
    FROM changed.tax_payment WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Estimate', id, txn_date, expiration_date, doc_number, customer_id, NULL, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.estimate WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'PurchaseOrder', id, txn_date, due_date, doc_number, NULL, vendor_id, NULL, sales_term_id, NULL,
        department_id, currency_id, exchange_rate,
        total_amt, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.purchase_order WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'ReimburseCharge', id, txn_date, NULL, doc_number, customer_id, NULL, NULL, NULL, NULL, department_id,
        currency_id, exchange_rate,
        amount, NULL, private_note, FALSE, created_at, updated_at
    FROM changed.reimburse_charge WHERE NOT deleted
),
entered AS (
    -- A void leaves nothing on the lines. A total of zero alone tells of none: a journal entry always has it, and lines may make up for each
    -- other or tell of goods that are given away. Of a bundle that tells what is in it; how many bundles there were stays on its own line.
    SELECT realm_id, 'JournalEntry' AS transaction_type, journal_entry_id AS transaction_id
    FROM changed.journal_entry_line WHERE amount <> 0
    UNION
    SELECT realm_id, 'Invoice', invoice_id
    FROM changed.invoice_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'Invoice', invoice_id
    FROM changed.invoice_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'SalesReceipt', sales_receipt_id
    FROM changed.sales_receipt_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'SalesReceipt', sales_receipt_id
    FROM changed.sales_receipt_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'CreditMemo', credit_memo_id
    FROM changed.credit_memo_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'CreditMemo', credit_memo_id
    FROM changed.credit_memo_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'RefundReceipt', refund_receipt_id
    FROM changed.refund_receipt_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'RefundReceipt', refund_receipt_id
    FROM changed.refund_receipt_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'Bill', bill_id
    FROM changed.bill_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'Bill', bill_id
    FROM changed.bill_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'VendorCredit', vendor_credit_id
    FROM changed.vendor_credit_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'VendorCredit', vendor_credit_id
    FROM changed.vendor_credit_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'Purchase', purchase_id
    FROM changed.purchase_line WHERE amount <> 0 OR (quantity <> 0 AND detail_type IS DISTINCT FROM 'GroupLineDetail')
    UNION
    SELECT realm_id, 'Purchase', purchase_id
    FROM changed.purchase_line_group_line WHERE amount <> 0 OR quantity <> 0
    UNION
    SELECT realm_id, 'Deposit', deposit_id
    FROM changed.deposit_line WHERE amount <> 0
    UNION
    SELECT realm_id, 'Payment', payment_id
    FROM changed.payment_line WHERE amount <> 0
    UNION
    SELECT realm_id, 'BillPayment', bill_payment_id
    FROM changed.bill_payment_line WHERE amount <> 0
),
posted AS (
    SELECT realm_id, transaction_type, transaction_id, min(transaction_date) AS transaction_date, min(doc_number) AS doc_number,
        min(customer_id) AS customer_id, min(vendor_id) AS vendor_id, min(employee_id) AS employee_id,
        min(memo) AS memo, sum(debit) AS total
    FROM (
        -- What uses credits and brings no money posts on the cash basis alone: reports may have it before it is loaded.
        SELECT *
        FROM changed.leg
        WHERE posting_source = 'report_only' AND patch_reason = 'no_entity'
        QUALIFY basis = min(basis) OVER (PARTITION BY realm_id, transaction_type, transaction_id)
    )
    GROUP BY ALL
),
together AS (
    SELECT realm_id, transaction_type, transaction_id, transaction_date, due_date, doc_number, customer_id, vendor_id,
        employee_id, term_id, payment_method_id,
        department_id, currency_id, exchange_rate, total::DECIMAL(38, 2) AS total, balance, memo, is_adjusting, created_at, updated_at, TRUE AS has_entity,
        transaction_type NOT IN ('Estimate', 'PurchaseOrder', 'ReimburseCharge') AS is_posting
    FROM documents
    UNION ALL
    SELECT posted.realm_id, posted.transaction_type, posted.transaction_id, posted.transaction_date, NULL, posted.doc_number,
        posted.customer_id, posted.vendor_id,
        posted.employee_id, NULL, NULL, NULL, NULL, NULL, posted.total, NULL, posted.memo, FALSE, NULL, NULL, FALSE, TRUE
    FROM posted
)
SELECT
    together.realm_id,
    together.transaction_type,
    together.transaction_id,
    together.realm_id || '|' || together.transaction_type || '|' || together.transaction_id AS transaction_key,
    coalesce(kinds.label, CASE together.transaction_type
        WHEN 'Estimate' THEN 'Estimate' WHEN 'PurchaseOrder' THEN 'Purchase order' WHEN 'ReimburseCharge'
            THEN 'Charge to reimburse' ELSE together.transaction_type
    END) AS type_label,
    together.doc_number,
    together.transaction_date,
    together.due_date,
    together.customer_id,
    together.vendor_id,
    together.employee_id,
    together.term_id,
    together.payment_method_id,
    together.department_id,
    coalesce(together.currency_id, preferences.home_currency_id) AS currency_id,
    coalesce(together.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    together.total::DECIMAL(18, 2) AS foreign_amount,
    round(together.total * coalesce(together.exchange_rate, 1), 2)::DECIMAL(18, 2) AS amount,
    together.balance::DECIMAL(18, 2) AS foreign_open_balance,
    together.memo,
    coalesce(together.total = 0 AND together.memo LIKE 'Voided%', FALSE) AND entered.transaction_id IS NULL AS is_voided,
    together.is_adjusting,
    together.is_posting,
    together.has_entity,
    together.created_at,
    together.updated_at,
    'https://app.qbo.intuit.com/app/' || coalesce(kinds.url_path,
        CASE together.transaction_type WHEN 'Estimate' THEN 'estimate' WHEN 'PurchaseOrder' THEN 'purchaseorder' END)
    || '?txnId=' || together.transaction_id AS qbo_url
FROM together
LEFT JOIN entered
    ON entered.realm_id = together.realm_id AND entered.transaction_type = together.transaction_type
    AND entered.transaction_id = together.transaction_id
LEFT JOIN posting.transaction_type AS kinds ON kinds.transaction_type = together.transaction_type
LEFT JOIN quickbooks.preferences ON preferences.realm_id = together.realm_id
