-- What was planned of each account for some months, by the budget in force in each of them.
WITH planned AS (
    SELECT budget, account_id, amount
    FROM finance.fct_budget
    WHERE realm_id = $realm_id AND is_in_force AND NOT is_of_balance_sheet AND month BETWEEN $first AND $last
)
SELECT
    (SELECT string_agg(DISTINCT budget, ', ' ORDER BY budget) FROM planned) AS budget,
    account_id,
    sum(amount)::DECIMAL(18, 2) AS amount
FROM planned
GROUP BY account_id
ORDER BY account_id
