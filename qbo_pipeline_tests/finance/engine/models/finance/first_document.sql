-- The first invoice of each company.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: invoices.
-- Columns:
--   realm_id: The company.
--   transaction_id: The invoice with the least id.
SELECT realm_id, min(id) AS transaction_id
FROM quickbooks.invoice
GROUP BY realm_id
