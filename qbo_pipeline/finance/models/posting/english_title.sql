-- The titles that reports give transactions in English: the last resort where nothing could be learned from ids.
-- Grain: a title.
-- Key: title
-- Built: inline
-- Source: QuickBooks' JournalReport in English.
-- Columns:
--   title: The transaction type as the report shows it, in lower case.
--   transaction_type: The type of posting.transaction_type it stands for.
SELECT title, transaction_type
FROM (
    VALUES
    ('invoice', 'Invoice'),
    ('sales receipt', 'SalesReceipt'),
    ('credit memo', 'CreditMemo'),
    ('refund', 'RefundReceipt'),
    ('refund receipt', 'RefundReceipt'),
    ('payment', 'Payment'),
    ('bill', 'Bill'),
    ('vendor credit', 'VendorCredit'),
    ('bill payment', 'BillPayment'),
    ('bill payment (check)', 'BillPayment'),
    ('bill payment (credit card)', 'BillPayment'),
    ('check', 'Purchase'),
    ('expense', 'Purchase'),
    ('cash expense', 'Purchase'),
    ('credit card expense', 'Purchase'),
    ('credit card credit', 'Purchase'),
    ('credit card payment', 'CreditCardPayment'),
    ('deposit', 'Deposit'),
    ('transfer', 'Transfer'),
    ('journal entry', 'JournalEntry'),
    ('inventory qty adjust', 'InventoryAdjustment'),
    ('inventory starting value', 'InventoryStartingValue'),
    ('sales tax payment', 'TaxPayment'),
    ('tax payment', 'TaxPayment'),
    ('gst payment', 'TaxPayment'),
    ('global tax payment', 'TaxPayment'),
    ('sales tax adjustment', 'TaxAdjustment'),
    ('global tax adjustment', 'TaxAdjustment'),
    ('payroll check', 'PayrollCheck'),
    ('payroll adjustment', 'PayrollAdjustment'),
    ('payroll refund', 'PayrollRefund'),
    ('charge', 'StatementCharge'),
    ('statement charge', 'StatementCharge'),
    ('billable expense charge', 'BillableExpenseCharge'),
    ('reverse charge', 'ReverseCharge')
) AS english (title, transaction_type)
