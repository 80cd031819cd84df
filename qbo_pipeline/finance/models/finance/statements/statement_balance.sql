-- The balance of every line of the balance sheet, debits positive: accounts as posted, retained earnings with what prior fiscal years
-- earned, and the net income of the fiscal year so far.
-- Grain: a line of a month and basis.
-- Key: realm_id, basis, month, line, account_id
-- Built: table
-- Source: account_balance_month, net_income_month.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   line: 'account', 'retained_earnings' or 'net_income'.
--   account_id: The account.
--   balance: Open balance as QuickBooks has it.
--   foreign_balance: Balance in the account's own currency, where that is not the home currency.
WITH retained_earnings_account AS (
    SELECT realm_id, arg_min(account_id, (is_deleted, length(account_id), account_id)) AS account_id
    FROM finance.dim_account
    WHERE is_retained_earnings
    GROUP BY ALL
),
rolled AS (
    SELECT
        net_income_month.realm_id, net_income_month.basis, net_income_month.month, retained_earnings_account.account_id,
        coalesce(posted.closing_balance, 0) - net_income_month.net_income_of_prior_fiscal_years AS balance,
        coalesce(posted.net, 0) AS posted_in_month
    FROM finance.net_income_month
    LEFT JOIN retained_earnings_account ON retained_earnings_account.realm_id = net_income_month.realm_id
    LEFT JOIN finance.account_balance_month AS posted
        ON posted.realm_id = net_income_month.realm_id AND posted.basis = net_income_month.basis
        AND posted.month = net_income_month.month AND posted.account_id = retained_earnings_account.account_id
),
accounts AS (
    SELECT balances.realm_id, balances.basis, balances.month, balances.account_id, balances.closing_balance,
        balances.foreign_closing_balance
    FROM finance.account_balance_month AS balances
    LEFT JOIN retained_earnings_account
        ON retained_earnings_account.realm_id = balances.realm_id AND retained_earnings_account.account_id = balances.account_id
    WHERE balances.statement = 'BalanceSheet' AND retained_earnings_account.account_id IS NULL
)
SELECT realm_id, basis, month, 'account' AS line, account_id, closing_balance AS balance,
    foreign_closing_balance AS foreign_balance
FROM accounts
UNION ALL
SELECT realm_id, basis, month, 'retained_earnings', account_id, balance::DECIMAL(18, 2), NULL
FROM rolled
UNION ALL
SELECT realm_id, basis, month, 'net_income', NULL, (-net_income_this_fiscal_year)::DECIMAL(18, 2), NULL
FROM finance.net_income_month
