-- What the lines of the first invoice of each company come to.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Documents: finance.first_document
-- Source: finance.first_document and the lines of invoices.
-- Columns:
--   realm_id: The company.
--   lines: Their sum.
SELECT first_document.realm_id, sum(line.amount) AS lines
FROM finance.first_document
INNER JOIN quickbooks.invoice_line AS line
    ON line.realm_id = first_document.realm_id AND line.invoice_id = first_document.transaction_id
GROUP BY first_document.realm_id
