-- Customers.
-- Grain: a customer.
-- Key: realm_id, customer_id
-- Built: table
-- Source: customers.
-- Columns:
--   realm_id: The company.
--   customer_id: The customer.
--   name: Their name.
SELECT realm_id, id AS customer_id, display_name AS name
FROM quickbooks.customer
