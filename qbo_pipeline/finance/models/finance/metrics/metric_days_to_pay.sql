-- Days from invoice to payment and from bill to payment, of what was paid in the month and up to today, weighted by amount.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: fct_ar_application, fct_ap_application, dim_company.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH paid AS (
    SELECT realm_id, application_date, 'customer_days_to_pay' AS metric, days_to_pay, amount
    FROM finance.fct_ar_application
    WHERE applied_to_type = 'Invoice'
    UNION ALL
    SELECT realm_id, application_date, 'vendor_days_to_pay', days_to_pay, amount
    FROM finance.fct_ap_application
    WHERE applied_to_type = 'Bill'
)
SELECT
    paid.realm_id,
    date_trunc('month', paid.application_date)::DATE AS month,
    paid.metric,
    (sum(paid.days_to_pay * paid.amount) / nullif(sum(paid.amount), 0))::DECIMAL(28, 10) AS value
FROM paid
-- A payment with a day to come has paid nothing yet.
INNER JOIN finance.dim_company ON dim_company.realm_id = paid.realm_id AND paid.application_date <= dim_company.as_of_date
GROUP BY paid.realm_id, date_trunc('month', paid.application_date), paid.metric
