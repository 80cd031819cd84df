-- What invoices post: receivables against the income accounts of their items.
-- Grain: a leg of an invoice.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: invoices, their lines, and the accounts of items.
-- Columns:
--   realm_id: The company.
--   transaction_id: The invoice.
--   leg_number: Its place among the legs.
--   day: Day of the invoice.
--   account_id: The account.
--   amount: Debits positive.
WITH living AS (
    SELECT realm_id, id, txn_date, total_amt FROM changed.invoice WHERE NOT deleted
)
SELECT realm_id, id AS transaction_id, 0 AS leg_number, txn_date AS day, 'receivable' AS account_id, total_amt AS amount
FROM living
UNION ALL
SELECT living.realm_id, living.id, line.line_number, living.txn_date, item.income_account_id, -line.amount
FROM living
INNER JOIN changed.invoice_line AS line ON line.realm_id = living.realm_id AND line.invoice_id = living.id
LEFT JOIN quickbooks.item AS item ON item.realm_id = line.realm_id AND item.id = line.item_id
