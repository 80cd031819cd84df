-- How net income compares with the plan: what the month's accounts add beyond the budget. Of several active budgets of a month the one
-- in force counts, where nothing is planned the newest.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: budget_vs_actual, fct_budget.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH plan AS (SELECT DISTINCT realm_id, month, budget_id, is_in_force FROM finance.fct_budget WHERE NOT is_of_balance_sheet),
chosen AS (
    SELECT
        compared.realm_id, compared.month,
        arg_max(compared.budget_id, (coalesce(plan.is_in_force, false), length(compared.budget_id), compared.budget_id)) AS budget_id
    FROM finance.budget_vs_actual AS compared
    SEMI JOIN plan AS any_month ON any_month.realm_id = compared.realm_id AND any_month.budget_id = compared.budget_id
    LEFT JOIN plan
        ON plan.realm_id = compared.realm_id AND plan.month = compared.month AND plan.budget_id = compared.budget_id
    WHERE compared.is_active AND compared.basis = 'Accrual'
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
