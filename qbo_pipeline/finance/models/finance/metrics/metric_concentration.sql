-- How much of the last twelve months' spend went to few vendors, and of sales to few customers: the share of the five largest, and the
-- Herfindahl-Hirschman index (the sum of squared shares: 1 is a single one).
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
        amount FROM finance.spend_by_vendor_month WHERE vendor_id IS NOT NULL
    UNION ALL
    SELECT 'customer', realm_id, month, customer_id, amount FROM finance.sales_by_customer_month WHERE customer_id IS NOT NULL
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
    SELECT
        side, realm_id, month, amount / sum(amount) OVER (PARTITION BY side, realm_id, month) AS share,
        row_number() OVER (PARTITION BY side, realm_id, month ORDER BY amount DESC, party_id) AS place
    FROM years
)
SELECT
    realm_id,
    month,
    side || '_top_5_share' AS metric,
    coalesce(sum(share) FILTER (place <= 5), 0)::DECIMAL(28, 10) AS value
FROM shares
GROUP BY realm_id, month, side
UNION ALL
SELECT realm_id, month, side || '_hhi', sum(share * share)::DECIMAL(28, 10)
FROM shares
GROUP BY realm_id, month, side
