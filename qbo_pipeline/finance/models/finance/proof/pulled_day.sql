-- The days that QuickBooks' balances were pulled for, as far as these still hold. They are asked for at the end of the last month and
-- today: what changes in an earlier month changes what was pulled of all days since, and nobody asks for those again.
-- Grain: a day of a report.
-- Key: realm_id, report, basis, as_of
-- Built: view
-- Source: reports.trial_balance, reports.aging and reports.inventory_valuation; when their pulls, those of legs and those of statements were.
-- Columns:
--   realm_id: The company.
--   report: QuickBooks' name of the report.
--   basis: 'Accrual' or 'Cash'; reports of documents and stock are on the accrual basis.
--   as_of: The day.
WITH pulled AS (
    SELECT DISTINCT realm_id, 'TrialBalance' AS report, basis, as_of, pull
    FROM reports.trial_balance
    UNION ALL
    SELECT DISTINCT
        realm_id, CASE side WHEN 'receivable' THEN 'AgedReceivableDetail' ELSE 'AgedPayableDetail' END, 'Accrual', as_of, pull
    FROM reports.aging
    UNION ALL
    SELECT DISTINCT realm_id, 'InventoryValuationSummary', 'Accrual', as_of, pull
    FROM reports.inventory_valuation
),

-- Legs are pulled again where a document of the month changed; figures also change with the fiscal year.
restated AS (
    SELECT realm_id, basis, month, max(pulled_at) AS restated_at
    FROM (
        SELECT realm_id, basis, month, pulled_at FROM reports.month_pull
        UNION ALL
        SELECT realm_id, basis, month, pulled_at FROM reports.restatement
    )
    GROUP BY realm_id, basis, month
)

SELECT pulled.realm_id, pulled.report, pulled.basis, pulled.as_of
FROM pulled
LEFT JOIN audit.report_batch AS batch
    ON batch.realm_id = pulled.realm_id AND batch.report = pulled.report AND batch.batch = pulled.pull
LEFT JOIN restated
    ON restated.realm_id = pulled.realm_id AND restated.basis = pulled.basis AND restated.month <= pulled.as_of
    AND restated.restated_at > batch.pulled_at
WHERE restated.realm_id IS NULL
