-- Every account of every month as QuickBooks' reports show it and as ours do, on both bases; nothing vanishes on either
-- side. QuickBooks leaves out what is zero. A month to come in which nothing is posted is in no books: reports have it where a
-- document of it was voided, or deleted since. Of trial balances those are compared that still hold. What reports have on an account that
-- was merged since is compared with the one it became.
-- Grain: a line of a statement of a month, or of the trial balance of a day.
-- Key: realm_id, basis, statement, as_of, line, account_id
-- Built: table
-- Source: reports.account_month and reports.trial_balance against the statements; company_month, pulled_day, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   month: The month.
--   as_of: Its last day; of trial balances the day they are of.
--   basis: 'Accrual' or 'Cash'.
--   statement: 'BalanceSheet' (balances), 'ProfitAndLoss' (activity) or 'TrialBalance' (balances, debit positive).
--   line: 'account' or 'net_income'.
--   account_id: The account; NULL for net income.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account_name: Its name, with those of its parents.
--   quickbooks: As QuickBooks' report shows it; NULL where that was never pulled.
--   ours: As our statement shows it.
--   difference: Ours less QuickBooks'.
--   reason: 'ties', 'waiting' (documents changed after the reports were pulled), 'not_pulled', or 'differs', which is
--     never right.
WITH books AS (
    SELECT realm_id, max(month) AS last_month
    FROM finance.company_month
    GROUP BY realm_id
),

reported AS (
    SELECT
        figures.realm_id, figures.basis, figures.statement, figures.month, last_day(figures.month) AS as_of, figures.line,
        figures.account_id, figures.amount
    FROM reports.account_month AS figures
    LEFT JOIN books ON books.realm_id = figures.realm_id
    WHERE books.last_month IS NULL OR figures.month <= books.last_month
    UNION ALL
    SELECT
        realm_id, basis, 'TrialBalance' AS statement, date_trunc('month', as_of)::DATE AS month, as_of,
        'account' AS line, account_id, debit - credit AS amount
    FROM reports.trial_balance
    SEMI JOIN (SELECT * FROM finance.pulled_day WHERE report = 'TrialBalance') AS holding
        ON holding.realm_id = trial_balance.realm_id AND holding.basis = trial_balance.basis AND holding.as_of = trial_balance.as_of
),

latest_posting AS (
    SELECT realm_id, basis, month, max(last_transaction_date) AS latest_day
    FROM finance.fct_account_balance_month
    GROUP BY realm_id, basis, month
),

-- A day in the middle of a month is comparable with our month where nothing is posted later in it.
pulled AS (
    SELECT DISTINCT reported.realm_id, reported.basis, reported.statement, reported.month, reported.as_of
    FROM reported
    LEFT JOIN latest_posting
        ON latest_posting.realm_id = reported.realm_id
        AND latest_posting.basis = reported.basis
        AND latest_posting.month = reported.month
    WHERE reported.statement <> 'TrialBalance' OR coalesce(latest_posting.latest_day <= reported.as_of, TRUE)
),

quickbooks_line AS (
    SELECT
        reported.realm_id, reported.basis, reported.statement, reported.month, reported.as_of, reported.line,
        coalesce(merged_account.surviving_id, reported.account_id) AS account_id, sum(reported.amount) AS amount
    FROM reported
    SEMI JOIN pulled
        ON pulled.realm_id = reported.realm_id
        AND pulled.basis = reported.basis
        AND pulled.statement = reported.statement
        AND pulled.as_of = reported.as_of
    LEFT JOIN posting.merged_account
        ON merged_account.realm_id = reported.realm_id AND merged_account.account_id = reported.account_id
    GROUP BY
        reported.realm_id, reported.basis, reported.statement, reported.month, reported.as_of, reported.line,
        coalesce(merged_account.surviving_id, reported.account_id)
),

statement_line AS (
    SELECT
        realm_id, basis, 'BalanceSheet' AS statement, month, last_day(month) AS as_of,
        CASE line WHEN 'net_income' THEN 'net_income' ELSE 'account' END AS line, account_id, balance AS amount
    FROM finance.balance_sheet
    UNION ALL
    SELECT
        realm_id, basis, 'ProfitAndLoss' AS statement, month, last_day(month) AS as_of,
        'account' AS line, account_id, amount
    FROM finance.profit_and_loss
    UNION ALL
    SELECT
        trial_balance.realm_id, trial_balance.basis, 'TrialBalance' AS statement, trial_balance.month, pulled.as_of,
        'account' AS line, trial_balance.account_id, trial_balance.debit - trial_balance.credit AS amount
    FROM finance.trial_balance
    INNER JOIN pulled
        ON pulled.realm_id = trial_balance.realm_id
        AND pulled.basis = trial_balance.basis
        AND pulled.month = trial_balance.month
        AND pulled.statement = 'TrialBalance'
),

-- Documents that changed after the report of their month was pulled, in the month they are in and in the one they were.
changed_document AS (
    SELECT document.realm_id, document.transaction_id
    FROM posting.document
    INNER JOIN reports.month_pull AS pull
        ON pull.realm_id = document.realm_id
        AND pull.basis = 'Accrual'
        AND pull.month = date_trunc('month', document.transaction_date)
    WHERE document.updated_at > pull.pulled_at
),

changed_month AS (
    SELECT DISTINCT realm_id, month
    FROM finance.fct_account_balance_month
    WHERE basis = 'Accrual' AND waiting_legs > 0
    UNION
    SELECT DISTINCT posted_leg.realm_id, posted_leg.month
    FROM reports.posted_leg
    SEMI JOIN changed_document
        ON changed_document.realm_id = posted_leg.realm_id AND changed_document.transaction_id = posted_leg.transaction_id
),

first_changed_month AS (
    SELECT realm_id, min(month) AS month
    FROM changed_month
    GROUP BY realm_id
),

compared AS (
    SELECT
        coalesce(ours.realm_id, theirs.realm_id) AS realm_id,
        coalesce(ours.month, theirs.month) AS month,
        coalesce(ours.as_of, theirs.as_of) AS as_of,
        coalesce(ours.basis, theirs.basis) AS basis,
        coalesce(ours.statement, theirs.statement) AS statement,
        coalesce(ours.line, theirs.line) AS line,
        coalesce(ours.account_id, theirs.account_id) AS account_id,
        theirs.amount AS quickbooks,
        coalesce(ours.amount, 0) AS ours
    FROM statement_line AS ours
    FULL JOIN quickbooks_line AS theirs
        ON theirs.realm_id = ours.realm_id
        AND theirs.basis = ours.basis
        AND theirs.statement = ours.statement
        AND theirs.as_of = ours.as_of
        AND theirs.line = ours.line
        AND theirs.account_id IS NOT DISTINCT FROM ours.account_id
),

measured AS (
    SELECT
        compared.realm_id,
        compared.month,
        compared.as_of,
        compared.basis,
        compared.statement,
        compared.line,
        compared.account_id,
        CASE WHEN pulled.realm_id IS NOT NULL THEN coalesce(compared.quickbooks, 0) END AS quickbooks,
        compared.ours
    FROM compared
    LEFT JOIN pulled
        ON pulled.realm_id = compared.realm_id
        AND pulled.basis = compared.basis
        AND pulled.statement = compared.statement
        AND pulled.as_of = compared.as_of
)

SELECT
    measured.realm_id,
    measured.month,
    measured.as_of,
    measured.basis,
    measured.statement,
    measured.line,
    measured.account_id,
    measured.realm_id || '|' || coalesce(dim_account.account_id, '-1') AS account_key,
    coalesce(dim_account.path, CASE measured.line WHEN 'net_income' THEN 'Net Income' END, 'Account ' || measured.account_id) AS account_name,
    measured.quickbooks::DECIMAL(18, 2) AS quickbooks,
    measured.ours::DECIMAL(18, 2) AS ours,
    (measured.ours - measured.quickbooks)::DECIMAL(18, 2) AS difference,
    CASE
        WHEN measured.quickbooks IS NULL THEN 'not_pulled'
        WHEN measured.ours = measured.quickbooks THEN 'ties'
        WHEN changed_month.realm_id IS NOT NULL THEN 'waiting'
        WHEN measured.statement <> 'ProfitAndLoss' AND first_changed_month.month <= measured.month THEN 'waiting'
        ELSE 'differs'
    END AS reason
FROM measured
LEFT JOIN finance.dim_account
    ON dim_account.realm_id = measured.realm_id AND dim_account.account_id = measured.account_id
LEFT JOIN changed_month ON changed_month.realm_id = measured.realm_id AND changed_month.month = measured.month
LEFT JOIN first_changed_month ON first_changed_month.realm_id = measured.realm_id
