-- How much of the last twelve months' spend went to few vendors, and of sales to few customers: the share of the five largest, and the
-- Herfindahl-Hirschman index (the sum of squared shares: 1 is a single one). What is of nobody in particular is in the whole, and nobody's share.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: spend_by_vendor_month, sales_by_customer_month.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH traded AS (
    SELECT 'vendor' AS side, realm_id, month, vendor_id AS party_id,
        amount FROM finance.spend_by_vendor_month
    UNION ALL
    SELECT 'customer', realm_id, month, customer_id, amount FROM finance.sales_by_customer_month
),
years AS (
    SELECT traded.side, traded.realm_id, months.month, traded.party_id, sum(traded.amount) AS amount
    FROM finance.metric_input AS months
    INNER JOIN traded
        ON traded.realm_id = months.realm_id AND traded.month BETWEEN months.month - INTERVAL 11 MONTH AND months.month
    GROUP BY ALL
    HAVING sum(traded.amount) > 0
),
shares AS (
    SELECT side, realm_id, month, party_id, amount / sum(amount) OVER (PARTITION BY side, realm_id, month) AS share
    FROM years
),
ranked AS (
    SELECT
        side, realm_id, month, share,
        row_number() OVER (PARTITION BY side, realm_id, month ORDER BY share DESC, party_id) AS place
    FROM shares
    WHERE party_id IS NOT NULL
)
SELECT
    realm_id,
    month,
    side || '_top_5_share' AS metric,
    coalesce(sum(share) FILTER (place <= 5), 0)::DECIMAL(28, 10) AS value
FROM ranked
GROUP BY realm_id, month, side
UNION ALL
SELECT realm_id, month, side || '_hhi', sum(share * share)::DECIMAL(28, 10)
FROM ranked
GROUP BY realm_id, month, side
