-- How many bills and purchases of the month may have been entered twice.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: duplicate_bill_suspect.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
SELECT
    months.realm_id,
    months.month,
    'duplicate_bill_suspects' AS metric,
    count(DISTINCT suspect.transaction_type || '|' || suspect.transaction_id)::DECIMAL(28, 10) AS value
FROM finance.metric_input AS months
LEFT JOIN finance.duplicate_bill_suspect AS suspect
    ON suspect.realm_id = months.realm_id AND date_trunc('month', suspect.transaction_date) = months.month
GROUP BY months.realm_id, months.month
