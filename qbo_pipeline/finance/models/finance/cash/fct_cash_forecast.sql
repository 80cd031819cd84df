-- What cash is expected to come in and go out in the 13 weeks from today: open invoices on the day they are due plus the days the customer is
-- mostly late, open bills on the day they are due, recurring templates, and payroll at the rate of the last three full months. An estimate.
-- Grain: a week and source.
-- Key: realm_id, week, source
-- Built: view
-- Source: ar_open_item, ap_open_item, customer_payment_behavior, recurring_occurrence, fct_cash_flow_direct.
-- Columns:
--   realm_id: The company.
--   week: Number of the week from today, from 1.
--   week_start: First day of the week.
--   source: 'receivables', 'payables', 'recurring' or 'payroll'.
--   amount: Amount, home currency.
WITH receivables AS (
    SELECT
        aging.realm_id, 'receivables' AS source, aging.open_balance AS amount, dim_company.as_of_date,
        CASE
            WHEN aging.open_balance < 0 THEN dim_company.as_of_date
            ELSE greatest(aging.due_date + round(coalesce(behavior.median_days_late, 0))::INTEGER, dim_company.as_of_date)
        END AS expected_on
    FROM finance.ar_open_item AS aging
    INNER JOIN finance.dim_company ON dim_company.realm_id = aging.realm_id
    LEFT JOIN finance.customer_payment_behavior AS behavior ON behavior.realm_id = aging.realm_id
        AND behavior.customer_id = aging.customer_id
),
payables AS (
    SELECT aging.realm_id, 'payables' AS source, -aging.open_balance AS amount, dim_company.as_of_date, greatest(aging.due_date,
        dim_company.as_of_date) AS expected_on
    FROM finance.ap_open_item AS aging
    INNER JOIN finance.dim_company ON dim_company.realm_id = aging.realm_id
),
recurring AS (
    SELECT
        occurrence.realm_id, 'recurring' AS source, occurrence.amount * occurrence.cash_direction AS amount,
            dim_company.as_of_date,
        occurrence.due_date + CASE occurrence.transaction_type WHEN 'Invoice'
            THEN round(greatest(coalesce(behavior.median_days_late, 0), 0))::INTEGER ELSE 0 END AS expected_on
    FROM finance.recurring_occurrence AS occurrence
    INNER JOIN finance.dim_company ON dim_company.realm_id = occurrence.realm_id
    LEFT JOIN finance.customer_payment_behavior AS behavior
        ON behavior.realm_id = occurrence.realm_id AND behavior.customer_id = occurrence.customer_id
    WHERE occurrence.cash_direction <> 0
),
payroll_of_a_week AS (
    SELECT flow.realm_id, sum(flow.amount) / 13 AS amount
    FROM finance.fct_cash_flow_direct AS flow
    INNER JOIN finance.dim_company ON dim_company.realm_id = flow.realm_id
    INNER JOIN finance.dim_account ON dim_account.realm_id = flow.realm_id AND dim_account.account_id = flow.account_id
    WHERE flow.month >= date_trunc('month', dim_company.as_of_date) - INTERVAL 3 MONTH AND flow.month < date_trunc('month',
        dim_company.as_of_date)
        AND (dim_account.account_sub_type LIKE 'Payroll%' OR dim_account.account_sub_type IN ('CostOfLabor', 'CostOfLaborCos',
            'SalariesWages', 'WageExpenses'))
    GROUP BY ALL
),
weeks AS (
    SELECT realm_id, as_of_date, unnest(generate_series(0, 12)) AS nth
    FROM finance.dim_company
),
payroll AS (
    SELECT weeks.realm_id, 'payroll' AS source, payroll_of_a_week.amount, weeks.as_of_date,
        weeks.as_of_date + (7 * weeks.nth)::INTEGER AS expected_on
    FROM weeks
    INNER JOIN payroll_of_a_week ON payroll_of_a_week.realm_id = weeks.realm_id
),
expected AS (
    SELECT realm_id, source, amount, as_of_date, expected_on FROM receivables
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM payables
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM recurring
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM payroll
)
SELECT
    realm_id,
    ((expected_on - as_of_date) // 7 + 1)::INTEGER AS week,
    as_of_date + (7 * ((expected_on - as_of_date) // 7))::INTEGER AS week_start,
    source,
    sum(amount)::DECIMAL(18, 2) AS amount
FROM expected
WHERE expected_on - as_of_date BETWEEN 0 AND 90
GROUP BY realm_id, as_of_date, week, week_start, source
