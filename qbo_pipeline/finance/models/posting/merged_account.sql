-- Accounts that were merged into others: documents saved before still name them, reports name those they became.
-- Grain: an account that is no more.
-- Key: realm_id, account_id
-- Built: table
-- Source: the trail of merged records.
-- Columns:
--   realm_id: The company.
--   account_id: The account that is no more.
--   surviving_id: The account that it became.
SELECT realm_id, id AS account_id, surviving_id
FROM quickbooks.surviving_record
WHERE entity = 'Account' AND surviving_id IS NOT NULL
