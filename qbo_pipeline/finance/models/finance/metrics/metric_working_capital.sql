-- Days of sales outstanding, of payables and of inventory, and the cash conversion cycle, over the last three months.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: metric_input.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH quarters AS (
    SELECT
        realm_id, month, receivables, payables, inventory,
        sum(days) OVER quarter AS days, sum(charged) OVER quarter AS charged, sum(purchased) OVER quarter AS purchased,
        sum(cost_of_goods_sold) OVER quarter AS cost_of_goods_sold
    FROM finance.metric_input
    WINDOW quarter AS (PARTITION BY realm_id ORDER BY month ROWS 2 PRECEDING)
),
outstanding AS (
    SELECT
        realm_id, month,
        CASE WHEN charged > 0 THEN receivables * days / charged END AS dso,
        CASE WHEN purchased > 0 THEN payables * days / purchased END AS dpo,
        CASE WHEN inventory = 0 THEN 0 WHEN cost_of_goods_sold > 0 THEN inventory * days / cost_of_goods_sold END AS dio
    FROM quarters
)
SELECT realm_id, month, 'dso' AS metric, dso::DECIMAL(28, 10) AS value FROM outstanding
UNION ALL
SELECT realm_id, month, 'dpo', dpo::DECIMAL(28, 10) FROM outstanding
UNION ALL
SELECT realm_id, month, 'dio', dio::DECIMAL(28, 10) FROM outstanding
UNION ALL
SELECT realm_id, month, 'cash_conversion_cycle', (dso + dio - dpo)::DECIMAL(28, 10) FROM outstanding
