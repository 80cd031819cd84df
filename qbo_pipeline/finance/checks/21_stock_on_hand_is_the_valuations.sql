-- The quantity on hand of every item is the one in QuickBooks' newest inventory valuation.
-- Invariant: 21
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.01
-- On: finance.dim_item
-- Cost: the items and the newest valuation.
-- Source: quickbooks.item and reports.inventory_valuation.
-- Remedy: pull the reports again (qbo-pipeline prove), or load the items (qbo-pipeline backfill --entity Item).
-- Columns:
--   realm_id: The company.
--   as_of: The day of the valuation.
--   item_id: The item.
--   item: Its name.
--   quickbooks: Quantity as the valuation shows it.
--   on_hand: Quantity on hand of the item.
--   difference: On hand less valuation.
WITH newest AS (
    SELECT realm_id, as_of, item_id, quantity
    FROM reports.inventory_valuation
    QUALIFY as_of = max(as_of) OVER (PARTITION BY realm_id)
),

day AS (
    SELECT DISTINCT realm_id, as_of
    FROM newest
),

stock AS (
    SELECT item.realm_id, day.as_of, item.id AS item_id, item.name AS item, coalesce(item.quantity_on_hand, 0) AS on_hand
    FROM quickbooks.item AS item
    INNER JOIN day ON day.realm_id = item.realm_id
    WHERE NOT item.deleted AND item.type = 'Inventory'
)

SELECT
    coalesce(stock.realm_id, newest.realm_id) AS realm_id,
    coalesce(stock.as_of, newest.as_of) AS as_of,
    coalesce(stock.item_id, newest.item_id) AS item_id,
    stock.item,
    coalesce(newest.quantity, 0) AS quickbooks,
    coalesce(stock.on_hand, 0) AS on_hand,
    coalesce(stock.on_hand, 0) - coalesce(newest.quantity, 0) AS difference
FROM stock
FULL JOIN newest ON newest.realm_id = stock.realm_id AND newest.item_id = stock.item_id
WHERE abs(coalesce(stock.on_hand, 0) - coalesce(newest.quantity, 0)) > $tolerance
