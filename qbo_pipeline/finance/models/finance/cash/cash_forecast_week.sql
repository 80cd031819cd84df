-- The cash forecast, week by week with opening and closing cash: it begins with what cash there is today, whatever else this month's books
-- have with a day to come.
-- Grain: a week.
-- Key: realm_id, week
-- Built: view
-- Source: fct_cash_forecast, account_balance_month, the ledger.
-- Columns:
--   realm_id: The company.
--   week: Number of the week from today, from 1.
--   week_start: First day of the week.
--   opening_cash: Cash at its beginning, home currency.
--   inflow: Cash in.
--   outflow: Cash out (negative).
--   closing_cash: Cash at its end.
WITH cash_account AS (SELECT realm_id, account_id FROM finance.dim_account WHERE is_cash),
cash_move AS (
    SELECT balances.realm_id, balances.closing_balance AS amount
    FROM finance.account_balance_month AS balances
    INNER JOIN finance.dim_company ON dim_company.realm_id = balances.realm_id AND balances.month = date_trunc('month',
        dim_company.as_of_date)
    SEMI JOIN cash_account ON cash_account.realm_id = balances.realm_id AND cash_account.account_id = balances.account_id
    WHERE balances.basis = 'Accrual'
    UNION ALL
    -- The month's end has what is dated later this month, too.
    SELECT leg.realm_id, leg.credit - leg.debit
    FROM posting.leg
    INNER JOIN finance.dim_company ON dim_company.realm_id = leg.realm_id
        AND leg.month = date_trunc('month', dim_company.as_of_date) AND leg.transaction_date > dim_company.as_of_date
    SEMI JOIN cash_account ON cash_account.realm_id = leg.realm_id AND cash_account.account_id = leg.account_id
    WHERE leg.basis = 'Accrual'
),
cash_now AS (
    SELECT dim_company.realm_id, dim_company.as_of_date, coalesce(sum(cash_move.amount), 0) AS cash
    FROM finance.dim_company
    LEFT JOIN cash_move ON cash_move.realm_id = dim_company.realm_id
    GROUP BY ALL
),
weeks AS (SELECT realm_id, as_of_date, cash, unnest(generate_series(1, 13))::INTEGER AS week FROM cash_now),
moves AS (
    SELECT weeks.realm_id, weeks.week, weeks.as_of_date, weeks.cash,
        coalesce(sum(forecast.amount) FILTER (forecast.amount > 0), 0) AS inflow,
            coalesce(sum(forecast.amount) FILTER (forecast.amount < 0), 0) AS outflow
    FROM weeks
    LEFT JOIN finance.fct_cash_forecast AS forecast ON forecast.realm_id = weeks.realm_id AND forecast.week = weeks.week
    GROUP BY ALL
),
running AS (SELECT *, cash + sum(inflow + outflow) OVER (PARTITION BY realm_id ORDER BY week) AS closing FROM moves)
SELECT
    realm_id,
    week,
    as_of_date + (7 * (week - 1))::INTEGER AS week_start,
    (closing - inflow - outflow)::DECIMAL(18, 2) AS opening_cash,
    inflow::DECIMAL(18, 2) AS inflow,
    outflow::DECIMAL(18, 2) AS outflow,
    closing::DECIMAL(18, 2) AS closing_cash
FROM running
