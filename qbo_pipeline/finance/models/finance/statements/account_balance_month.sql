-- Opening and closing balance of every account that was ever posted to, month by month without gaps. Accounts of the profit and loss
-- begin at zero with each fiscal year; what they held is in the line of retained earnings of the balance sheet and trial balance.
-- Grain: an account of a month and basis.
-- Key: realm_id, basis, month, account_id
-- Built: table
-- Source: fct_account_balance_month.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   statement: 'BalanceSheet' or 'ProfitAndLoss'.
--   opening_balance: Balance before the month, debits positive.
--   debit: Debits, home currency.
--   credit: Credits, home currency.
--   net: Debits less credits, home currency.
--   closing_balance: Balance at the end of the month, debits positive.
--   natural_closing_balance: The same with the sign by which the account grows.
--   foreign_closing_balance: The same in the account's own currency, where that is not the home currency.
WITH activity AS (
    SELECT realm_id, basis, month, account_id, sum(debit) AS debit, sum(credit) AS credit, sum(net) AS net,
        sum(foreign_net) AS foreign_net
    FROM finance.fct_account_balance_month
    GROUP BY ALL
),
posted_to AS (
    SELECT activity.realm_id, activity.basis, activity.account_id, dim_account.statement, dim_account.natural_sign
    FROM (SELECT DISTINCT realm_id, basis, account_id FROM activity) AS activity
    LEFT JOIN finance.dim_account
        ON dim_account.realm_id = activity.realm_id AND dim_account.account_id = coalesce(activity.account_id, '-1')
),
spine AS (
    SELECT
        posted_to.realm_id, posted_to.basis, posted_to.account_id, posted_to.statement, posted_to.natural_sign,
            company_month.month,
        CASE posted_to.statement WHEN 'ProfitAndLoss' THEN company_month.fiscal_year END AS rolled_in_year
    FROM posted_to
    INNER JOIN finance.company_month ON company_month.realm_id = posted_to.realm_id AND company_month.basis = posted_to.basis
),
moved AS (
    SELECT
        spine.realm_id, spine.basis, spine.month, spine.account_id, spine.statement, spine.natural_sign, spine.rolled_in_year,
        coalesce(activity.debit, 0) AS debit, coalesce(activity.credit, 0) AS credit, coalesce(activity.net, 0) AS net,
        activity.foreign_net
    FROM spine
    LEFT JOIN activity
        ON activity.realm_id = spine.realm_id AND activity.basis = spine.basis AND activity.month = spine.month
        AND activity.account_id IS NOT DISTINCT FROM spine.account_id
),
running AS (
    SELECT
        moved.*,
        sum(net) OVER balance_so_far AS closing,
        sum(foreign_net) OVER balance_so_far AS foreign_closing
    FROM moved
    WINDOW balance_so_far AS (PARTITION BY realm_id, basis, account_id, rolled_in_year ORDER BY month)
)
SELECT
    realm_id,
    basis,
    month,
    account_id,
    realm_id || '|' || coalesce(account_id, '-1') AS account_key,
    statement,
    (closing - net)::DECIMAL(18, 2) AS opening_balance,
    debit::DECIMAL(18, 2) AS debit,
    credit::DECIMAL(18, 2) AS credit,
    net::DECIMAL(18, 2) AS net,
    closing::DECIMAL(18, 2) AS closing_balance,
    (closing * natural_sign)::DECIMAL(18, 2) AS natural_closing_balance,
    foreign_closing::DECIMAL(18, 2) AS foreign_closing_balance
FROM running
