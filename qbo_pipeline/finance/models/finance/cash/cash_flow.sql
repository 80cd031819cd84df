-- The statement of cash flows, indirect: net income, the changes of all accounts that are no cash, and the cash they end in. It foots:
-- opening cash and the three sections give closing cash. Cash is bank accounts and undeposited funds; accumulated depreciation is among
-- the operating adjustments.
-- Grain: a line of a month.
-- Key: realm_id, month, section, line, account_id
-- Built: view
-- Source: account_balance_month, net_income_month; the accrual basis.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   section: Section of the statement.
--   line: 'account', 'retained_earnings' or 'net_income'.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
--   ordinal: Order in the statement.
--   account: Name of the account.
WITH moves AS (
    SELECT balances.realm_id, balances.month, balances.account_id, balances.net, balances.opening_balance,
        balances.closing_balance,
        dim_account.cash_flow_section AS section, dim_account.ordinal, dim_account.path, dim_account.account_key
    FROM finance.account_balance_month AS balances
    INNER JOIN finance.dim_account ON dim_account.realm_id = balances.realm_id AND dim_account.account_id = balances.account_id
    WHERE balances.basis = 'Accrual' AND balances.statement = 'BalanceSheet'
),
cash AS (
    SELECT realm_id, month, sum(opening_balance) AS opening, sum(net) AS net, sum(closing_balance) AS closing
    FROM moves
    WHERE section = 'Cash'
    GROUP BY ALL
),
lines AS (
    SELECT realm_id, month, 'Operating' AS section, 'net_income' AS line, NULL AS account_id, net_income AS amount,
        0 AS ordinal, 'Net Income' AS account
    FROM finance.net_income_month
    WHERE basis = 'Accrual'
    UNION ALL
    SELECT realm_id, month, section, 'account', account_id, -net, ordinal, path
    FROM moves
    WHERE section <> 'Cash' AND net <> 0
    UNION ALL
    SELECT realm_id, month, 'Cash', 'opening_cash', NULL, opening, 1000000, 'Cash at the beginning of the month'
    FROM cash
    UNION ALL
    SELECT realm_id, month, 'Cash', 'net_change', NULL, net, 1000001, 'Change of cash'
    FROM cash
    UNION ALL
    SELECT realm_id, month, 'Cash', 'closing_cash', NULL, closing, 1000002, 'Cash at the end of the month'
    FROM cash
)
SELECT
    realm_id,
    month,
    section,
    line,
    account_id,
    realm_id || '|' || coalesce(account_id, '-1') AS account_key,
    amount::DECIMAL(18, 2) AS amount,
    ordinal::INTEGER AS ordinal,
    account
FROM lines
