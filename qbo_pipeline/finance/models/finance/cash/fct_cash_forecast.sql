-- What cash is expected to come in and go out in the 13 weeks from today: what is open of invoices on the day they are due plus the days the
-- customer is mostly late, of bills on the day they are due, what is booked with a day to come, recurring templates, and payroll and the
-- payments of credit cards at the rate of the last three full months, or as many as the books have. What is charged to a card costs cash
-- when the card is paid, and what a payment with a day to come settles is in that payment alone. An estimate.
-- Grain: a week and source.
-- Key: realm_id, week, source
-- Built: view
-- Source: receivable_movement, payable_movement, customer_payment_behavior, the ledger, recurring_occurrence, fct_cash_flow_direct, company_month.
-- Columns:
--   realm_id: The company.
--   week: Number of the week from today, from 1.
--   week_start: First day of the week.
--   source: 'receivables', 'payables', 'booked', 'recurring', 'payroll' or 'cards'.
--   amount: Amount, home currency.
WITH open_receivable AS (
    SELECT realm_id, transaction_type, transaction_id, customer_id, sum(amount) AS amount
    FROM finance.receivable_movement
    GROUP BY ALL
    HAVING sum(amount) <> 0
),
receivables AS (
    SELECT
        open_receivable.realm_id, 'receivables' AS source, open_receivable.amount, dim_company.as_of_date,
        CASE
            WHEN open_receivable.amount < 0 THEN greatest(items.transaction_date, dim_company.as_of_date)
            ELSE greatest(
                items.due_date + round(coalesce(behavior.median_days_late, 0))::INTEGER, items.transaction_date,
                dim_company.as_of_date
            )
        END AS expected_on
    FROM open_receivable
    INNER JOIN finance.dim_company ON dim_company.realm_id = open_receivable.realm_id
    LEFT JOIN finance.fct_receivable_item AS items
        ON items.realm_id = open_receivable.realm_id AND items.transaction_type = open_receivable.transaction_type
            AND items.transaction_id = open_receivable.transaction_id
        AND items.customer_id IS NOT DISTINCT FROM open_receivable.customer_id
    LEFT JOIN finance.customer_payment_behavior AS behavior ON behavior.realm_id = open_receivable.realm_id
        AND behavior.customer_id = open_receivable.customer_id
),
open_payable AS (
    SELECT realm_id, transaction_type, transaction_id, vendor_id, sum(amount) AS amount
    FROM finance.payable_movement
    GROUP BY ALL
    HAVING sum(amount) <> 0
),
payables AS (
    SELECT
        open_payable.realm_id, 'payables' AS source, -open_payable.amount AS amount, dim_company.as_of_date,
        greatest(items.due_date, items.transaction_date, dim_company.as_of_date) AS expected_on
    FROM open_payable
    INNER JOIN finance.dim_company ON dim_company.realm_id = open_payable.realm_id
    LEFT JOIN finance.fct_payable_item AS items
        ON items.realm_id = open_payable.realm_id AND items.transaction_type = open_payable.transaction_type
            AND items.transaction_id = open_payable.transaction_id
        AND items.vendor_id IS NOT DISTINCT FROM open_payable.vendor_id
),
rated_account AS (
    SELECT realm_id, account_id, CASE account_type WHEN 'Credit Card' THEN 'cards' ELSE 'payroll' END AS source
    FROM finance.dim_account
    WHERE account_type = 'Credit Card' OR account_sub_type LIKE 'Payroll%'
        OR account_sub_type IN ('CostOfLabor', 'CostOfLaborCos', 'SalariesWages', 'WageExpenses')
),
three_months AS (
    SELECT
        dim_company.realm_id, dim_company.as_of_date,
        greatest(date_trunc('month', dim_company.as_of_date) - INTERVAL 3 MONTH, books.first_month)::DATE AS first_month,
        (date_trunc('month', dim_company.as_of_date) - INTERVAL 1 MONTH)::DATE AS last_month
    FROM finance.dim_company
    INNER JOIN (SELECT realm_id, min(month) AS first_month FROM finance.company_month WHERE basis = 'Accrual' GROUP BY realm_id) AS books
        ON books.realm_id = dim_company.realm_id
),
paid_lately AS (
    SELECT flow.realm_id, rated_account.source, flow.amount
    FROM finance.fct_cash_flow_direct AS flow
    INNER JOIN three_months ON three_months.realm_id = flow.realm_id
        AND flow.month BETWEEN three_months.first_month AND three_months.last_month
    INNER JOIN rated_account ON rated_account.realm_id = flow.realm_id AND rated_account.account_id = flow.account_id
    UNION ALL
    -- Bills that are paid by card are among what is open to vendors until then.
    SELECT leg.realm_id, rated_account.source, leg.credit - leg.debit
    FROM posting.leg
    INNER JOIN three_months ON three_months.realm_id = leg.realm_id
        AND leg.month BETWEEN three_months.first_month AND three_months.last_month
    INNER JOIN rated_account ON rated_account.realm_id = leg.realm_id AND rated_account.account_id = leg.account_id
    WHERE leg.basis = 'Accrual' AND leg.transaction_type = 'BillPayment' AND rated_account.source = 'cards'
),
rates AS (
    SELECT paid_lately.realm_id, paid_lately.source,
        sum(paid_lately.amount) * 3 / 13 / (date_diff('month', three_months.first_month, three_months.last_month) + 1) AS amount
    FROM paid_lately
    INNER JOIN three_months ON three_months.realm_id = paid_lately.realm_id
    GROUP BY paid_lately.realm_id, paid_lately.source, three_months.first_month, three_months.last_month
    HAVING paid_lately.source = 'payroll' OR sum(paid_lately.amount) < 0
),
rated AS (
    SELECT
        rates.realm_id, rates.source, rates.amount, three_months.as_of_date,
        three_months.as_of_date + (7 * weeks.nth)::INTEGER AS expected_on
    FROM rates
    INNER JOIN three_months ON three_months.realm_id = rates.realm_id
    CROSS JOIN (SELECT unnest(generate_series(0, 12)) AS nth) AS weeks
),
-- What nothing was paid to lately has no rate that it could be in.
account_at_rate AS (
    SELECT rated_account.realm_id, rated_account.account_id
    FROM rated_account
    SEMI JOIN rates ON rates.realm_id = rated_account.realm_id AND rates.source = rated_account.source
),
-- A check that is made by a template is in the rate of what it pays.
rated_share AS (
    SELECT line.realm_id, line.recurring_transaction_id,
        coalesce(sum(line.amount) FILTER (at_rate.account_id IS NOT NULL), 0) / nullif(sum(line.amount), 0) AS share
    FROM quickbooks.recurring_transaction_line AS line
    LEFT JOIN account_at_rate AS at_rate ON at_rate.realm_id = line.realm_id AND at_rate.account_id = line.account_id
    GROUP BY line.realm_id, line.recurring_transaction_id
),
recurring AS (
    SELECT
        occurrence.realm_id, 'recurring' AS source,
        occurrence.amount * occurrence.cash_direction
        * CASE occurrence.transaction_type WHEN 'Purchase' THEN 1 - coalesce(rated_share.share, 0) ELSE 1 END AS amount,
        dim_company.as_of_date,
        occurrence.due_date + CASE occurrence.transaction_type WHEN 'Invoice'
            THEN round(greatest(coalesce(behavior.median_days_late, 0), 0))::INTEGER ELSE 0 END AS expected_on
    FROM finance.recurring_occurrence AS occurrence
    INNER JOIN finance.dim_company ON dim_company.realm_id = occurrence.realm_id
    LEFT JOIN finance.customer_payment_behavior AS behavior
        ON behavior.realm_id = occurrence.realm_id AND behavior.customer_id = occurrence.customer_id
    LEFT JOIN rated_share
        ON rated_share.realm_id = occurrence.realm_id
            AND rated_share.recurring_transaction_id = occurrence.recurring_transaction_id
    WHERE occurrence.cash_direction <> 0
),
booked_later AS (
    SELECT leg.realm_id, leg.transaction_type, leg.transaction_id, leg.transaction_date, leg.account_id, leg.debit, leg.credit,
        dim_company.as_of_date
    FROM posting.leg
    INNER JOIN finance.dim_company ON dim_company.realm_id = leg.realm_id
        AND leg.transaction_date > dim_company.as_of_date AND leg.transaction_date <= dim_company.as_of_date + 90
    WHERE leg.basis = 'Accrual'
),
cash_account AS (SELECT realm_id, account_id FROM finance.dim_account WHERE is_cash),
moves_cash AS (
    SELECT DISTINCT leg.realm_id, leg.transaction_type, leg.transaction_id
    FROM booked_later AS leg
    SEMI JOIN cash_account ON cash_account.realm_id = leg.realm_id AND cash_account.account_id = leg.account_id
),
-- By what is on the other side, as in fct_cash_flow_direct: what is expected at a rate is left out here.
booked AS (
    SELECT leg.realm_id, 'booked' AS source, leg.credit - leg.debit AS amount, leg.as_of_date, leg.transaction_date AS expected_on
    FROM booked_later AS leg
    SEMI JOIN moves_cash
        ON moves_cash.realm_id = leg.realm_id AND moves_cash.transaction_type = leg.transaction_type
            AND moves_cash.transaction_id = leg.transaction_id
    ANTI JOIN cash_account ON cash_account.realm_id = leg.realm_id AND cash_account.account_id = leg.account_id
    ANTI JOIN account_at_rate AS at_rate ON at_rate.realm_id = leg.realm_id AND at_rate.account_id = leg.account_id
),
expected AS (
    SELECT realm_id, source, amount, as_of_date, expected_on FROM receivables
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM payables
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM booked
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM recurring
    UNION ALL
    SELECT realm_id, source, amount, as_of_date, expected_on FROM rated
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
HAVING sum(amount) <> 0
