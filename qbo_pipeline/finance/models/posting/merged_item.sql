-- Items that were merged into others: documents saved before still name them, reports name those they became.
-- Grain: an item that is no more.
-- Key: realm_id, item_id
-- Built: table
-- Source: the trail of merged records.
-- Columns:
--   realm_id: The company.
--   item_id: The item that is no more.
--   surviving_id: The item that it became; null where nobody told.
SELECT realm_id, id AS item_id, surviving_id
FROM quickbooks.surviving_record
WHERE entity = 'Item'
