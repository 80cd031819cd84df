-- Net movement (debit less credit, home currency) of each account in some days, both ends included.
-- Whole months are read from the monthly balances, the days of months that are cut off from the ledger.
WITH whole_months AS (
    SELECT account_id, net
    FROM finance.fct_account_balance_month
    WHERE realm_id = $realm_id AND basis = $basis AND month >= $first AND last_day(month) <= $last
),
other_days AS (
    SELECT account_id, signed_amount AS net
    FROM finance.general_ledger
    WHERE
        realm_id = $realm_id AND basis = $basis AND transaction_date BETWEEN $first AND $last
        AND month IN (date_trunc('month', $first), date_trunc('month', $last))
        AND NOT (month >= $first AND last_day(month) <= $last)
)
SELECT coalesce(account_id, '-1') AS account_id, sum(net)::DECIMAL(18, 2) AS net
FROM (SELECT account_id, net FROM whole_months UNION ALL SELECT account_id, net FROM other_days)
GROUP BY ALL
