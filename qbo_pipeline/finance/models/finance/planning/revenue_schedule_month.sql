-- Invoiced, earned and deferred revenue by month, from the service dates of lines: analytical, no ledger has it.
-- Grain: a month.
-- Key: realm_id, month
-- Built: view
-- Source: fct_revenue_schedule.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   invoiced_amount: Invoiced in the month.
--   earned_amount: Earned in the month.
--   deferred_balance: Invoiced and not yet earned at the end of the month (earned and not invoiced negative).
WITH moves AS (
    SELECT realm_id, invoiced_month AS month, amount AS invoiced, 0 AS earned FROM finance.fct_revenue_schedule
    UNION ALL
    SELECT realm_id, earned_month, 0, amount FROM finance.fct_revenue_schedule
),
monthly AS (SELECT realm_id, month, sum(invoiced) AS invoiced, sum(earned) AS earned FROM moves GROUP BY ALL)
SELECT
    realm_id,
    month,
    invoiced::DECIMAL(18, 2) AS invoiced_amount,
    earned::DECIMAL(18, 2) AS earned_amount,
    (sum(invoiced - earned) OVER (PARTITION BY realm_id ORDER BY month))::DECIMAL(18, 2) AS deferred_balance
FROM monthly
