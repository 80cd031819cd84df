-- The companies a report can be of, and since when their books go.
SELECT
    realm_id, name, home_currency, fiscal_year_start_month, as_of_date, company_synchronization.synced_at,
    books_closed_until,
    (
        SELECT min(balances.month) FROM finance.fct_account_balance_month AS balances
        WHERE balances.realm_id = company.realm_id
    ) AS first_month
FROM finance.dim_company AS company
LEFT JOIN finance.company_synchronization USING (realm_id)
ORDER BY name, realm_id
