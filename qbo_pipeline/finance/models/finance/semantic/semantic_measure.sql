-- The one row of the table that measures are found in: some tools list measures only in a table that has a column and a row.
-- Grain: one row.
-- Key: id
-- Built: view
-- Source: nothing.
-- Columns:
--   id: Always 1.
SELECT 1::INTEGER AS id
