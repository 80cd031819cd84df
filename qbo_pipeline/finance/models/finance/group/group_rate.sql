-- Rates between the home currencies of the companies, by month: the last one known at its end and the average of its days. Rates that a
-- company has the other way round are turned over, and those that no company has lead over the home currency of another one. A currency
-- into itself is 1. Where a month has no rate, the newest before it holds.
-- Grain: a pair of currencies and month.
-- Key: from_currency, to_currency, month
-- Built: view
-- Source: ExchangeRate of all companies.
-- Columns:
--   from_currency: Currency to convert from.
--   to_currency: Currency to convert to.
--   month: First day of the month.
--   closing_rate: Rate at the end of the month, NULL where none is known.
--   average_rate: Average rate of the month, NULL where none is known.
WITH home_currencies AS (SELECT DISTINCT home_currency FROM finance.dim_company),
pairs AS (
    SELECT one.home_currency AS from_currency, other.home_currency AS to_currency
    FROM home_currencies AS one
    CROSS JOIN home_currencies AS other
),
months AS (SELECT DISTINCT month, month_end FROM finance.company_month),
rates AS (
    SELECT source_currency_code AS from_currency, target_currency_code AS to_currency, as_of_date, rate
    FROM quickbooks.exchange_rate
    WHERE NOT deleted AND rate > 0
    UNION ALL
    SELECT target_currency_code, source_currency_code, as_of_date, (1 / rate)::DECIMAL(28, 10)
    FROM quickbooks.exchange_rate
    WHERE NOT deleted AND rate > 0
),
daily AS (
    SELECT from_currency, to_currency, as_of_date, avg(rate)::DECIMAL(28, 10) AS rate
    FROM rates
    SEMI JOIN pairs USING (from_currency, to_currency)
    GROUP BY ALL
),
averages AS (
    SELECT from_currency, to_currency, date_trunc('month', as_of_date)::DATE AS month, avg(rate)::DECIMAL(28, 10) AS rate
    FROM daily
    GROUP BY ALL
),
closings AS (
    SELECT pairs.from_currency, pairs.to_currency, months.month, arg_max(daily.rate, daily.as_of_date) AS rate
    FROM pairs
    CROSS JOIN months
    LEFT JOIN daily
        ON daily.from_currency = pairs.from_currency AND daily.to_currency = pairs.to_currency
            AND daily.as_of_date <= months.month_end
    GROUP BY ALL
),
known AS (
    SELECT
        closings.from_currency, closings.to_currency, closings.month,
        CASE WHEN closings.from_currency = closings.to_currency THEN 1 ELSE closings.rate END AS closing_rate,
        CASE WHEN closings.from_currency = closings.to_currency THEN 1 ELSE coalesce(averages.rate, closings.rate) END AS average_rate
    FROM closings
    LEFT JOIN averages
        ON averages.from_currency = closings.from_currency AND averages.to_currency = closings.to_currency
            AND averages.month = closings.month
),
crossed AS (
    SELECT
        one.from_currency, other.to_currency, one.month,
        arg_min(one.closing_rate::DOUBLE * other.closing_rate, one.to_currency) AS closing_rate,
        arg_min(one.average_rate::DOUBLE * other.average_rate, one.to_currency) AS average_rate
    FROM known AS one
    INNER JOIN known AS other ON other.from_currency = one.to_currency AND other.month = one.month
    WHERE one.closing_rate IS NOT NULL AND other.closing_rate IS NOT NULL
    GROUP BY ALL
)
SELECT
    known.from_currency,
    known.to_currency,
    known.month,
    coalesce(known.closing_rate, crossed.closing_rate)::DECIMAL(28, 10) AS closing_rate,
    coalesce(known.average_rate, crossed.average_rate)::DECIMAL(28, 10) AS average_rate
FROM known
LEFT JOIN crossed
    ON crossed.from_currency = known.from_currency AND crossed.to_currency = known.to_currency
        AND crossed.month = known.month
