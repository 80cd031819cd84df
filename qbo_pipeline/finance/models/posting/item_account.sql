-- The accounts that lines of an item post to where the line names none. Shipping and tips are items of their
-- own, which are in no list.
-- Grain: a company and item.
-- Key: realm_id, item_id
-- Built: table
-- Source: items, posting.shipping_account, posting.company_account.
-- Columns:
--   realm_id: The company.
--   item_id: The product or service, SHIPPING_ITEM_ID or GRATUITY_ITEM_ID.
--   sales_account_id: Where it is sold.
--   purchase_account_id: Where it is bought: the asset account of stock, else the expense account.
--   stock_account_id: The account its stock is on; of what is no stock NULL.
--   stocked_since: Day from which its stock is tracked; what was traded before is on no stock.
--   stock_cost: What one of its stock costs until QuickBooks' report says it.
SELECT
    realm_id,
    id AS item_id,
    income_account_id AS sales_account_id,
    coalesce(CASE WHEN type = 'Inventory' THEN asset_account_id END, expense_account_id, income_account_id) AS purchase_account_id,
    CASE WHEN type IN ('Inventory', 'Assembly') THEN asset_account_id END AS stock_account_id,
    CASE WHEN type IN ('Inventory', 'Assembly') THEN inventory_start_date END AS stocked_since,
    CASE WHEN type IN ('Inventory', 'Assembly') THEN purchase_cost END AS stock_cost
FROM quickbooks.item
UNION ALL
SELECT realm_id, 'SHIPPING_ITEM_ID', account_id, NULL, NULL, NULL, NULL
FROM posting.shipping_account
UNION ALL
SELECT realm_id, 'GRATUITY_ITEM_ID', tips_id, NULL, NULL, NULL, NULL
FROM posting.company_account
