-- The tax of documents, and the account it posts to: that of the rate's agency.
-- Grain: a tax line of a document; of documents that only tell the total of their tax, the document.
-- Key: realm_id, transaction_type, transaction_id, tax_line_number
-- Built: inline
-- Source: tax lines of the transaction entities; posting.tax_rate_account.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   tax_line_number: Position of the tax line, from 1; 0 for the total of a document without tax lines.
--   tax_rate_id: The rate.
--   account_id: The account for the tax.
--   amount: Transaction currency; what the tax adds to the document.
WITH without_tax_line AS (
    SELECT realm_id, 'Invoice' AS transaction_type, 'sales' AS side, id AS transaction_id, total_tax
    FROM changed.invoice
    ANTI JOIN changed.invoice_tax_line AS tax_line ON tax_line.realm_id = invoice.realm_id AND tax_line.invoice_id = invoice.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'SalesReceipt' AS transaction_type, 'sales' AS side, id AS transaction_id, total_tax
    FROM changed.sales_receipt
    ANTI JOIN changed.sales_receipt_tax_line AS tax_line ON tax_line.realm_id = sales_receipt.realm_id AND tax_line.sales_receipt_id = sales_receipt.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS transaction_type, 'sales' AS side, id AS transaction_id, total_tax
    FROM changed.credit_memo
    ANTI JOIN changed.credit_memo_tax_line AS tax_line ON tax_line.realm_id = credit_memo.realm_id AND tax_line.credit_memo_id = credit_memo.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'RefundReceipt' AS transaction_type, 'sales' AS side, id AS transaction_id, total_tax
    FROM changed.refund_receipt
    ANTI JOIN changed.refund_receipt_tax_line AS tax_line ON tax_line.realm_id = refund_receipt.realm_id AND tax_line.refund_receipt_id = refund_receipt.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'Bill' AS transaction_type, 'purchases' AS side, id AS transaction_id, total_tax
    FROM changed.bill
    ANTI JOIN changed.bill_tax_line AS tax_line ON tax_line.realm_id = bill.realm_id AND tax_line.bill_id = bill.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS transaction_type, 'purchases' AS side, id AS transaction_id, total_tax
    FROM changed.vendor_credit
    ANTI JOIN changed.vendor_credit_tax_line AS tax_line ON tax_line.realm_id = vendor_credit.realm_id AND tax_line.vendor_credit_id = vendor_credit.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'Purchase' AS transaction_type, 'purchases' AS side, id AS transaction_id, total_tax
    FROM changed.purchase
    ANTI JOIN changed.purchase_tax_line AS tax_line ON tax_line.realm_id = purchase.realm_id AND tax_line.purchase_id = purchase.id
    WHERE total_tax <> 0
    UNION ALL
    SELECT realm_id, 'Deposit' AS transaction_type, 'sales' AS side, id AS transaction_id, total_tax
    FROM changed.deposit
    ANTI JOIN changed.deposit_tax_line AS tax_line ON tax_line.realm_id = deposit.realm_id AND tax_line.deposit_id = deposit.id
    WHERE total_tax <> 0
),
tax AS (
    SELECT realm_id, 'Invoice' AS transaction_type, 'sales' AS side, invoice_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.invoice_tax_line
    UNION ALL
    SELECT realm_id, 'SalesReceipt' AS transaction_type, 'sales' AS side, sales_receipt_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.sales_receipt_tax_line
    UNION ALL
    SELECT realm_id, 'CreditMemo' AS transaction_type, 'sales' AS side, credit_memo_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.credit_memo_tax_line
    UNION ALL
    SELECT realm_id, 'RefundReceipt' AS transaction_type, 'sales' AS side, refund_receipt_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.refund_receipt_tax_line
    UNION ALL
    SELECT realm_id, 'Bill' AS transaction_type, 'purchases' AS side, bill_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.bill_tax_line
    UNION ALL
    SELECT realm_id, 'VendorCredit' AS transaction_type, 'purchases' AS side, vendor_credit_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.vendor_credit_tax_line
    UNION ALL
    SELECT realm_id, 'Purchase' AS transaction_type, 'purchases' AS side, purchase_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.purchase_tax_line
    UNION ALL
    SELECT realm_id, 'Deposit' AS transaction_type, 'sales' AS side, deposit_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.deposit_tax_line
    UNION ALL
    SELECT realm_id, 'JournalEntry' AS transaction_type, 'purchases' AS side, journal_entry_id AS transaction_id, tax_line_number, tax_rate_id, amount
    FROM changed.journal_entry_tax_line
    UNION ALL
    SELECT realm_id, transaction_type, side, transaction_id, 0 AS tax_line_number, NULL AS tax_rate_id, total_tax AS amount
    FROM without_tax_line
)
SELECT
    tax.realm_id,
    tax.transaction_type,
    tax.transaction_id,
    tax.tax_line_number,
    tax.tax_rate_id,
    coalesce(tax_rate_account.account_id, company_account.tax_payable_id) AS account_id,
    tax.amount
FROM tax
LEFT JOIN posting.tax_rate_account
    ON tax_rate_account.realm_id = tax.realm_id AND tax_rate_account.tax_rate_id = tax.tax_rate_id AND tax_rate_account.side = tax.side
LEFT JOIN posting.company_account ON company_account.realm_id = tax.realm_id
WHERE tax.amount <> 0
