-- The calendar of each company with its fiscal year: whole years, from the first transaction to twelve months after the last due date.
-- Grain: a day of a company.
-- Key: realm_id, date
-- Built: view
-- Source: calendar_span.
-- Columns:
--   realm_id: The company.
--   date: The day.
--   date_key: Key of the day for BI tools: the company's id, a bar, the id; -1 where there is none.
--   month: First day of the month.
--   month_end: Last day of the month.
--   year: Calendar year.
--   quarter: Calendar quarter.
--   month_number: 1 to 12.
--   month_name: Name of the month.
--   month_year: Month and year to show.
--   month_year_number: Year and month as a number, to sort by.
--   day_of_week: 1 is Monday.
--   day_name: Name of the weekday.
--   week_start: First day of the week.
--   fiscal_year: Fiscal year, named after the calendar year it ends in.
--   fiscal_quarter: Quarter of the fiscal year.
--   fiscal_period: Number of the month in the fiscal year, 1 to 12.
--   fiscal_year_start: First day of the fiscal year.
--   is_month_end: The last of its month.
--   is_current_month: The month of the newest synchronization.
--   is_closed: In the closed books.
--   is_future: After the newest synchronization.
WITH days AS (
    SELECT
        realm_id, fiscal_year_start_month, as_of_date, books_closed_until, unnest(generate_series(first_day, last_day,
            INTERVAL 1 DAY))::DATE AS date
    FROM finance.calendar_span
),
numbered AS (SELECT *, ((month(date) - fiscal_year_start_month + 12) % 12 + 1)::INTEGER AS fiscal_period FROM days)
SELECT
    realm_id,
    date,
    realm_id || '|' || strftime(date, '%Y-%m-%d') AS date_key,
    date_trunc('month', date)::DATE AS month,
    last_day(date) AS month_end,
    year(date)::INTEGER AS year,
    quarter(date)::INTEGER AS quarter,
    month(date)::INTEGER AS month_number,
    strftime(date, '%B') AS month_name,
    strftime(date, '%b %Y') AS month_year,
    (year(date) * 100 + month(date))::INTEGER AS month_year_number,
    isodow(date)::INTEGER AS day_of_week,
    strftime(date, '%A') AS day_name,
    date_trunc('week', date)::DATE AS week_start,
    year(date - to_months(fiscal_period - 1) + INTERVAL 11 MONTH)::INTEGER AS fiscal_year,
    ((fiscal_period + 2) // 3)::INTEGER AS fiscal_quarter,
    fiscal_period,
    date_trunc('month', date - to_months(fiscal_period - 1))::DATE AS fiscal_year_start,
    date = last_day(date) AS is_month_end,
    date_trunc('month', date) = date_trunc('month', as_of_date) AS is_current_month,
    coalesce(date <= books_closed_until, FALSE) AS is_closed,
    date > as_of_date AS is_future
FROM numbered
