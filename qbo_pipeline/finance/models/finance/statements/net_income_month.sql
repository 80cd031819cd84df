-- Net income of each month and of its fiscal year so far, and what the fiscal years before it left to retained earnings.
-- Grain: a month of a company and basis.
-- Key: realm_id, basis, month
-- Built: table
-- Source: fct_account_balance_month.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   fiscal_year: Fiscal year, named after the calendar year it ends in.
--   net_income: Net income of the month.
--   net_income_this_fiscal_year: Net income of the fiscal year up to the end of the month.
--   net_income_of_prior_fiscal_years: Net income of all fiscal years before.
WITH earned AS (
    SELECT activity.realm_id, activity.basis, activity.month, sum(-activity.net) AS net_income
    FROM finance.fct_account_balance_month AS activity
    INNER JOIN finance.dim_account ON dim_account.realm_id = activity.realm_id AND dim_account.account_id = activity.account_id
    WHERE dim_account.statement = 'ProfitAndLoss'
    GROUP BY ALL
),
running AS (
    SELECT
        company_month.realm_id, company_month.basis, company_month.month, company_month.fiscal_year,
        coalesce(earned.net_income, 0) AS net_income,
        sum(coalesce(earned.net_income, 0)) OVER (
            PARTITION BY company_month.realm_id, company_month.basis, company_month.fiscal_year ORDER BY company_month.month
        ) AS this_year,
        sum(coalesce(earned.net_income, 0)) OVER (
            PARTITION BY company_month.realm_id, company_month.basis ORDER BY company_month.month
        ) AS ever
    FROM finance.company_month
    LEFT JOIN earned
        ON earned.realm_id = company_month.realm_id AND earned.basis = company_month.basis AND earned.month = company_month.month
)
SELECT
    realm_id,
    basis,
    month,
    fiscal_year,
    net_income::DECIMAL(18, 2) AS net_income,
    this_year::DECIMAL(18, 2) AS net_income_this_fiscal_year,
    (ever - this_year)::DECIMAL(18, 2) AS net_income_of_prior_fiscal_years
FROM running
