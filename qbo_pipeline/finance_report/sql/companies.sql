-- The companies a report can be of, and since when their books go.
SELECT
    realm_id, name, home_currency, fiscal_year_start_month, as_of_date, synced_at, books_closed_until,
    (
        SELECT min(balances.month) FROM finance.fct_account_balance_month AS balances
        WHERE balances.realm_id = dim_company.realm_id
    ) AS first_month
FROM finance.dim_company
ORDER BY name, realm_id
