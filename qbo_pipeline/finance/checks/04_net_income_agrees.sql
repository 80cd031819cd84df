-- Net income of the fiscal year so far is the same on the profit and loss as on the balance sheet, and retained earnings
-- grow by a fiscal year's net income when the next begins, besides what is posted to them.
-- Invariant: 4
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.balance_sheet
-- Cost: one pass over the statements and the monthly activity, which have a row an account and month.
-- Source: the profit and loss, the balance sheet, and the ledger's monthly activity of the account of retained earnings.
-- Remedy: an account is on one statement and not on the other, or the fiscal year of the company changed.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: The month at whose end it is.
--   line: net income or retained earnings.
--   on_balance_sheet: As the balance sheet shows it.
--   expected: As the profit and loss gives it.
--   difference: Balance sheet less expected.
WITH sheet AS (
    SELECT
        sheet.realm_id,
        sheet.basis,
        sheet.month,
        company.fiscal_year_start_month,
        coalesce(sum(sheet.balance) FILTER (WHERE sheet.line = 'net_income'), 0) AS net_income,
        coalesce(sum(sheet.balance) FILTER (WHERE sheet.line = 'retained_earnings'), 0) AS retained_earnings
    FROM finance.balance_sheet AS sheet
    INNER JOIN finance.dim_company AS company ON company.realm_id = sheet.realm_id
    GROUP BY sheet.realm_id, sheet.basis, sheet.month, company.fiscal_year_start_month
),

earned AS (
    SELECT
        realm_id,
        basis,
        month,
        sum(CASE WHEN section IN ('Income', 'Other Income') THEN amount ELSE -amount END) AS net_income
    FROM finance.profit_and_loss
    GROUP BY realm_id, basis, month
),

posted_to_retained_earnings AS (
    SELECT activity.realm_id, activity.basis, activity.month, -sum(activity.net) AS amount
    FROM finance.fct_account_balance_month AS activity
    INNER JOIN finance.dim_account AS account
        ON account.realm_id = activity.realm_id AND account.account_id = activity.account_id
    WHERE account.is_retained_earnings
    GROUP BY activity.realm_id, activity.basis, activity.month
),

monthly AS (
    SELECT
        sheet.realm_id,
        sheet.basis,
        sheet.month,
        sheet.net_income,
        sheet.retained_earnings,
        date_trunc('month', sheet.month - to_months((sheet.fiscal_year_start_month - 1)::INTEGER))::DATE AS shifted_month,
        coalesce(earned.net_income, 0) AS earned,
        coalesce(posted.amount, 0) AS posted
    FROM sheet
    LEFT JOIN earned
        ON earned.realm_id = sheet.realm_id AND earned.basis = sheet.basis AND earned.month = sheet.month
    LEFT JOIN posted_to_retained_earnings AS posted
        ON posted.realm_id = sheet.realm_id AND posted.basis = sheet.basis AND posted.month = sheet.month
),

running AS (
    SELECT
        realm_id,
        basis,
        month,
        net_income,
        retained_earnings,
        sum(earned) OVER (
            PARTITION BY realm_id, basis, year(shifted_month) ORDER BY month
        ) AS earned_this_year,
        sum(earned) OVER (PARTITION BY realm_id, basis ORDER BY month)
        - sum(earned) OVER (PARTITION BY realm_id, basis, year(shifted_month) ORDER BY month)
        + sum(posted) OVER (PARTITION BY realm_id, basis ORDER BY month) AS retained
    FROM monthly
)

SELECT
    realm_id,
    basis,
    month,
    'net income' AS line,
    net_income AS on_balance_sheet,
    earned_this_year AS expected,
    net_income - earned_this_year AS difference
FROM running
WHERE abs(net_income - earned_this_year) > $tolerance
UNION ALL
SELECT
    realm_id,
    basis,
    month,
    'retained earnings' AS line,
    retained_earnings AS on_balance_sheet,
    retained AS expected,
    retained_earnings - retained AS difference
FROM running
WHERE abs(retained_earnings - retained) > $tolerance
