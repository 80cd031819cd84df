-- Income, net income, their margins, and growth against the same month of the year before.
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
        realm_id, month, income, net_income, income - cost_of_goods_sold AS gross_profit,
            income - cost_of_goods_sold - expense AS operating_income,
        nullif(income, 0) AS sales, lag(income, 12) OVER (PARTITION BY realm_id ORDER BY month) AS income_a_year_before
    FROM finance.metric_input
)
SELECT realm_id, month, 'income' AS metric, income::DECIMAL(28, 10) AS value FROM figures
UNION ALL
SELECT realm_id, month, 'net_income', net_income::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'gross_margin', (gross_profit / sales)::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'operating_margin', (operating_income / sales)::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'net_margin', (net_income / sales)::DECIMAL(28, 10) FROM figures
UNION ALL
SELECT realm_id, month, 'income_growth', ((income - income_a_year_before) / nullif(abs(income_a_year_before), 0))::DECIMAL(28,
    10) FROM figures
