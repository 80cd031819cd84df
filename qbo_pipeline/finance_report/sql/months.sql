-- Income, cost and movement of cash of each month, the last one up to a day.
WITH whole_months AS (
    SELECT month, account_id, net
    FROM finance.fct_account_balance_month
    WHERE realm_id = $realm_id AND basis = $basis AND month >= $first AND last_day(month) <= $last
),
last_days AS (
    SELECT month, account_id, signed_amount AS net
    FROM finance.general_ledger
    WHERE
        realm_id = $realm_id AND basis = $basis AND month = date_trunc('month', $last)
        AND transaction_date <= $last AND last_day(month) > $last
),
moved AS (SELECT month, account_id, net FROM whole_months UNION ALL SELECT month, account_id, net FROM last_days)
SELECT
    moved.month,
    coalesce(-sum(moved.net) FILTER (dim_account.account_type IN ('Income', 'Other Income')), 0)::DECIMAL(18, 2) AS revenue,
    coalesce(sum(moved.net) FILTER (
        dim_account.account_type IN ('Cost of Goods Sold', 'Expense', 'Other Expense')
    ), 0)::DECIMAL(18, 2) AS expense,
    coalesce(sum(moved.net) FILTER (dim_account.is_cash), 0)::DECIMAL(18, 2) AS cash
FROM moved
INNER JOIN finance.dim_account
    ON dim_account.realm_id = $realm_id AND dim_account.account_id = moved.account_id
GROUP BY ALL
ORDER BY ALL
