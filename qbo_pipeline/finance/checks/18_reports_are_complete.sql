-- The legs of every month's report are all there: as many as were counted when it was pulled, its debits equal to its
-- credits and to its total, and no month left out between the first and the last.
-- Invariant: 18
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.reconciliation
-- Cost: one pass over the legs of the reports, grouped by month.
-- Source: reports.month_pull and reports.posted_leg.
-- Remedy: pull the month's reports again (qbo-pipeline prove).
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: The month.
--   problem: What is wrong with it.
--   expected: As the report said when it was pulled.
--   found: As it is in the warehouse.
WITH leg AS (
    SELECT realm_id, basis, month, count(*) AS legs, sum(debit) AS debit, sum(credit) AS credit
    FROM reports.posted_leg
    GROUP BY realm_id, basis, month
),

pulled AS (
    SELECT
        coalesce(pull.realm_id, leg.realm_id) AS realm_id,
        coalesce(pull.basis, leg.basis) AS basis,
        coalesce(pull.month, leg.month) AS month,
        pull.month IS NULL AS never_pulled,
        coalesce(pull.legs, 0) AS legs_expected,
        coalesce(leg.legs, 0) AS legs_found,
        coalesce(pull.debit, 0) AS debit_expected,
        coalesce(pull.credit, 0) AS credit_expected,
        coalesce(leg.debit, 0) AS debit_found,
        coalesce(leg.credit, 0) AS credit_found
    FROM reports.month_pull AS pull
    FULL JOIN leg ON leg.realm_id = pull.realm_id AND leg.basis = pull.basis AND leg.month = pull.month
),

following AS (
    SELECT
        realm_id,
        basis,
        month,
        lead(month) OVER (PARTITION BY realm_id, basis ORDER BY month) AS next_month
    FROM pulled
),

figures AS (
    SELECT DISTINCT realm_id, basis, month
    FROM reports.account_month
),

-- Statements leave out what is zero: legs of nothing, as the cash basis has of what is not paid, leave no balance.
balance AS (
    SELECT realm_id, basis, month, sum(sum(debit - credit)) OVER so_far AS balance
    FROM reports.posted_leg
    GROUP BY realm_id, basis, month, account_id
    WINDOW so_far AS (PARTITION BY realm_id, basis, account_id ORDER BY month)
),

problem AS (
    SELECT
        realm_id, basis, month, 'legs of a month that was never pulled' AS problem,
        '0' AS expected, legs_found::VARCHAR AS found
    FROM pulled
    WHERE never_pulled
    UNION ALL
    SELECT
        realm_id, basis, month, 'another number of legs' AS problem,
        legs_expected::VARCHAR AS expected, legs_found::VARCHAR AS found
    FROM pulled
    WHERE legs_expected <> legs_found AND NOT never_pulled
    UNION ALL
    SELECT
        realm_id, basis, month, 'debits are not the report''s total' AS problem,
        debit_expected::VARCHAR AS expected, debit_found::VARCHAR AS found
    FROM pulled
    WHERE abs(debit_expected - debit_found) > $tolerance AND NOT never_pulled
    UNION ALL
    SELECT
        realm_id, basis, month, 'credits are not the report''s total' AS problem,
        credit_expected::VARCHAR AS expected, credit_found::VARCHAR AS found
    FROM pulled
    WHERE abs(credit_expected - credit_found) > $tolerance AND NOT never_pulled
    UNION ALL
    SELECT
        realm_id, basis, month, 'debits are not equal to credits' AS problem,
        debit_found::VARCHAR AS expected, credit_found::VARCHAR AS found
    FROM pulled
    WHERE abs(debit_found - credit_found) > $tolerance
    UNION ALL
    SELECT
        realm_id, basis, month, 'the months after it were not pulled' AS problem,
        (month + INTERVAL 1 MONTH)::DATE::VARCHAR AS expected, next_month::VARCHAR AS found
    FROM following
    WHERE next_month > month + INTERVAL 1 MONTH
    UNION ALL
    SELECT
        pulled.realm_id, pulled.basis, pulled.month, 'legs, but no balance of any account' AS problem,
        'figures' AS expected, 'none' AS found
    FROM pulled
    ANTI JOIN figures
        ON figures.realm_id = pulled.realm_id AND figures.basis = pulled.basis AND figures.month = pulled.month
    SEMI JOIN (SELECT * FROM balance WHERE balance <> 0) AS left_over
        ON left_over.realm_id = pulled.realm_id AND left_over.basis = pulled.basis AND left_over.month = pulled.month
)

SELECT realm_id, basis, month, problem, expected, found
FROM problem
