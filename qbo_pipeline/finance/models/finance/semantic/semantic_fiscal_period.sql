-- The months of each company in its own fiscal year: companies whose years begin in different months stand side by side.
-- Grain: a month of a company.
-- Key: realm_id, month
-- Built: view
-- Source: dim_date.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   fiscal_month_key: Key of the month for BI tools: the company's id, a bar, year and month.
--   month_end: Last day of the month.
--   fiscal_year: Fiscal year to show, named after the calendar year it ends in.
--   fiscal_year_number: The same as a number, to sort by.
--   fiscal_quarter: Year and quarter of the fiscal year to show.
--   fiscal_quarter_number: The same as a number, to sort by.
--   fiscal_period: Year and number of the month in the fiscal year to show.
--   fiscal_period_number: The same as a number, to sort by.
--   period_of_year: Number of the month in the fiscal year, 1 to 12.
--   is_closed: In the closed books.
SELECT
    realm_id,
    month,
    realm_id || '|' || strftime(month, '%Y-%m') AS fiscal_month_key,
    max(month_end) AS month_end,
    'FY' || max(fiscal_year) AS fiscal_year,
    max(fiscal_year)::INTEGER AS fiscal_year_number,
    'FY' || max(fiscal_year) || ' Q' || max(fiscal_quarter) AS fiscal_quarter,
    (max(fiscal_year) * 10 + max(fiscal_quarter))::INTEGER AS fiscal_quarter_number,
    'FY' || max(fiscal_year) || ' P' || lpad(max(fiscal_period)::VARCHAR, 2, '0') AS fiscal_period,
    (max(fiscal_year) * 100 + max(fiscal_period))::INTEGER AS fiscal_period_number,
    max(fiscal_period)::INTEGER AS period_of_year,
    bool_and(is_closed) AS is_closed
FROM finance.dim_date
GROUP BY realm_id, month
