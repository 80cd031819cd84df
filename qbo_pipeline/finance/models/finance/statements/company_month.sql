-- The months of each company's books without gaps, with their fiscal year: from its first posting to today, or to its last
-- posting on either basis where that is later: what is dated in months to come is often in one of them alone, and the
-- statements of these months show all that the other has until then.
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
WITH posted AS (
    SELECT realm_id, basis, min(month) AS first_month, max(month) AS last_month
    FROM finance.fct_account_balance_month
    GROUP BY ALL
),
bounds AS (
    SELECT
        posted.realm_id, posted.basis, dim_company.fiscal_year_start_month, posted.first_month,
        greatest(
            max(posted.last_month) OVER (PARTITION BY posted.realm_id), date_trunc('month', dim_company.as_of_date)
        )::DATE AS last_month
    FROM posted
    INNER JOIN finance.dim_company ON dim_company.realm_id = posted.realm_id
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
