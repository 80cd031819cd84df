-- What documents post by beside themselves: the accounts of items, and the currency of a company.
-- Grain: a fact.
-- Key: realm_id, input, input_id
-- Built: inline
-- Source: items and preferences.
-- Columns:
--   realm_id: The company.
--   input: item or currency.
--   input_id: The item.
--   value: Its account; the currency.
SELECT realm_id, 'item' AS input, id AS input_id, income_account_id AS value FROM quickbooks.item
UNION ALL
SELECT realm_id, 'currency' AS input, id AS input_id, home_currency_id AS value FROM quickbooks.preferences
