-- The balance sheet at the end of each month, as QuickBooks shows it: retained earnings hold what prior fiscal years earned, net income
-- what this one has so far. Lines that are zero are left out.
-- Grain: a line of a month and basis.
-- Key: realm_id, basis, month, line, account_id
-- Built: view
-- Source: statement_balance.
-- Columns:
--   realm_id: The company.
--   basis: 'Accrual' or 'Cash'.
--   month: First day of the month.
--   month_end: Last day of the month.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   line: 'account', 'retained_earnings' or 'net_income'.
--   section: Section of the statement.
--   subsection: Part of the section.
--   balance: Open balance as QuickBooks has it.
--   foreign_balance: Balance in the account's own currency, where that is not the home currency.
--   ordinal: Order in the statement.
--   account_number: Account number.
--   account: Name of the account.
--   path: Names from the root down, with colons between.
--   level1: Name at the first level (the root).
--   level2: Name at the second level, NULL above it.
--   level3: Name at the third level, NULL above it.
--   level4: Name at the fourth level, NULL above it.
--   level5: Name at the fifth level, NULL above it.
WITH lines AS (
    SELECT balances.*, dim_account.account_key, dim_account.section, dim_account.subsection, dim_account.ordinal,
        dim_account.account_number, dim_account.name,
        dim_account.path, dim_account.level1, dim_account.level2, dim_account.level3, dim_account.level4, dim_account.level5,
            dim_account.natural_sign
    FROM finance.statement_balance AS balances
    LEFT JOIN finance.dim_account ON dim_account.realm_id = balances.realm_id AND dim_account.account_id = balances.account_id
    WHERE balances.balance <> 0
)
SELECT
    realm_id,
    basis,
    month,
    last_day(month) AS month_end,
    account_id,
    coalesce(account_key, realm_id || '|-1') AS account_key,
    line,
    coalesce(section, 'Equity') AS section,
    coalesce(subsection, 'Equity') AS subsection,
    (balance * coalesce(natural_sign, -1))::DECIMAL(18, 2) AS balance,
    (foreign_balance * coalesce(natural_sign, -1))::DECIMAL(18, 2) AS foreign_balance,
    CASE line WHEN 'retained_earnings' THEN 1000000 WHEN 'net_income' THEN 1000001 ELSE ordinal END::INTEGER AS ordinal,
    account_number,
    coalesce(name, CASE line WHEN 'net_income' THEN 'Net Income' ELSE 'Retained Earnings' END) AS account,
    coalesce(path, CASE line WHEN 'net_income' THEN 'Net Income' ELSE 'Retained Earnings' END) AS path,
    coalesce(level1, CASE line WHEN 'net_income' THEN 'Net Income' ELSE 'Retained Earnings' END) AS level1,
    level2,
    level3,
    level4,
    level5
FROM lines
