-- Which documents refer to which: payments to invoices, deposits to payments, bills to purchase orders.
-- Grain: a document and one it refers to, however often.
-- Key: realm_id, transaction_type, transaction_id, linked_transaction_type, linked_transaction_id
-- Built: documents
-- Source: the linked transactions of every document and of its lines.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity that the document is.
--   transaction_id: Id of the document.
--   linked_transaction_type: What the document it refers to is, as the reference says.
--   linked_transaction_id: Id of the document it refers to.
WITH linked AS (
    SELECT realm_id, 'Estimate' AS transaction_type, estimate_id AS transaction_id, txn_type, txn_id
    FROM changed.estimate_linked_txn
    UNION ALL
    SELECT realm_id, 'Estimate' AS transaction_type, estimate_id AS transaction_id, txn_type, txn_id
    FROM changed.estimate_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, txn_type, txn_id
    FROM changed.invoice_linked_txn
    UNION ALL
    SELECT realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, txn_type, txn_id
    FROM changed.invoice_line_linked_txn
    UNION ALL
    SELECT realm_id, 'SalesReceipt' AS transaction_type, sales_receipt_id AS transaction_id, txn_type, txn_id
    FROM changed.sales_receipt_linked_txn
    UNION ALL
    SELECT realm_id, 'SalesReceipt' AS transaction_type, sales_receipt_id AS transaction_id, txn_type, txn_id
    FROM changed.sales_receipt_line_linked_txn
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS transaction_type, credit_memo_id AS transaction_id, txn_type, txn_id
    FROM changed.credit_memo_linked_txn
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS transaction_type, credit_memo_id AS transaction_id, txn_type, txn_id
    FROM changed.credit_memo_line_linked_txn
    UNION ALL
    SELECT realm_id, 'RefundReceipt' AS transaction_type, refund_receipt_id AS transaction_id, txn_type, txn_id
    FROM changed.refund_receipt_linked_txn
    UNION ALL
    SELECT realm_id, 'RefundReceipt' AS transaction_type, refund_receipt_id AS transaction_id, txn_type, txn_id
    FROM changed.refund_receipt_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Payment' AS transaction_type, payment_id AS transaction_id, txn_type, txn_id
    FROM changed.payment_linked_txn
    UNION ALL
    SELECT realm_id, 'Payment' AS transaction_type, payment_id AS transaction_id, txn_type, txn_id
    FROM changed.payment_line_linked_txn
    UNION ALL
    SELECT realm_id, 'ReimburseCharge' AS transaction_type, reimburse_charge_id AS transaction_id, txn_type, txn_id
    FROM changed.reimburse_charge_linked_txn
    UNION ALL
    SELECT realm_id, 'ReimburseCharge' AS transaction_type, reimburse_charge_id AS transaction_id, txn_type, txn_id
    FROM changed.reimburse_charge_line_linked_txn
    UNION ALL
    SELECT realm_id, 'PurchaseOrder' AS transaction_type, purchase_order_id AS transaction_id, txn_type, txn_id
    FROM changed.purchase_order_linked_txn
    UNION ALL
    SELECT realm_id, 'PurchaseOrder' AS transaction_type, purchase_order_id AS transaction_id, txn_type, txn_id
    FROM changed.purchase_order_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Bill' AS transaction_type, bill_id AS transaction_id, txn_type, txn_id
    FROM changed.bill_linked_txn
    UNION ALL
    SELECT realm_id, 'Bill' AS transaction_type, bill_id AS transaction_id, txn_type, txn_id
    FROM changed.bill_line_linked_txn
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS transaction_type, vendor_credit_id AS transaction_id, txn_type, txn_id
    FROM changed.vendor_credit_linked_txn
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS transaction_type, vendor_credit_id AS transaction_id, txn_type, txn_id
    FROM changed.vendor_credit_line_linked_txn
    UNION ALL
    SELECT realm_id, 'BillPayment' AS transaction_type, bill_payment_id AS transaction_id, txn_type, txn_id
    FROM changed.bill_payment_linked_txn
    UNION ALL
    SELECT realm_id, 'BillPayment' AS transaction_type, bill_payment_id AS transaction_id, txn_type, txn_id
    FROM changed.bill_payment_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Purchase' AS transaction_type, purchase_id AS transaction_id, txn_type, txn_id
    FROM changed.purchase_linked_txn
    UNION ALL
    SELECT realm_id, 'Purchase' AS transaction_type, purchase_id AS transaction_id, txn_type, txn_id
    FROM changed.purchase_line_linked_txn
    UNION ALL
    SELECT realm_id, 'CreditCardPayment' AS transaction_type, credit_card_payment_id AS transaction_id, txn_type, txn_id
    FROM changed.credit_card_payment_linked_txn
    UNION ALL
    SELECT realm_id, 'CreditCardPayment' AS transaction_type, credit_card_payment_id AS transaction_id, txn_type, txn_id
    FROM changed.credit_card_payment_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Deposit' AS transaction_type, deposit_id AS transaction_id, txn_type, txn_id
    FROM changed.deposit_linked_txn
    UNION ALL
    SELECT realm_id, 'Deposit' AS transaction_type, deposit_id AS transaction_id, txn_type, txn_id
    FROM changed.deposit_line_linked_txn
    UNION ALL
    SELECT realm_id, 'Transfer' AS transaction_type, transfer_id AS transaction_id, txn_type, txn_id
    FROM changed.transfer_linked_txn
    UNION ALL
    SELECT realm_id, 'Transfer' AS transaction_type, transfer_id AS transaction_id, txn_type, txn_id
    FROM changed.transfer_line_linked_txn
    UNION ALL
    SELECT realm_id, 'JournalEntry' AS transaction_type, journal_entry_id AS transaction_id, txn_type, txn_id
    FROM changed.journal_entry_linked_txn
    UNION ALL
    SELECT realm_id, 'JournalEntry' AS transaction_type, journal_entry_id AS transaction_id, txn_type, txn_id
    FROM changed.journal_entry_line_linked_txn
    UNION ALL
    SELECT realm_id, 'InventoryAdjustment' AS transaction_type, inventory_adjustment_id AS transaction_id, txn_type, txn_id
    FROM changed.inventory_adjustment_linked_txn
    UNION ALL
    SELECT realm_id, 'InventoryAdjustment' AS transaction_type, inventory_adjustment_id AS transaction_id, txn_type, txn_id
    FROM changed.inventory_adjustment_line_linked_txn
)
SELECT DISTINCT
    realm_id,
    transaction_type,
    transaction_id,
    txn_type AS linked_transaction_type,
    txn_id AS linked_transaction_id
FROM linked
WHERE txn_id IS NOT NULL
