-- What share of open invoices and bills is overdue.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: ar_aging, ap_aging.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH receivable AS (
    SELECT realm_id, as_of, sum(open_balance) AS open_balance, coalesce(sum(open_balance) FILTER (days_overdue > 0), 0) AS overdue
    FROM finance.ar_aging
    WHERE transaction_type = 'Invoice' AND open_balance > 0
    GROUP BY ALL
),
payable AS (
    SELECT realm_id, as_of, sum(open_balance) AS open_balance, coalesce(sum(open_balance) FILTER (days_overdue > 0), 0) AS overdue
    FROM finance.ap_aging
    WHERE transaction_type = 'Bill' AND open_balance > 0
    GROUP BY ALL
)
SELECT realm_id, date_trunc('month', as_of)::DATE AS month, 'receivables_overdue_share' AS metric,
    (overdue / open_balance)::DECIMAL(28, 10) AS value FROM receivable
UNION ALL
SELECT realm_id, date_trunc('month', as_of)::DATE, 'payables_overdue_share', (overdue / open_balance)::DECIMAL(28,
    10) FROM payable
