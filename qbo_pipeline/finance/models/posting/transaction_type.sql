-- The kinds of transactions that can stand in the ledger: what they are called and where QuickBooks shows them.
-- Grain: a transaction type.
-- Key: transaction_type
-- Built: view
-- Source: QuickBooks' entities; types without an entity as its JournalReport names them.
-- Columns:
--   transaction_type: QuickBooks' name of the entity; for types without one the report's name in one word.
--   label: What people call it.
--   url_path: The page of QuickBooks that shows one, before ?txnId=; NULL where there is none.
--   side: Whose transaction it is: customer, vendor, or none.
--   has_entity: Whether QuickBooks' API serves it as an entity.
SELECT transaction_type, label, url_path, side, has_entity
FROM (
    VALUES
    ('Invoice', 'Invoice', 'invoice', 'customer', true),
    ('SalesReceipt', 'Sales receipt', 'salesreceipt', 'customer', true),
    ('CreditMemo', 'Credit memo', 'creditmemo', 'customer', true),
    ('RefundReceipt', 'Refund receipt', 'refundreceipt', 'customer', true),
    ('Payment', 'Payment', 'recvpayment', 'customer', true),
    ('Bill', 'Bill', 'bill', 'vendor', true),
    ('VendorCredit', 'Vendor credit', 'vendorcredit', 'vendor', true),
    ('BillPayment', 'Bill payment', 'billpayment', 'vendor', true),
    ('Purchase', 'Expense', 'expense', 'vendor', true),
    ('CreditCardPayment', 'Credit card payment', 'paydowncreditcard', 'none', true),
    ('Deposit', 'Deposit', 'deposit', 'none', true),
    ('Transfer', 'Transfer', 'transfer', 'none', true),
    ('JournalEntry', 'Journal entry', 'journal', 'none', true),
    ('InventoryAdjustment', 'Inventory quantity adjustment', 'inventoryqtyadjust', 'none', true),
    ('TaxPayment', 'Tax payment', NULL, 'none', true),
    ('InventoryStartingValue', 'Inventory starting value', NULL, 'none', false),
    ('TaxAdjustment', 'Tax adjustment', NULL, 'none', false),
    ('PayrollCheck', 'Payroll check', NULL, 'none', false),
    ('PayrollAdjustment', 'Payroll adjustment', NULL, 'none', false),
    ('PayrollRefund', 'Payroll refund', NULL, 'none', false),
    ('StatementCharge', 'Statement charge', NULL, 'customer', false),
    ('BillableExpenseCharge', 'Billable expense charge', NULL, 'customer', false),
    ('ReverseCharge', 'Reverse charge', NULL, 'none', false)
) AS kind (transaction_type, label, url_path, side, has_entity)
