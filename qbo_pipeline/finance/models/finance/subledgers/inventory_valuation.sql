-- Quantity and value of each item in stock at the end of each month and today.
-- Grain: an item of a day.
-- Key: realm_id, as_of, item_id
-- Built: view
-- Source: fct_inventory_movement; QuickBooks' InventoryValuationSummary shows the same.
-- Columns:
--   realm_id: The company.
--   as_of: The day.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   quantity: Quantity.
--   asset_value: Value at cost, home currency.
--   average_cost: Value of a unit, NULL without stock.
--   confirmed: QuickBooks' report of the month has this version of the document.
WITH daily AS (
    SELECT realm_id, item_id, transaction_date, sum(quantity) AS quantity, sum(value) AS value, bool_and(confirmed) AS confirmed
    FROM finance.fct_inventory_movement
    GROUP BY ALL
),
running AS (
    SELECT
        realm_id, item_id, transaction_date,
        sum(quantity) OVER item AS quantity, sum(value) OVER item AS value, bool_and(confirmed) OVER item AS confirmed,
        coalesce(lead(transaction_date) OVER item, DATE '9999-12-31') AS next_date
    FROM daily
    WINDOW item AS (PARTITION BY realm_id, item_id ORDER BY transaction_date)
)
SELECT
    running.realm_id,
    aging_day.as_of,
    running.item_id,
    running.realm_id || '|' || running.item_id AS item_key,
    running.quantity::DECIMAL(28, 10) AS quantity,
    running.value::DECIMAL(18, 2) AS asset_value,
    CASE WHEN running.quantity <> 0 THEN running.value / running.quantity END::DECIMAL(28, 10) AS average_cost,
    running.confirmed
FROM running
INNER JOIN finance.aging_day
    ON aging_day.realm_id = running.realm_id AND running.transaction_date <= aging_day.as_of
        AND running.next_date > aging_day.as_of
WHERE running.quantity <> 0 OR running.value <> 0
