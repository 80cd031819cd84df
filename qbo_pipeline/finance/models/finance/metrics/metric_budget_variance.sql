-- How net income compares with the plan: what the month's accounts add beyond the budget. Of several active budgets of a month the newest
-- that plans something in it counts, else the newest.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: budget_vs_actual.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH comparable AS (
    SELECT realm_id, month, budget_id, bool_or(budget_amount <> 0) AS plans_something
    FROM finance.budget_vs_actual
    WHERE is_active AND basis = 'Accrual'
    GROUP BY ALL
),
chosen AS (
    SELECT realm_id, month, arg_max(budget_id, (plans_something, length(budget_id), budget_id)) AS budget_id
    FROM comparable
    GROUP BY ALL
)
SELECT
    compared.realm_id,
    compared.month,
    'budget_variance' AS metric,
    sum(compared.favorable_variance)::DECIMAL(28, 10) AS value
FROM finance.budget_vs_actual AS compared
INNER JOIN chosen
    ON chosen.realm_id = compared.realm_id AND chosen.month = compared.month AND chosen.budget_id = compared.budget_id
INNER JOIN finance.metric_input AS months ON months.realm_id = compared.realm_id AND months.month = compared.month
WHERE compared.basis = 'Accrual'
GROUP BY compared.realm_id, compared.month
