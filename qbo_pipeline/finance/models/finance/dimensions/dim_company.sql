-- The companies, with what their statements need to know.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: CompanyInfo, Preferences, company_synchronization; the days that balances were pulled for.
-- Columns:
--   realm_id: The company.
--   name: Name.
--   legal_name: Legal name.
--   country: Country.
--   home_currency: Currency the books are kept in.
--   is_multicurrency: Uses several currencies.
--   fiscal_year_start_month: Month in which the fiscal year begins, 1 to 12.
--   books_closed_until: Last day of the closed books, NULL if they are open.
--   as_of_date: Day on which something of it was last received, or its balances were last pulled, where the company is,
--       as QuickBooks' reports know it, UTC where its time zone is not known; the "today" of agings and forecasts.
--   company_start_date: Day the company began to use QuickBooks.
--   ages_from_transaction_date: Agings count from the transaction date instead of the due date, as the company
--       prefers.
WITH months AS (
    SELECT month_name, month_number
    FROM (
        VALUES ('january', 1), ('february', 2), ('march', 3), ('april', 4), ('may', 5), ('june', 6), ('july', 7),
        ('august', 8), ('september', 9), ('october', 10), ('november', 11), ('december', 12)
    ) AS names (month_name, month_number)
),

-- Days go by also where nothing changes: what was pulled is of a day until which the books are known.
pulled AS (
    SELECT realm_id, max(as_of) AS as_of
    FROM (
        SELECT realm_id, as_of FROM reports.trial_balance
        UNION ALL
        SELECT realm_id, as_of FROM reports.aging
        UNION ALL
        SELECT realm_id, as_of FROM reports.inventory_valuation
    )
    GROUP BY realm_id
)

SELECT
    company_info.realm_id,
    coalesce(company_info.company_name, company_info.legal_name, company_info.realm_id) AS name,
    company_info.legal_name,
    company_info.country,
    coalesce(preferences.home_currency_id, 'USD') AS home_currency,
    coalesce(preferences.multi_currency_enabled, FALSE) AS is_multicurrency,
    coalesce(fiscal.month_number, 1)::INTEGER AS fiscal_year_start_month,
    preferences.accounting_book_close_date AS books_closed_until,
    greatest(
        CASE
            WHEN company_info.default_time_zone IN (SELECT zone.name FROM pg_timezone_names() AS zone)
                THEN timezone(company_info.default_time_zone, timezone('UTC', synchronization.synced_at))::DATE
            ELSE synchronization.synced_at::DATE
        END,
        pulled.as_of
    ) AS as_of_date,
    company_info.company_start_date,
    coalesce(preferences.reports_calc_aging_report_from_txn_date, FALSE) AS ages_from_transaction_date
FROM quickbooks.company_info
LEFT JOIN quickbooks.preferences ON preferences.realm_id = company_info.realm_id
LEFT JOIN months AS fiscal ON fiscal.month_name = lower(company_info.fiscal_year_start_month)
LEFT JOIN finance.company_synchronization AS synchronization ON synchronization.realm_id = company_info.realm_id
LEFT JOIN pulled ON pulled.realm_id = company_info.realm_id
