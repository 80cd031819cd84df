-- Budgets by month: quarterly and yearly ones are spread evenly over their months, cents that remain go to the last.
-- Grain: a month of a budget's line.
-- Key: realm_id, budget_id, detail_number, month
-- Built: view
-- Source: Budget; posting.merged_account.
-- Columns:
--   realm_id: The company.
--   budget_id: The budget.
--   detail_number: Number of the line of the budget.
--   budget: Name of the budget.
--   is_active: Active and not deleted.
--   is_of_balance_sheet: It plans accounts of the balance sheet, and no income.
--   is_in_force: It is the plan of its month: of several active budgets the one with the most lines in it, the newest of equals; those of
--       the balance sheet among themselves.
--   month: First day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
WITH details AS (
    SELECT
        detail.realm_id, detail.budget_id, detail.detail_number, budget.name, budget.active AND NOT budget.deleted AS is_active,
        coalesce(budget.budget_type = 'BalanceSheet', false) AS is_of_balance_sheet,
        coalesce(merged_account.surviving_id, detail.account_id) AS account_id, detail.class_id, detail.department_id,
        detail.customer_id, date_trunc('month', detail.budget_date)::DATE AS first_month, detail.amount,
        CASE WHEN budget.budget_entry_type ILIKE 'Quarter%'
            THEN 3 WHEN budget.budget_entry_type ILIKE 'Annual%' OR budget.budget_entry_type ILIKE 'Year%'
            THEN 12 ELSE 1 END AS months
    FROM quickbooks.budget_detail AS detail
    INNER JOIN quickbooks.budget ON budget.realm_id = detail.realm_id AND budget.id = detail.budget_id AND NOT budget.deleted
    LEFT JOIN posting.merged_account
        ON merged_account.realm_id = detail.realm_id AND merged_account.account_id = detail.account_id
),
spread AS (SELECT *, unnest(range(months)) AS nth FROM details),
monthly AS (
    SELECT
        *,
        (first_month + to_months(nth::INTEGER))::DATE AS month,
        CASE
            WHEN nth = months - 1 THEN amount - (months - 1) * round(amount / months, 2) ELSE round(amount / months, 2)
        END::DECIMAL(18, 2) AS month_amount
    FROM spread
),
active AS (
    SELECT realm_id, month, is_of_balance_sheet, budget_id, count(*) FILTER (month_amount <> 0) AS lines
    FROM monthly
    WHERE is_active
    GROUP BY ALL
),
in_force AS (
    SELECT realm_id, month, is_of_balance_sheet, arg_max(budget_id, (lines, length(budget_id), budget_id)) AS budget_id
    FROM active
    GROUP BY ALL
)
SELECT
    monthly.realm_id,
    monthly.budget_id,
    monthly.detail_number,
    monthly.name AS budget,
    monthly.is_active,
    monthly.is_of_balance_sheet,
    in_force.budget_id IS NOT NULL AS is_in_force,
    monthly.month,
    monthly.account_id,
    monthly.realm_id || '|' || coalesce(monthly.account_id, '-1') AS account_key,
    monthly.class_id,
    monthly.realm_id || '|' || coalesce(monthly.class_id, '-1') AS class_key,
    monthly.department_id,
    monthly.realm_id || '|' || coalesce(monthly.department_id, '-1') AS department_key,
    monthly.customer_id,
    monthly.realm_id || '|' || coalesce(monthly.customer_id, '-1') AS customer_key,
    monthly.month_amount AS amount
FROM monthly
LEFT JOIN in_force
    ON in_force.realm_id = monthly.realm_id AND in_force.month = monthly.month AND in_force.budget_id = monthly.budget_id
