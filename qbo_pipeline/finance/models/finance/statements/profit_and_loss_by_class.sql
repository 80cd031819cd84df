-- Income and expense of each account and month by class and department.
-- Grain: an account, class and department of a month and basis.
-- Key: realm_id, basis, month, account_id, class_id, department_id
-- Built: view
-- Source: fct_account_balance_month.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   class_id: The class.
--   department_id: The department (location).
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   section: Section of the statement.
--   amount: Amount, home currency.
--   net_income_effect: What it adds to net income: income positive, expense negative.
--   ordinal: Order in the statement.
--   path: Names from the root down, with colons between.
--   class: Path of the class.
--   department: Path of the department.
SELECT
    activity.realm_id,
    activity.basis,
    activity.month,
    activity.account_id,
    activity.class_id,
    activity.department_id,
    activity.account_key,
    activity.class_key,
    activity.department_key,
    dim_account.section,
    (activity.net * dim_account.natural_sign)::DECIMAL(18, 2) AS amount,
    (-activity.net)::DECIMAL(18, 2) AS net_income_effect,
    dim_account.ordinal,
    dim_account.path,
    dim_class.path AS class,
    dim_department.path AS department
FROM finance.fct_account_balance_month AS activity
INNER JOIN finance.dim_account ON dim_account.realm_id = activity.realm_id AND dim_account.account_id = activity.account_id
LEFT JOIN finance.dim_class ON dim_class.class_key = activity.class_key
LEFT JOIN finance.dim_department ON dim_department.department_key = activity.department_key
WHERE dim_account.statement = 'ProfitAndLoss'
