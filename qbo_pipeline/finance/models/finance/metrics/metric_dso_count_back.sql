-- Days of sales outstanding by counting back: the newest months' sales that make up what is owed, in days.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: metric_input.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH backwards AS (
    SELECT
        owed.realm_id, owed.month, owed.receivables, sales.charged, sales.days,
        coalesce(sum(sales.charged) OVER earlier_counted, 0) AS counted
    FROM finance.metric_input AS owed
    INNER JOIN finance.metric_input AS sales
        ON sales.realm_id = owed.realm_id AND sales.month BETWEEN owed.month - INTERVAL 23 MONTH AND owed.month
    WINDOW earlier_counted AS (PARTITION BY owed.realm_id,
        owed.month ORDER BY sales.month DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT
    realm_id,
    month,
    'dso_count_back' AS metric,
    sum(CASE
        WHEN receivables <= counted THEN 0
        WHEN charged <= receivables - counted THEN days
        ELSE days * (receivables - counted) / charged
    END)::DECIMAL(28, 10) AS value
FROM backwards
GROUP BY realm_id, month
