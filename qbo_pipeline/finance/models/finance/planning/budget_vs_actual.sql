-- Budget against actual for each account and month that a budget is about: from its first to its last day, also where nothing is
-- planned. A variance is favorable where more was earned or less was spent than planned. An account that the budget subdivides by class or
-- department is compared with what was posted there, any other as a whole.
-- Grain: an account, class and department of a budget, month and basis.
-- Key: realm_id, budget_id, basis, month, account_id, class_id, department_id
-- Built: view
-- Source: fct_budget, Budget, fct_account_balance_month.
-- Columns:
--   realm_id: The company.
--   budget_id: The budget.
--   budget: Name of the budget.
--   is_active: Active and not deleted.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   section: Section of the statement.
--   ordinal: Order in the statement.
--   path: Names from the root down, with colons between.
--   budget_amount: Planned, with the sign by which the account grows.
--   actual_amount: Posted, with the same sign.
--   variance: Actual less budget.
--   favorable_variance: What it adds to net income beyond the plan: more income, less expense.
--   favorable_share: The favorable variance as a share of the budget, NULL without a budget.
--   is_favorable: Not worse than planned.
WITH budgets AS (
    SELECT
        plan.realm_id, plan.budget_id, any_value(plan.budget) AS budget, bool_or(plan.is_active) AS is_active,
        least(min(plan.month), date_trunc('month', any_value(budget.start_date)))::DATE AS first_month,
        greatest(max(plan.month), date_trunc('month', any_value(budget.end_date)))::DATE AS last_month
    FROM finance.fct_budget AS plan
    LEFT JOIN quickbooks.budget ON budget.realm_id = plan.realm_id AND budget.id = plan.budget_id
    GROUP BY ALL
),
subdivided AS (
    SELECT realm_id, budget_id, account_id, count(class_id) > 0 AS by_class, count(department_id) > 0 AS by_department
    FROM finance.fct_budget
    GROUP BY ALL
),
bases AS (SELECT DISTINCT realm_id, basis FROM finance.company_month),
planned AS (
    SELECT plan.realm_id, plan.budget_id, bases.basis, plan.month, plan.account_id, plan.class_id, plan.department_id,
        sum(plan.amount) AS amount
    FROM finance.fct_budget AS plan
    INNER JOIN bases ON bases.realm_id = plan.realm_id
    GROUP BY ALL
),
actual AS (
    SELECT
        budgets.realm_id, budgets.budget_id, activity.basis, activity.month, activity.account_id,
        CASE WHEN subdivided.by_class THEN activity.class_id END AS class_id,
        CASE WHEN subdivided.by_department THEN activity.department_id END AS department_id,
        sum(activity.net * dim_account.natural_sign) AS amount
    FROM budgets
    INNER JOIN finance.fct_account_balance_month AS activity
        ON activity.realm_id = budgets.realm_id AND activity.month BETWEEN budgets.first_month AND budgets.last_month
    INNER JOIN finance.dim_account
        ON dim_account.realm_id = activity.realm_id AND dim_account.account_id = activity.account_id
            AND dim_account.statement = 'ProfitAndLoss'
    LEFT JOIN subdivided
        ON subdivided.realm_id = activity.realm_id AND subdivided.budget_id = budgets.budget_id
            AND subdivided.account_id = activity.account_id
    GROUP BY ALL
),
compared AS (
    SELECT
        coalesce(planned.realm_id, actual.realm_id) AS realm_id, coalesce(planned.budget_id, actual.budget_id) AS budget_id,
        coalesce(planned.basis, actual.basis) AS basis, coalesce(planned.month, actual.month) AS month,
        coalesce(planned.account_id, actual.account_id) AS account_id, coalesce(planned.class_id, actual.class_id) AS class_id,
        coalesce(planned.department_id, actual.department_id) AS department_id,
        coalesce(planned.amount, 0) AS budget_amount, coalesce(actual.amount, 0) AS actual_amount
    FROM planned
    FULL JOIN actual
        ON actual.realm_id = planned.realm_id AND actual.budget_id = planned.budget_id AND actual.basis = planned.basis
            AND actual.month = planned.month
        AND actual.account_id = planned.account_id AND actual.class_id IS NOT DISTINCT FROM planned.class_id
        AND actual.department_id IS NOT DISTINCT FROM planned.department_id
),
judged AS (
    SELECT
        compared.*, budgets.budget, budgets.is_active, dim_account.section, dim_account.ordinal, dim_account.path,
        (compared.actual_amount - compared.budget_amount) * CASE WHEN dim_account.section IN ('Income',
            'Other Income') THEN 1 ELSE -1 END AS favorable
    FROM compared
    INNER JOIN budgets ON budgets.realm_id = compared.realm_id AND budgets.budget_id = compared.budget_id
    LEFT JOIN finance.dim_account ON dim_account.realm_id = compared.realm_id AND dim_account.account_id = compared.account_id
)
SELECT
    realm_id,
    budget_id,
    budget,
    is_active,
    basis,
    month,
    account_id,
    realm_id || '|' || coalesce(account_id, '-1') AS account_key,
    class_id,
    realm_id || '|' || coalesce(class_id, '-1') AS class_key,
    department_id,
    realm_id || '|' || coalesce(department_id, '-1') AS department_key,
    section,
    ordinal,
    path,
    budget_amount::DECIMAL(18, 2) AS budget_amount,
    actual_amount::DECIMAL(18, 2) AS actual_amount,
    (actual_amount - budget_amount)::DECIMAL(18, 2) AS variance,
    favorable::DECIMAL(18, 2) AS favorable_variance,
    CASE WHEN budget_amount <> 0 THEN favorable / abs(budget_amount) END::DECIMAL(28, 10) AS favorable_share,
    favorable >= 0 AS is_favorable
FROM judged
