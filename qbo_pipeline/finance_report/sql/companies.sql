-- The companies a report can be of.
SELECT realm_id, name, home_currency, fiscal_year_start_month, as_of_date, synced_at, books_closed_until
FROM finance.dim_company
ORDER BY name, realm_id
