-- Days from invoice to payment and from bill to payment, of what was paid in the month, weighted by amount.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: fct_ar_application, fct_ap_application.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
SELECT
    realm_id,
    date_trunc('month', application_date)::DATE AS month,
    'customer_days_to_pay' AS metric,
    (sum(days_to_pay * amount) / nullif(sum(amount), 0))::DECIMAL(28, 10) AS value
FROM finance.fct_ar_application
WHERE applied_to_type = 'Invoice'
GROUP BY realm_id, date_trunc('month', application_date)
UNION ALL
SELECT realm_id, date_trunc('month', application_date)::DATE, 'vendor_days_to_pay',
    (sum(days_to_pay * amount) / nullif(sum(amount), 0))::DECIMAL(28, 10)
FROM finance.fct_ap_application
WHERE applied_to_type = 'Bill'
GROUP BY realm_id, date_trunc('month', application_date)
