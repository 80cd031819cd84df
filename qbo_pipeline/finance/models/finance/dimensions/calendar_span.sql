-- From when to when the calendar of each company goes: whole years, from the first transaction to twelve months after the
-- last due date. Kept, so that a transaction within them makes no calendar anew.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: dim_transaction, dim_company.
-- Columns:
--   realm_id: The company.
--   fiscal_year_start_month: Month in which the fiscal year begins, 1 to 12.
--   as_of_date: Day of the newest synchronization.
--   books_closed_until: Last day of the closed books, NULL if they are open.
--   first_day: First day of the calendar.
--   last_day: Last day of the calendar.
SELECT
    dim_company.realm_id, dim_company.fiscal_year_start_month, dim_company.as_of_date, dim_company.books_closed_until,
    date_trunc('year', least(coalesce(min(dim_transaction.transaction_date), dim_company.as_of_date),
        dim_company.as_of_date))::DATE AS first_day,
    (
        date_trunc(
            'year', greatest(coalesce(max(dim_transaction.transaction_date), dim_company.as_of_date),
                coalesce(max(dim_transaction.due_date), dim_company.as_of_date), dim_company.as_of_date)
            + INTERVAL 12 MONTH
        ) + INTERVAL 12 MONTH - INTERVAL 1 DAY
    )::DATE AS last_day
FROM finance.dim_company
LEFT JOIN finance.dim_transaction ON dim_transaction.realm_id = dim_company.realm_id
GROUP BY dim_company.realm_id, dim_company.fiscal_year_start_month, dim_company.as_of_date, dim_company.books_closed_until
