-- The currencies that a company uses, with the newest rate into its home currency.
-- Grain: a currency, and "Not specified" of each company.
-- Key: realm_id, currency_id
-- Built: view
-- Source: CompanyCurrency, Preferences, ExchangeRate.
-- Columns:
--   realm_id: The company.
--   currency_id: Currency code.
--   currency_key: Key of the currency for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   is_home: The home currency.
--   newest_rate: Home currency for a unit, newest rate.
--   newest_rate_date: Day of that rate.
--   is_active: Active and not deleted.
WITH used AS (
    SELECT realm_id, home_currency AS currency_id FROM finance.dim_company
    UNION
    SELECT realm_id, code FROM quickbooks.company_currency WHERE code IS NOT NULL
    UNION
    SELECT realm_id, currency_id FROM quickbooks.account WHERE currency_id IS NOT NULL
),
named AS (
    SELECT realm_id, code AS currency_id, max(name) AS name, bool_or(active AND NOT deleted) AS is_active
    FROM quickbooks.company_currency
    GROUP BY ALL
),
newest AS (
    SELECT realm_id, source_currency_code AS currency_id, target_currency_code, arg_max(rate, as_of_date) AS rate,
        max(as_of_date) AS rate_date
    FROM quickbooks.exchange_rate
    WHERE NOT deleted
    GROUP BY ALL
)
SELECT
    used.realm_id,
    used.currency_id,
    used.realm_id || '|' || used.currency_id AS currency_key,
    coalesce(named.name, used.currency_id) AS name,
    used.currency_id = dim_company.home_currency AS is_home,
    CASE WHEN used.currency_id = dim_company.home_currency THEN 1 ELSE newest.rate END::DECIMAL(28, 10) AS newest_rate,
    newest.rate_date AS newest_rate_date,
    coalesce(named.is_active, used.currency_id = dim_company.home_currency) AS is_active
FROM used
INNER JOIN finance.dim_company ON dim_company.realm_id = used.realm_id
LEFT JOIN named ON named.realm_id = used.realm_id AND named.currency_id = used.currency_id
LEFT JOIN newest
    ON newest.realm_id = used.realm_id AND newest.currency_id = used.currency_id
    AND newest.target_currency_code = dim_company.home_currency
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', FALSE, NULL, NULL, FALSE
FROM finance.dim_company
