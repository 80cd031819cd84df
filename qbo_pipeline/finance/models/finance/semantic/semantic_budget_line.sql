-- Budgets by month as BI tools read them.
-- Grain: a month of a budget's line.
-- Key: budget_line_key
-- Built: view
-- Source: fct_budget, dim_account.
-- Columns:
--   budget_line_key: Key: the company's id, the budget, its line, the month, with bars between.
--   realm_id: The company.
--   month: First day of the month.
--   fiscal_month_key: Key of the month in semantic_fiscal_period.
--   budget: Name of the budget.
--   is_active: Counts as the plan of its month: active, and of several active budgets the one in force; those of the balance sheet among themselves.
--   account_key: Key of the account.
--   class_key: Key of the class.
--   department_key: Key of the department (location).
--   amount: Planned, with the sign by which the account grows, home currency.
--   net_income_effect: What is planned to add to net income, home currency; NULL where the account is of the
--     balance sheet.
SELECT
    plan.realm_id || '|' || plan.budget_id || '|' || plan.detail_number || '|' || strftime(plan.month, '%Y-%m')
        AS budget_line_key,
    plan.realm_id,
    plan.month,
    plan.realm_id || '|' || strftime(plan.month, '%Y-%m') AS fiscal_month_key,
    plan.budget,
    plan.is_in_force AS is_active,
    plan.account_key,
    plan.class_key,
    plan.department_key,
    plan.amount,
    CASE WHEN account.statement = 'ProfitAndLoss' THEN -plan.amount * account.natural_sign END::DECIMAL(18, 2)
        AS net_income_effect
FROM finance.fct_budget AS plan
LEFT JOIN finance.dim_account AS account ON account.realm_id = plan.realm_id AND account.account_id = plan.account_id
