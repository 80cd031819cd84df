-- One calendar for all companies: whole years without gaps, from the first transaction of any of them to twelve months after the last due
-- date. What depends on a company's fiscal year is in semantic_fiscal_period.
-- Grain: a day.
-- Key: date
-- Built: view
-- Source: dim_date, dim_company.
-- Columns:
--   date: The day.
--   year: Calendar year.
--   quarter: Calendar quarter: 'Q1' to 'Q4'.
--   quarter_number: 1 to 4.
--   quarter_year: Quarter and year to show.
--   quarter_year_number: Year and quarter as a number, to sort by.
--   month: First day of the month.
--   month_end: Last day of the month.
--   month_name: Name of the month.
--   month_number: 1 to 12.
--   month_year: Month and year to show.
--   month_year_number: Year and month as a number, to sort by.
--   week_start: First day of the week, a Monday.
--   day_name: Name of the weekday.
--   day_of_week: 1 is Monday.
--   is_month_end: The last of its month.
--   is_current_month: The month of the newest synchronization of any company.
--   is_future: After the newest synchronization of any company.
WITH bounds AS (SELECT min(date) AS first_day, max(date) AS last_day FROM finance.dim_date),
days AS (SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS date FROM bounds),
today AS (SELECT max(as_of_date) AS as_of_date FROM finance.dim_company)
SELECT
    days.date,
    year(days.date)::INTEGER AS year,
    'Q' || quarter(days.date) AS quarter,
    quarter(days.date)::INTEGER AS quarter_number,
    'Q' || quarter(days.date) || ' ' || year(days.date) AS quarter_year,
    (year(days.date) * 10 + quarter(days.date))::INTEGER AS quarter_year_number,
    date_trunc('month', days.date)::DATE AS month,
    last_day(days.date) AS month_end,
    strftime(days.date, '%B') AS month_name,
    month(days.date)::INTEGER AS month_number,
    strftime(days.date, '%b %Y') AS month_year,
    (year(days.date) * 100 + month(days.date))::INTEGER AS month_year_number,
    date_trunc('week', days.date)::DATE AS week_start,
    strftime(days.date, '%A') AS day_name,
    isodow(days.date)::INTEGER AS day_of_week,
    days.date = last_day(days.date) AS is_month_end,
    date_trunc('month', days.date) = date_trunc('month', today.as_of_date) AS is_current_month,
    days.date > today.as_of_date AS is_future
FROM days
CROSS JOIN today
