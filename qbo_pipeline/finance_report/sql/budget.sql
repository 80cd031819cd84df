-- What was planned of each account for some months: of the active budgets about them the one that says most, the newest of equals.
WITH planned AS (
    SELECT budget_id, budget, account_id, sum(amount)::DECIMAL(18, 2) AS amount
    FROM finance.fct_budget
    WHERE realm_id = $realm_id AND is_active AND month BETWEEN $first AND $last
    GROUP BY ALL
),
chosen AS (
    SELECT budget_id
    FROM planned
    GROUP BY budget_id
    ORDER BY count(*) DESC, length(budget_id) DESC, budget_id DESC
    LIMIT 1
)
SELECT budget, account_id, amount
FROM planned
SEMI JOIN chosen USING (budget_id)
ORDER BY account_id
