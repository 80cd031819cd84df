-- The companies a report can be of, since when their books go, and when QuickBooks was last asked what is in them: that
-- nothing had changed is news as well, but no record then comes with it.
WITH asked AS (
    SELECT realm_id, max(started_at) AS asked_at
    FROM audit.sync_run
    WHERE error IS NULL AND source <> 'replay'
    GROUP BY realm_id
),
begun AS (
    SELECT realm_id, min(month) AS first_month
    FROM finance.fct_account_balance_month
    GROUP BY realm_id
)
SELECT
    realm_id, name, home_currency, fiscal_year_start_month, as_of_date,
    greatest(company_synchronization.synced_at, asked.asked_at) AS synced_at,
    books_closed_until, begun.first_month
FROM finance.dim_company AS company
LEFT JOIN finance.company_synchronization USING (realm_id)
LEFT JOIN asked USING (realm_id)
LEFT JOIN begun USING (realm_id)
ORDER BY name, realm_id
