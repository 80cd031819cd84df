-- The months of each company's books without gaps, with their fiscal year: from its first posting to today, or to its last
-- posting where that is later.
-- Grain: a month of a company and basis.
-- Key: realm_id, basis, month
-- Built: table
-- Source: fct_account_balance_month, dim_company.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   month_end: Last day of the month.
--   fiscal_year_start: First day of the fiscal year.
--   fiscal_year: Fiscal year, named after the calendar year it ends in.
--   fiscal_period: Number of the month in the fiscal year, 1 to 12.
WITH bounds AS (
    SELECT
        activity.realm_id, activity.basis, dim_company.fiscal_year_start_month,
        min(activity.month) AS first_month,
        greatest(max(activity.month), date_trunc('month', any_value(dim_company.as_of_date)))::DATE AS last_month
    FROM finance.fct_account_balance_month AS activity
    INNER JOIN finance.dim_company ON dim_company.realm_id = activity.realm_id
    GROUP BY ALL
),
months AS (
    SELECT realm_id, basis, fiscal_year_start_month, unnest(generate_series(first_month, last_month,
        INTERVAL 1 MONTH))::DATE AS month
    FROM bounds
)
SELECT
    realm_id,
    basis,
    month,
    last_day(month) AS month_end,
    (month - to_months((month(month) - fiscal_year_start_month + 12) % 12))::DATE AS fiscal_year_start,
    year((month - to_months((month(month) - fiscal_year_start_month + 12) % 12)) + INTERVAL 11 MONTH)::INTEGER AS fiscal_year,
    ((month(month) - fiscal_year_start_month + 12) % 12 + 1)::INTEGER AS fiscal_period
FROM months
