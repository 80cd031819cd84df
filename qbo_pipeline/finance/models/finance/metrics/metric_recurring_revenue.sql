-- Monthly recurring revenue as today's active templates of invoices and sales receipts would make it, without tax: an estimate,
-- of the current month alone.
-- Grain: a metric of a month.
-- Key: realm_id, month, metric
-- Built: view
-- Source: RecurringTransaction, dim_currency.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   metric: Name of the metric, as in metric_definition.
--   value: Value at cost, home currency; out is negative.
WITH monthly AS (
    SELECT
        template.realm_id,
        (total_amt - coalesce(total_tax, 0)) * coalesce(dim_currency.newest_rate, template.exchange_rate, 1)
        * CASE
            WHEN recurring_schedule_interval_type ILIKE 'Daily' THEN 365.0 / 12
            WHEN recurring_schedule_interval_type ILIKE 'Weekly' THEN 52.0 / 12
            WHEN recurring_schedule_interval_type ILIKE 'Yearly' THEN 1.0 / 12
            ELSE 1.0
        END
        / greatest(coalesce(recurring_schedule_num_interval, 1), 1) AS amount
    FROM quickbooks.recurring_transaction AS template
    INNER JOIN finance.dim_company ON dim_company.realm_id = template.realm_id
    LEFT JOIN finance.dim_currency
        ON dim_currency.realm_id = template.realm_id AND dim_currency.currency_id = template.currency_id
    -- Templates without a schedule stay active, and so do those whose last day, or last document, is over: none makes documents.
    WHERE NOT template.deleted AND template.recurring_active AND template.transaction_type IN ('Invoice', 'SalesReceipt')
        AND coalesce(template.recurring_recur_type, '') NOT ILIKE 'UnScheduled'
        AND coalesce(template.recurring_schedule_end_date >= dim_company.as_of_date, TRUE)
        AND coalesce(
            dim_company.as_of_date < template.recurring_schedule_start_date
            + CASE
                WHEN recurring_schedule_interval_type ILIKE 'Daily' THEN INTERVAL 1 DAY
                WHEN recurring_schedule_interval_type ILIKE 'Weekly' THEN INTERVAL 7 DAY
                WHEN recurring_schedule_interval_type ILIKE 'Yearly' THEN INTERVAL 12 MONTH
                ELSE INTERVAL 1 MONTH
            END * (greatest(coalesce(recurring_schedule_num_interval, 1), 1) * nullif(recurring_schedule_max_occurrences, 0)),
            TRUE
        )
)
SELECT
    dim_company.realm_id,
    date_trunc('month', dim_company.as_of_date)::DATE AS month,
    'recurring_revenue_estimate' AS metric,
    coalesce(sum(monthly.amount), 0)::DECIMAL(28, 10) AS value
FROM finance.dim_company
LEFT JOIN monthly ON monthly.realm_id = dim_company.realm_id
GROUP BY dim_company.realm_id, dim_company.as_of_date
