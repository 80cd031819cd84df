-- How much of what could be collected in the last three months was: 1 is all of it.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: metric_input, ar_aging.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH not_due AS (
    SELECT realm_id, date_trunc('month', as_of)::DATE AS month, sum(open_balance) AS amount
    FROM finance.ar_aging
    WHERE days_overdue <= 0
    GROUP BY ALL
),
quarters AS (
    SELECT
        realm_id, month, receivables,
        sum(charged) OVER quarter AS charged,
        coalesce(lag(receivables, 3) OVER (PARTITION BY realm_id ORDER BY month), 0) AS opening
    FROM finance.metric_input
    WINDOW quarter AS (PARTITION BY realm_id ORDER BY month ROWS 2 PRECEDING)
)
SELECT
    quarters.realm_id,
    quarters.month,
    'collection_effectiveness' AS metric,
    (
        (quarters.opening + quarters.charged - quarters.receivables)
        / nullif(quarters.opening + quarters.charged - coalesce(not_due.amount, 0), 0)
    )::DECIMAL(28, 10) AS value
FROM quarters
LEFT JOIN not_due ON not_due.realm_id = quarters.realm_id AND not_due.month = quarters.month
