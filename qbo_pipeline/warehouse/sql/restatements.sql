-- Which figures of a statement are others in a pull than in the one before it, among new pulls and the one that counts.
-- Runs before the figures are replaced. Pulls that come late fall into their place; what is known is not told twice.
-- Source: $incoming, the figures of the new batches $new; reports.account_month; audit.report_batch.
INSERT INTO reports.restatement BY NAME
WITH pulled AS (
    SELECT realm_id, batch, basis, report AS statement, pulled_at, batch IN ($new) AS is_new,
        unnest(generate_series(first_day, last_day, INTERVAL 1 MONTH))::DATE AS month
    FROM audit.report_batch
    WHERE error IS NULL AND report = $report
        AND realm_id IN (SELECT realm_id FROM audit.report_batch WHERE batch IN ($new))
),

figure AS (
    SELECT realm_id, basis, statement, month, line, account_id, amount, pull
    FROM ($incoming)
    UNION
    SELECT realm_id, basis, statement, month, line, account_id, amount, pull
    FROM reports.account_month
    WHERE statement = $report
),

-- The pull that counts in a month is known whole, also where it shows nothing of it; one that it replaced is not known.
comparable AS (
    SELECT * FROM pulled
    QUALIFY is_new OR row_number() OVER (
        PARTITION BY realm_id, basis, month, is_new ORDER BY pulled_at DESC, batch DESC
    ) = 1
),

account AS (
    SELECT DISTINCT realm_id, basis, statement, month, line, account_id
    FROM figure
),

shown AS (
    SELECT
        account.realm_id, account.basis, account.statement, account.month, account.line, account.account_id,
        comparable.pulled_at, comparable.batch AS pull, coalesce(figure.amount, 0) AS became
    FROM account
    INNER JOIN comparable USING (realm_id, basis, statement, month)
    LEFT JOIN figure
        ON figure.realm_id = account.realm_id
        AND figure.pull = comparable.batch
        AND figure.basis = account.basis
        AND figure.month = account.month
        AND figure.line = account.line
        AND figure.account_id IS NOT DISTINCT FROM account.account_id
),

followed AS (
    SELECT
        *,
        lag(became) OVER (
            PARTITION BY realm_id, basis, statement, month, line, account_id ORDER BY pulled_at, pull
        ) AS was
    FROM shown
)

SELECT realm_id, basis, statement, month, line, account_id, was, became, pulled_at, pull
FROM followed
WHERE was <> became
    AND NOT EXISTS (
        FROM reports.restatement AS known
        WHERE known.realm_id = followed.realm_id AND known.basis = followed.basis AND known.statement = followed.statement
            AND known.month = followed.month AND known.line = followed.line AND known.pull = followed.pull
            AND known.account_id IS NOT DISTINCT FROM followed.account_id
    )
