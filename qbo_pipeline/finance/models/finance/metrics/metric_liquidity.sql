-- Cash, what of it is burned in a month, how long it lasts, and the current and quick ratio. A month that is not over is the part of a
-- month that its days are.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: metric_input.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH figures AS (
    SELECT
        realm_id, month, cash, receivables, current_assets, nullif(current_liabilities, 0) AS current_liabilities,
        -sum(cash_change) OVER quarter / greatest(sum(days / day(last_day(month))) OVER quarter, 1) AS burn
    FROM finance.metric_input
    WINDOW quarter AS (PARTITION BY realm_id ORDER BY month ROWS 2 PRECEDING)
)
SELECT realm_id, month, 'cash' AS metric, cash::DECIMAL(28, 10) AS value FROM figures
UNION ALL
SELECT realm_id, month, 'burn', burn::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'runway', (CASE WHEN burn > 0 THEN greatest(cash, 0) / burn END)::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'current_ratio', (current_assets / current_liabilities)::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'quick_ratio', ((cash + receivables) / current_liabilities)::DECIMAL(28, 10) FROM figures
