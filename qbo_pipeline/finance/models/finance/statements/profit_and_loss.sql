-- Income and expense of each account and month, as QuickBooks' ProfitAndLoss shows them.
-- Grain: an account of a month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: view
-- Source: fct_account_balance_month.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   section: Section of the statement.
--   amount: Amount, home currency.
--   net_income_effect: What it adds to net income: income positive, expense negative.
--   ordinal: Order in the statement.
--   account_number: Account number.
--   account: Name of the account.
--   path: Names from the root down, with colons between.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
WITH activity AS (
    SELECT realm_id, basis, month, account_id, sum(net) AS net
    FROM finance.fct_account_balance_month
    GROUP BY ALL
)
SELECT
    activity.realm_id,
    activity.basis,
    activity.month,
    activity.account_id,
    dim_account.account_key,
    dim_account.section,
    (activity.net * dim_account.natural_sign)::DECIMAL(18, 2) AS amount,
    (-activity.net)::DECIMAL(18, 2) AS net_income_effect,
    dim_account.ordinal,
    dim_account.account_number,
    dim_account.name AS account,
    dim_account.path,
    dim_account.level1,
    dim_account.level2,
    dim_account.level3,
    dim_account.level4,
    dim_account.level5
FROM activity
INNER JOIN finance.dim_account ON dim_account.realm_id = activity.realm_id AND dim_account.account_id = activity.account_id
WHERE dim_account.statement = 'ProfitAndLoss'
