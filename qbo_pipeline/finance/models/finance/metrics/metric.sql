-- All metrics of all months, in long form: the one place where each is defined. What a value means is in metric_definition.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: the models of this folder.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
--   unit: 'days', 'months', 'share' (1 is all), 'ratio', 'index', 'count' or 'home currency'.
WITH metrics AS (
    SELECT realm_id, month, metric, value FROM finance.metric_working_capital
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_dso_count_back
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_profitability
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_liquidity
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_overdue
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_collection_effectiveness
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_days_to_pay
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_concentration
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_budget_variance
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_duplicate_bills
    UNION ALL
    SELECT realm_id, month, metric, value FROM finance.metric_recurring_revenue
)
SELECT metrics.realm_id, metrics.month, metrics.metric, metrics.value, metric_definition.unit
FROM metrics
INNER JOIN finance.metric_definition ON metric_definition.metric = metrics.metric
WHERE metrics.value IS NOT NULL
