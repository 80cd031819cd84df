-- No account of a month whose books are closed is another in QuickBooks' reports than it was in the pull before, in the
-- thirty days before the newest pull.
-- Invariant: 20
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.00
-- On: finance.reconciliation
-- Cost: what was restated lately.
-- Source: reports.restatement, the closing date of the company.
-- Remedy: qbo-pipeline changes --closed-before and the closing date shows who changed what; stock is restated without.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   statement: Which report.
--   month: The month.
--   account_id: The account; nothing for net income.
--   account: Its name.
--   was: As it was.
--   became: As it is.
--   difference: Became less was.
--   found_at: When QuickBooks showed it so, UTC.
WITH newest AS (
    SELECT realm_id, max(pulled_at) AS pulled_at
    FROM reports.month_pull
    GROUP BY realm_id
)

SELECT
    restated.realm_id,
    restated.basis,
    restated.statement,
    restated.month,
    restated.account_id,
    coalesce(account.fully_qualified_name, restated.line) AS account,
    restated.was,
    restated.became,
    restated.became - restated.was AS difference,
    restated.pulled_at AS found_at
FROM reports.restatement AS restated
INNER JOIN finance.dim_company AS company
    ON company.realm_id = restated.realm_id AND last_day(restated.month) <= company.books_closed_until
INNER JOIN newest
    ON newest.realm_id = restated.realm_id AND restated.pulled_at >= newest.pulled_at - INTERVAL 30 DAY
LEFT JOIN quickbooks.account AS account
    ON account.realm_id = restated.realm_id AND account.id = restated.account_id
WHERE abs(restated.became - restated.was) > $tolerance
