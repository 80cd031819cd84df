-- Accounts that QuickBooks' reports post to though its list of accounts does not have them, as "Unapplied Cash Payment Income" of the cash
-- basis. Which statement they belong to is told by the reports, on which side they grow by comparing their figures there with their legs.
-- What comes and goes within a month is in no monthly figure: lines without an account are of the profit and loss, and
-- the first day on which anything was posted tells the side.
-- Grain: an account that is in the ledger and not in the chart.
-- Key: realm_id, account_id
-- Built: table
-- Source: fct_account_balance_month, QuickBooks' monthly figures and legs.
-- Columns:
--   realm_id: The company.
--   account_id: The account.
--   name: Name.
--   account_type: QuickBooks' account type.
WITH uncharted AS (
    SELECT activity.realm_id, activity.account_id, activity.basis, activity.month, sum(activity.net) AS net
    FROM finance.fct_account_balance_month AS activity
    ANTI JOIN quickbooks.account ON account.realm_id = activity.realm_id AND account.id = activity.account_id
    WHERE activity.account_id IS NOT NULL
    GROUP BY ALL
),
posted_day AS (
    SELECT
        posted_leg.realm_id, posted_leg.account_id, posted_leg.transaction_date, min(posted_leg.account_name) AS name,
        sum(posted_leg.debit - posted_leg.credit) AS net
    FROM reports.posted_leg
    SEMI JOIN uncharted ON uncharted.realm_id = posted_leg.realm_id AND uncharted.account_id = posted_leg.account_id
    GROUP BY ALL
),
named AS (
    SELECT realm_id, account_id, min(name) AS name, arg_min(net < 0, transaction_date) FILTER (net <> 0) AS begins_by_credit
    FROM posted_day
    GROUP BY ALL
),
shown AS (
    SELECT
        uncharted.realm_id, uncharted.account_id, min(figures.statement) AS statement,
        -- Signs alone: amounts differ where documents changed since the reports were pulled.
        nullif(sign(sum(figures.amount * uncharted.net)), 0) < 0 AS grows_by_credit
    FROM uncharted
    INNER JOIN reports.account_month AS figures
        ON figures.realm_id = uncharted.realm_id AND figures.account_id = uncharted.account_id AND figures.basis = uncharted.basis
        AND figures.month = uncharted.month
    GROUP BY ALL
),
placed AS (
    SELECT
        uncharted.realm_id, uncharted.account_id, named.name,
        coalesce(shown.statement, CASE WHEN starts_with(uncharted.account_id, '~') THEN 'ProfitAndLoss' END) AS statement,
        coalesce(shown.grows_by_credit, named.begins_by_credit) AS grows_by_credit
    FROM (SELECT DISTINCT realm_id, account_id FROM uncharted) AS uncharted
    LEFT JOIN named ON named.realm_id = uncharted.realm_id AND named.account_id = uncharted.account_id
    LEFT JOIN shown ON shown.realm_id = uncharted.realm_id AND shown.account_id = uncharted.account_id
)
SELECT
    realm_id,
    account_id,
    coalesce(name, 'Account ' || account_id) AS name,
    CASE
        WHEN statement = 'ProfitAndLoss' AND grows_by_credit THEN 'Income'
        WHEN statement = 'ProfitAndLoss' THEN 'Expense'
        WHEN statement = 'BalanceSheet' AND grows_by_credit THEN 'Other Current Liability'
        WHEN statement = 'BalanceSheet' THEN 'Other Current Asset'
    END AS account_type
FROM placed
