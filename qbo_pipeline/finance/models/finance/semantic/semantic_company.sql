-- The companies with the newest month of their books and of their agings: what balances are read at where nothing is chosen.
-- Grain: a company.
-- Key: realm_id
-- Built: view
-- Source: dim_company, company_synchronization, company_month.
-- Columns:
--   realm_id: The company.
--   name: Name.
--   legal_name: Legal name.
--   country: Country.
--   home_currency: Currency the books are kept in.
--   is_multicurrency: Uses several currencies.
--   fiscal_year_start_month: Month in which the fiscal year begins, 1 to 12.
--   books_closed_until: Last day of the closed books, NULL if they are open.
--   synced_at: Newest synchronization of any transaction, UTC.
--   as_of_date: Day of the newest synchronization, UTC.
--   as_of_month: First day of its month, the newest of agings.
--   last_month: First day of the last month of the books, which is later where postings are dated ahead.
WITH books AS (SELECT realm_id, max(month) AS last_month FROM finance.company_month GROUP BY ALL)
SELECT
    dim_company.realm_id,
    dim_company.name,
    dim_company.legal_name,
    dim_company.country,
    dim_company.home_currency,
    dim_company.is_multicurrency,
    dim_company.fiscal_year_start_month,
    dim_company.books_closed_until,
    synchronization.synced_at,
    dim_company.as_of_date,
    date_trunc('month', dim_company.as_of_date)::DATE AS as_of_month,
    coalesce(books.last_month, date_trunc('month', dim_company.as_of_date)::DATE) AS last_month
FROM finance.dim_company
LEFT JOIN finance.company_synchronization AS synchronization ON synchronization.realm_id = dim_company.realm_id
LEFT JOIN books ON books.realm_id = dim_company.realm_id
